import { describe, expect, test } from 'vitest';
import { annotationChange } from '../../../../src/policy/actions/metadata.ts';
import type { Change } from '../../../../src/policy/decision.ts';
import { redactChanges } from '../../../../src/policy/redact.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';
import { targetOf } from '../../../../src/policy/target.ts';
import { review } from '../support/reviews.ts';

type Annotations = Readonly<Record<string, string>> | undefined;

const annotated = (annotations: Annotations): KubeObject => ({ metadata: { name: 'web', annotations }, spec: {} });

function detect(from: Annotations, to: Annotations, parts: Partial<Review> = {}): readonly Change[] | undefined {
  const of = review({ oldObject: annotated(from), object: annotated(to), ...parts });
  return annotationChange.detect({ review: of, target: targetOf(of, undefined, undefined), info: undefined });
}

const SYSTEM = 'system:serviceaccount:kube-system';
const by = (username: string, groups: readonly string[] = []) => ({ subject: { username, groups } });

describe('an annotation changes', () => {
  test.each<{ name: string; from: Annotations; to: Annotations }>([
    { name: 'when it comes', from: undefined, to: { 'a/b': '1' } },
    { name: 'when it comes empty', from: {}, to: { 'a/b': '' } },
    { name: 'when it has another value', from: { 'a/b': '1', c: 'd' }, to: { 'a/b': '2', c: 'd' } },
    { name: 'when it goes', from: { 'a/b': '1' }, to: undefined },
  ])('$name', ({ from, to }) => {
    expect(detect(from, to)).toEqual([{ path: "$.metadata.annotations['a/b']", from: from?.['a/b'], to: to?.['a/b'] }]);
  });

  test('and tells its key, but never its value', () => {
    const changes = detect({ password: 'hunter2' }, { password: 'hunter3' }) ?? [];
    expect(redactChanges(review(), changes)).toEqual([{ path: '$.metadata.annotations.password' }]);
  });

  test('by the Binding of a Pod, which writes its own over them', () => {
    const binding = { metadata: { name: 'web', annotations: { a: 'b' } }, target: { name: 'node-1' } };
    const of = review({ operation: 'CREATE', group: '', resource: 'pods', subresource: 'binding', object: binding });
    const target = targetOf(of, annotated({ a: 'a', c: 'd' }), undefined);
    expect(annotationChange.detect({ review: of, target, info: undefined })).toEqual([
      { path: '$.metadata.annotations.a', from: 'a', to: 'b' },
    ]);
  });

  test('not when the object comes with it', () => {
    const of = review({ operation: 'CREATE', object: annotated({ a: 'b' }) });
    expect(
      annotationChange.detect({ review: of, target: targetOf(of, undefined, undefined), info: undefined }),
    ).toBeUndefined();
  });

  test('under keys that every object has', () => {
    const from = JSON.parse('{"__proto__": "a", "constructor": "b"}');
    expect(detect(from, {})?.map(({ path }) => path)).toEqual([
      '$.metadata.annotations.__proto__',
      '$.metadata.annotations.constructor',
    ]);
  });
});

const REVISION = 'deployment.kubernetes.io/revision';
const BOUND = 'pv.kubernetes.io/bind-completed';
const SELECTED = 'volume.kubernetes.io/selected-node';
const ATTACHES = 'volumes.kubernetes.io/controller-managed-attach-detach';
const NODE = { group: '', resource: 'nodes', name: 'web' };
const CLAIM = { group: '', resource: 'persistentvolumeclaims' };

describe('what Kubernetes keeps in annotations', () => {
  test('is routine where kubectl notes what it applied, whoever does', () => {
    expect(detect({}, { 'kubectl.kubernetes.io/last-applied-configuration': '{}' })).toBeUndefined();
  });

  test.each<{ name: string; key: string; parts: Partial<Review> }>([
    { name: 'the revision of a Deployment', key: REVISION, parts: by(`${SYSTEM}:deployment-controller`) },
    { name: 'the same by the controller manager', key: REVISION, parts: by('system:kube-controller-manager') },
    { name: 'the binding of a claim', key: BOUND, parts: { ...CLAIM, ...by(`${SYSTEM}:persistent-volume-binder`) } },
    { name: 'the node of a claim', key: SELECTED, parts: { ...CLAIM, ...by('system:kube-scheduler') } },
    {
      name: 'the ttl of a Node',
      key: 'node.alpha.kubernetes.io/ttl',
      parts: { ...NODE, ...by(`${SYSTEM}:ttl-controller`) },
    },
    { name: 'what a kubelet says', key: ATTACHES, parts: { ...NODE, ...by('system:node:web', ['system:nodes']) } },
  ])('is routine where its keeper writes it: $name', ({ key, parts }) => {
    expect(detect({ [key]: 'a' }, { [key]: 'b' }, parts)).toBeUndefined();
    expect(detect({}, { [key]: 'b', other: 'c' }, parts)?.map(({ path }) => path)).toEqual([
      '$.metadata.annotations.other',
    ]);
  });

  test.each<{ name: string; key: string; parts: Partial<Review> }>([
    { name: 'the revision, by a user', key: REVISION, parts: {} },
    {
      name: 'the revision, by an account of that name elsewhere',
      key: REVISION,
      parts: by('system:serviceaccount:shop:deployment-controller'),
    },
    {
      name: 'the revision, of another kind',
      key: REVISION,
      parts: { ...NODE, ...by(`${SYSTEM}:deployment-controller`) },
    },
    {
      name: 'what a kubelet says, by that of another Node',
      key: ATTACHES,
      parts: { ...NODE, ...by('system:node:other', ['system:nodes']) },
    },
    { name: 'what a kubelet says, by who is no node', key: ATTACHES, parts: { ...NODE, ...by('system:node:web') } },
    { name: 'a key that only begins so', key: `${SELECTED}-x`, parts: { ...CLAIM, ...by('system:kube-scheduler') } },
  ])('is a change where anybody else does: $name', ({ key, parts }) => {
    expect(detect({}, { [key]: 'b' }, parts)).toHaveLength(1);
  });
});
