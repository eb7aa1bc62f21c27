import { describe, expect, test } from 'vitest';
import type {
  FieldManagerRule,
  GuardrailMatch,
  GuardrailSchedule,
  LabelSelector,
  SubjectRule,
} from '../../../src/api/v1alpha1.ts';
import { fieldManagerOf, serviceAccountOf } from '../../../src/policy/match.ts';
import type { KubeObject, Review } from '../../../src/policy/review.ts';
import { type Cluster, compiled, EVERYTHING, findingOf } from './support/judge.ts';
import { captured, review } from './support/reviews.ts';

type Match = Partial<GuardrailMatch>;

function outcome(match: Match, of: Review, cluster: Cluster = {}): string {
  const actions: GuardrailMatch['actions'] = ['Create', 'Update', 'Delete', 'Exec'];
  const finding = findingOf(compiled({ actions, resources: EVERYTHING, ...match }), of, cluster);
  return finding === undefined ? 'no match' : `${finding.outcome} ${finding.reason}`;
}

const TRIPPED = 'Denied Tripped';
const NO = 'no match';
const created = (parts: Partial<Review> = {}) => review({ operation: 'CREATE', object: { spec: {} }, ...parts });
const clusterScoped = created({ group: '', resource: 'persistentvolumes', namespace: '', name: 'web-1' });
const namespaceReview = (labels: KubeObject, parts: Partial<Review> = {}) =>
  review({
    group: '',
    resource: 'namespaces',
    operation: 'CREATE',
    namespace: 'prod-1',
    name: 'prod-1',
    object: { metadata: { name: 'prod-1', labels } },
    ...parts,
  });

describe('what is matched on', () => {
  test.each<[string, Match, Review, string]>([
    ['a name that a glob names', { names: ['x', 'we?'] }, created(), TRIPPED],
    ['a name that no glob names', { names: ['x', 'web-*'] }, created(), NO],
    [
      'the name of what a collection delete deletes',
      { names: ['of-many-*'] },
      captured('configmap-delete-collection'),
      TRIPPED,
    ],
    ['another name than that', { names: ['other'] }, captured('configmap-delete-collection'), NO],
    ['a name that the server made', { names: ['generated-?????'] }, captured('pod-create-generated-name'), TRIPPED],
    [
      'a resource by its group',
      { actions: ['Create'], resources: [{ apiGroups: ['apps'], resources: ['*'] }] },
      created(),
      TRIPPED,
    ],
    [
      'a resource of another group',
      { actions: ['Create'], resources: [{ apiGroups: [''], resources: ['deployments'] }] },
      created(),
      NO,
    ],
    [
      'a resource by its name',
      { actions: ['Create'], resources: [{ apiGroups: ['*'], resources: ['deployments'] }] },
      created(),
      TRIPPED,
    ],
    ['a resource of another name', { resources: [{ apiGroups: ['*'], resources: ['pods'] }] }, created(), NO],
    [
      'the resource of a subresource',
      { resources: [{ apiGroups: [''], resources: ['pods'] }] },
      captured('pod-exec'),
      TRIPPED,
    ],
    ['a namespace that is included', { namespaces: { include: ['sh*'] } }, created(), TRIPPED],
    ['a namespace that is not included', { namespaces: { include: ['s'] } }, created(), NO],
    ['a namespace that is excluded', { namespaces: { include: ['*'], exclude: ['shop'] } }, created(), NO],
    ['a namespace that others are excluded of', { namespaces: { exclude: ['shops'] } }, created(), TRIPPED],
    ['a cluster-scoped object where namespaces are named', { namespaces: { include: ['*'] } }, clusterScoped, NO],
    ['a cluster-scoped object where namespaces are excluded', { namespaces: { exclude: ['x'] } }, clusterScoped, NO],
    ['a cluster-scoped object where namespaces are selected', { namespaceSelector: {} }, clusterScoped, NO],
    ['a cluster-scoped object else', {}, clusterScoped, TRIPPED],
    ['a Namespace by its own name', { namespaces: { include: ['prod-*'] } }, namespaceReview({}), TRIPPED],
    ['a Namespace by another name', { namespaces: { include: ['dev-*'] } }, namespaceReview({}), NO],
    [
      'a Namespace by its own labels',
      { namespaceSelector: { matchLabels: { env: 'p' } } },
      namespaceReview({ env: 'p' }),
      TRIPPED,
    ],
    ['a Namespace with other labels', { namespaceSelector: { matchLabels: { env: 'p' } } }, namespaceReview({}), NO],
    ['a namespace by its labels', { namespaceSelector: { matchLabels: { env: 'production' } } }, created(), TRIPPED],
    ['a namespace with other labels', { namespaceSelector: { matchLabels: { env: 'dev' } } }, created(), NO],
    ['a write to status', {}, captured('deployment-status'), NO],
    ['a write to status, where it is included', { includeStatus: true }, captured('deployment-status'), TRIPPED],
    ['a write that changes nothing', { includeStatus: true }, captured('deployment-apply-unchanged'), NO],
  ])('%s', (_name, match, of, expected) => expect(outcome(match, of)).toBe(expected));

  test.each([
    ['Missing', 'Denied EvaluationError'],
    ['Failed', 'Denied EvaluationError'],
  ] as const)('a namespace that is %s is an error, not another namespace', (namespace, expected) => {
    expect(outcome({ namespaceSelector: { matchLabels: { env: 'x' } } }, created(), { namespace })).toBe(expected);
  });
});

describe('objectSelector', () => {
  const selector: Match = { objectSelector: { matchLabels: { tier: 'gold' } }, selectorProtection: 'None' };
  const gold = { metadata: { labels: { tier: 'gold' } } };
  const iron = { metadata: { labels: { tier: 'iron' } } };
  const writes = (from: KubeObject, to: KubeObject) =>
    review({ oldObject: { ...from, spec: { replicas: 2 } }, object: { ...to, spec: { replicas: 1 } } });

  test.each([
    ['both', writes(gold, gold), TRIPPED],
    ['the old one alone', writes(gold, iron), TRIPPED],
    ['the new one alone', writes(iron, gold), TRIPPED],
    ['neither', writes(iron, iron), NO],
    ['what goes', review({ operation: 'DELETE', oldObject: gold }), TRIPPED],
  ])('holds for %s', (_name, of, expected) => expect(outcome(selector, of)).toBe(expected));

  test.each([
    ['pod-evict', gold, TRIPPED],
    ['pod-evict', iron, NO],
    ['pod-evict-forged-metadata', gold, TRIPPED],
    ['pod-exec', gold, TRIPPED],
    ['pod-exec', iron, NO],
    ['deployment-scale', gold, TRIPPED],
    ['deployment-scale', iron, NO],
    ['pod-bind', gold, TRIPPED],
    ['pod-exec', 'Missing', 'Denied TargetNotFound'],
    ['pod-exec', 'Failed', 'Denied EvaluationError'],
    ['deployment-scale', 'Missing', 'Denied TargetNotFound'],
    ['pod-evict', 'Failed', 'Denied EvaluationError'],
  ] as const)('of %s reads the parent: %j is %s', (name, parent, expected) => {
    expect(outcome(selector, captured(name), { parent })).toBe(expected);
  });
});

describe('subjects', () => {
  const account = 'system:serviceaccount:ci:deployer';
  const by = (username: string, ...groups: string[]) => created({ subject: { username, groups } });
  const user = (name: string) => ({ kind: 'User' as const, name });
  const group = (name: string) => ({ kind: 'Group' as const, name });
  const serviceAccount = (namespace: string, name: string) => ({ kind: 'ServiceAccount' as const, namespace, name });

  test.each<[string, SubjectRule, Review, string]>([
    ['everyone', {}, by('alice'), TRIPPED],
    ['system:masters', {}, by('admin', 'system:masters'), TRIPPED],
    ['a user', { include: [user('al*')] }, by('alice'), TRIPPED],
    ['another user', { include: [user('al')] }, by('alice'), NO],
    [
      'a member of one of the groups',
      { include: [group('x'), group('dev*')] },
      by('alice', 'a', 'developers'),
      TRIPPED,
    ],
    ['a member of no such group', { include: [group('dev')] }, by('alice', 'developers'), NO],
    ['a user called as the group', { include: [group('alice')] }, by('alice'), NO],
    ['a service account', { include: [serviceAccount('ci', 'deploy*')] }, by(account), TRIPPED],
    ['a service account of another namespace', { include: [serviceAccount('c', '*')] }, by(account), NO],
    ['a user who is called nearly so', { include: [serviceAccount('*', '*')] }, by('system:serviceaccount:ci'), NO],
    ['who is excluded', { exclude: [user('alice')] }, by('alice'), NO],
    ['who is included and excluded', { include: [user('alice')], exclude: [group('ops')] }, by('alice', 'ops'), NO],
    ['who is not the excluded one', { exclude: [user('alice')] }, by('alice2'), TRIPPED],
    ['nobody that is listed', { exclude: [] }, by('alice'), TRIPPED],
  ])('%s', (_name, subjects, of, expected) => expect(outcome({ subjects }, of)).toBe(expected));

  test.each([
    ['system:serviceaccount:a:b', { namespace: 'a', name: 'b' }],
    ['system:serviceaccount:a:b:c', undefined],
    ['system:serviceaccount:a:', undefined],
    ['system:serviceaccount::b', undefined],
    ['system:node:a:b', undefined],
    ['alice', undefined],
  ])('%s is %j', (username, expected) => expect(serviceAccountOf(username)).toEqual(expected));
});

describe('fieldManagers', () => {
  const by = (fieldManager: unknown) => created({ options: { kind: 'CreateOptions', fieldManager } });
  const many = Array.from({ length: 64 }, (_, index) => `tool-${index}`);

  test.each<[string, FieldManagerRule, Review, string]>([
    ['whatever it is', {}, by('kubectl-edit'), TRIPPED],
    ['one that is included', { include: ['argo*', 'kubectl-*'] }, by('kubectl-edit'), TRIPPED],
    ['one that is not included', { include: ['kubectl'] }, by('kubectl-edit'), NO],
    ['one that is excluded', { exclude: ['kubectl-*'] }, by('kubectl-edit'), NO],
    ['one that is included and excluded', { include: ['*'], exclude: ['kubectl-e?it'] }, by('kubectl-edit'), NO],
    ['one that others are excluded of', { exclude: ['argocd-controller'] }, by('kubectl-edit'), TRIPPED],
    ['the last of many', { include: many }, by('tool-63'), TRIPPED],
    ['none, where some are included', { include: ['*'] }, created(), NO],
    ['none, where some are excluded', { exclude: ['*'] }, created(), TRIPPED],
    ['an empty one, which is none', { include: ['*'] }, by(''), NO],
    ['what is no text, which is none', { include: ['*'] }, by(['kubectl']), NO],
    ['a create by kubectl', { include: ['kubectl-create'] }, captured('httproute-create'), TRIPPED],
    ['a server-side apply', { include: ['kubectl'] }, captured('deployment-create-by-server-side-apply'), TRIPPED],
    ['a patch', { include: ['kubectl-patch'] }, captured('pod-resize'), TRIPPED],
    ['a delete, which names none', { include: ['*'] }, captured('configmap-delete-collection'), NO],
    ['a delete, where some are excluded', { exclude: ['*'] }, captured('configmap-delete-collection'), TRIPPED],
    ['a connection, which names none', { include: ['*'] }, captured('pod-exec'), NO],
    ['a connection, where some are excluded', { exclude: ['*'] }, captured('pod-exec'), TRIPPED],
  ])('%s', (_name, fieldManagers, of, expected) => expect(outcome({ fieldManagers }, of)).toBe(expected));

  test('of no use is what options inherit', () => {
    expect(fieldManagerOf(created({ options: Object.create({ fieldManager: 'kubectl' }) }))).toBeUndefined();
  });
});

describe('schedule', () => {
  const FREEZE: GuardrailSchedule = {
    active: 'During',
    windows: [{ absolute: { from: '2026-12-20T00:00:00Z', to: '2026-12-21T00:00:00Z' } }],
  };
  const at = (now: string, schedule: GuardrailSchedule) =>
    findingOf(compiled({ actions: ['Create'], resources: EVERYTHING }, { schedule }), created(), {
      now: new Date(now),
    })?.reason ?? NO;

  test.each<[string, GuardrailSchedule, string, string]>([
    ['before its window', FREEZE, '2026-12-19T23:59:59Z', NO],
    ['in its window', FREEZE, '2026-12-20T12:00:00Z', 'Tripped'],
    ['after its window', FREEZE, '2026-12-21T00:00:00Z', NO],
    ['outside, in its window', { ...FREEZE, active: 'Outside' }, '2026-12-20T12:00:00Z', NO],
    ['outside, before its window', { ...FREEZE, active: 'Outside' }, '2026-12-19T12:00:00Z', 'Tripped'],
  ])('%s', (_name, schedule, now, expected) => expect(at(now, schedule)).toBe(expected));
});

describe('selectorProtection', () => {
  const ESCAPE = 'Denied ScopeEscape';
  const byObject: Match = { actions: ['Delete'], objectSelector: { matchLabels: { tier: 'gold' } } };
  const byNamespace: Match = {
    actions: ['Delete'],
    resources: [{ apiGroups: ['apps'], resources: ['deployments'] }],
    namespaceSelector: { matchLabels: { env: 'production' } },
  };
  const relabel = (from: KubeObject, to: KubeObject) =>
    review({ oldObject: { metadata: { labels: from } }, object: { metadata: { labels: to } } });

  test.each<[string, Match, Review, string]>([
    ['a label that is taken off', byObject, captured('deployment-label-removed'), ESCAPE],
    ['through /status', byObject, captured('statefulset-label-removed-through-status'), ESCAPE],
    ['through /approval', byObject, captured('csr-metadata-through-approval'), ESCAPE],
    ['a label that is changed', byObject, relabel({ tier: 'gold' }, { tier: 'iron' }), ESCAPE],
    ['another label that is taken off', byObject, relabel({ tier: 'gold', x: '1' }, { tier: 'gold' }), NO],
    ['a label that is put on', byObject, relabel({}, { tier: 'gold' }), NO],
    ['a label that was not selected', byObject, relabel({ tier: 'iron' }, {}), NO],
    ['where there is no protection', { ...byObject, selectorProtection: 'None' }, relabel({ tier: 'gold' }, {}), NO],
    [
      'of a resource that is not guarded',
      { ...byObject, resources: [{ apiGroups: [''], resources: ['pods'] }] },
      relabel({ tier: 'gold' }, {}),
      NO,
    ],
    ['of a name that is not guarded', { ...byObject, names: ['db'] }, relabel({ tier: 'gold' }, {}), NO],
    [
      'by who is excluded',
      { ...byObject, subjects: { exclude: [{ kind: 'User', name: 'alice' }] } },
      relabel({ tier: 'gold' }, {}),
      NO,
    ],
    ['of a Namespace', byNamespace, captured('namespace-label-removed'), ESCAPE],
    ['of a Namespace through /status', byNamespace, captured('namespace-label-removed-through-status'), ESCAPE],
    ['of a Namespace through /finalize', byNamespace, captured('namespace-finalizer-removed-through-finalize'), ESCAPE],
    [
      'of a Namespace, whatever names say',
      { ...byNamespace, names: ['web'] },
      captured('namespace-label-removed'),
      ESCAPE,
    ],
    [
      'of a Namespace that is excluded',
      { ...byNamespace, namespaces: { exclude: ['relabelled'] } },
      captured('namespace-label-removed'),
      NO,
    ],
    [
      'of a Namespace, unprotected',
      { ...byNamespace, selectorProtection: 'None' },
      captured('namespace-label-removed'),
      NO,
    ],
  ])('%s', (_name, match, of, expected) => expect(outcome(match, of)).toBe(expected));

  test.each<[string, LabelSelector, KubeObject, KubeObject]>([
    ['NotIn', { matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['1'] }] }, {}, { a: '1' }],
    ['DoesNotExist', { matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] }, {}, { a: '1' }],
  ])(
    'a label that is put on leaves a selector with %s, and the finding tells it',
    (_name, objectSelector, from, to) => {
      const loaded = compiled({ actions: ['Delete'], resources: EVERYTHING, objectSelector });
      const finding = findingOf(loaded, relabel(from, to));
      expect(finding).toMatchObject({
        reason: 'ScopeEscape',
        action: 'LabelChange',
        changes: [{ path: '$.metadata.labels.a', to: '1' }],
      });
    },
  );

  test('the escape is told by the labels, whatever else the request does', () => {
    const of = review({
      oldObject: { metadata: { labels: { tier: 'gold' } }, spec: { replicas: 3 } },
      object: { metadata: {}, spec: { replicas: 0 } },
    });
    const finding = findingOf(
      compiled({ actions: ['ScaleDown'], objectSelector: { matchLabels: { tier: 'gold' } } }),
      of,
    );
    expect(finding?.actions).toEqual(['LabelChange', 'ScaleDown']);
    expect(finding?.message).toBe(
      'Guardrail "g" denied LabelChange of deployments.apps/web in shop: metadata.labels.tier gold removed, replicas 3 -> 0 (-100%). It would leave the objectSelector of the guardrail',
    );
  });

  describe("a Binding's labels, which are written over the Pod's", () => {
    const gold = { metadata: { labels: { tier: 'gold' } }, spec: {} };
    test.each([
      ['take it out', 'pod-bind', gold, ESCAPE],
      ['do not, where it was not in', 'pod-bind', { metadata: {}, spec: {} }, NO],
      ['can not be told where the Pod can not be read', 'pod-bind', 'Failed', 'Denied EvaluationError'],
      ['of no Pod take nothing out', 'pod-bind', 'Missing', NO],
    ] as const)('%s', (_name, name, parent, expected) => {
      expect(outcome(byObject, captured(name), { parent })).toBe(expected);
    });

    test('a Binding without labels takes nothing out', () => {
      const of = captured('pod-bind');
      const plain = { ...of, object: { ...of.object, metadata: { name: 'unbound' } } };
      expect(outcome(byObject, plain, { parent: gold })).toBe(NO);
      expect(outcome(byObject, plain, { parent: 'Failed' })).toBe(NO);
    });
  });
});
