import { describe, expect, test } from 'vitest';
import type { ActionType } from '../../../src/api/v1alpha1.ts';
import type { KubeObject, Review } from '../../../src/policy/review.ts';
import { type Cluster, compiled, EVERYTHING, findingOf } from './support/judge.ts';
import { captured, review } from './support/reviews.ts';

const ACTIONS = ['Create', 'Update', 'Delete', 'OwnerChange', 'FinalizerRemove'] as const;
const TERMINATING = { metadata: { name: 'closing', deletionTimestamp: '2026-01-01T00:00:00Z' } };

function reasonOf(of: Review, cluster: Cluster = {}, derived: 'Ignore' | 'Include' = 'Ignore'): string | undefined {
  const loaded = compiled({ actions: [...ACTIONS], resources: EVERYTHING, derived });
  return findingOf(loaded, of, cluster)?.reason;
}

const as = (of: Review, username: string, ...groups: string[]): Review => ({ ...of, subject: { username, groups } });
const account = (name: string) => `system:serviceaccount:kube-system:${name}`;
const MANAGER = 'system:kube-controller-manager';

const CAPTURED: readonly [string, Cluster?][] = [
  ['replicaset-create-by-deployment-controller'],
  ['replicaset-scale-by-deployment-controller'],
  ['pod-create-by-replicaset-controller'],
  ['pod-delete-by-replicaset-controller'],
  ['pod-finalizer-removed-by-job-controller'],
  ['pod-delete-by-garbage-collector'],
  ['replicaset-delete-by-garbage-collector'],
  ['replicaset-orphan-finalizer-removed-by-garbage-collector'],
  ['configmap-delete-by-namespace-controller', { namespace: TERMINATING }],
  ['namespace-finalize-by-namespace-controller'],
  ['claim-finalizer-removed-by-pvc-protection'],
  ['pod-delete-by-kubelet'],
  ['pod-orphaned-by-garbage-collector'],
];

describe('what controllers do as themselves', () => {
  test.each(CAPTURED)('%s is derived', (name, cluster) => expect(reasonOf(captured(name), cluster)).toBe('Derived'));

  test.each(CAPTURED)('%s is judged where derived is Include', (name, cluster) => {
    expect(reasonOf(captured(name), cluster, 'Include')).toBe('Tripped');
  });

  test.each(CAPTURED)('%s is judged when alice does it', (name, cluster) => {
    expect(reasonOf(as(captured(name), 'alice', 'system:masters'), cluster)).toBe('Tripped');
  });

  test.each(CAPTURED.filter(([name]) => name !== 'pod-delete-by-kubelet'))(
    '%s is derived under the identity of a controller manager without an account per controller',
    (name, cluster) => expect(reasonOf(as(captured(name), MANAGER), cluster)).toBe('Derived'),
  );

  test.each(CAPTURED)("%s is judged under another controller's identity", (name, cluster) => {
    expect(reasonOf(as(captured(name), account('endpoint-controller')), cluster)).toBe('Tripped');
  });

  test.each(CAPTURED)('%s is judged under an account of that name in another namespace', (name, cluster) => {
    const of = captured(name);
    expect(
      reasonOf(as(of, of.subject.username.replace(':kube-system:', ':shop:').replace('node-1', 'node-2')), cluster),
    ).toBe('Tripped');
  });
});

describe('what the control plane does of itself', () => {
  const isDerived = (of: Review, actions: readonly ActionType[]) =>
    findingOf(compiled({ actions: [...actions], resources: EVERYTHING }), of)?.reason === 'Derived';
  const rbac = (operation: 'CREATE' | 'UPDATE' | 'DELETE', username: string) =>
    review({
      operation,
      group: 'rbac.authorization.k8s.io',
      resource: 'clusterroles',
      name: 'system:discovery',
      namespace: '',
      subject: { username, groups: [] },
      ...(operation !== 'DELETE' && { object: { rules: [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }] } }),
      ...(operation !== 'CREATE' && { oldObject: { rules: [] } }),
    });
  const mirror = (username: string, annotations: object = { 'kubernetes.io/config.mirror': 'abc' }) =>
    review({
      operation: 'CREATE',
      group: '',
      resource: 'pods',
      subject: { username, groups: ['system:nodes'] },
      object: { metadata: { name: 'etcd', annotations }, spec: { nodeName: 'node-1', hostNetwork: true } },
    });
  const token = (username: string, namespace: string) => as({ ...captured('token-request'), namespace }, username);

  test.each<[string, Review, ActionType, boolean]>([
    ['a kubelet gets the token of a Pod', captured('token-request-by-kubelet'), 'TokenRequest', true],
    [
      'who is called a node, and is none, gets none',
      { ...captured('token-request-by-kubelet'), subject: { username: 'system:node:node-1', groups: [] } },
      'TokenRequest',
      false,
    ],
    ['a kubelet shows a static Pod of its own', mirror('system:node:node-1'), 'Create', true],
    ["a kubelet shows a static Pod of another's", mirror('system:node:node-2'), 'Create', false],
    ['a kubelet makes a Pod that is no mirror', mirror('system:node:node-1', {}), 'Create', false],
    ['alice makes a mirror', mirror('alice'), 'Create', false],
    ['alice gets a token', captured('token-request'), 'TokenRequest', false],
    ['the controller manager gets tokens of its controllers', token(MANAGER, 'kube-system'), 'TokenRequest', true],
    ['the controller manager gets tokens of others', token(MANAGER, 'shop'), 'TokenRequest', false],
    ['rules are aggregated', captured('clusterrole-rules-by-aggregation-controller'), 'RoleGrant', true],
    ['alice labels what is aggregated', captured('clusterrole-aggregated-by-label'), 'RoleGrant', false],
    ['the API server makes its roles', rbac('CREATE', 'system:apiserver'), 'RoleGrant', true],
    ['the API server brings its roles up to date', rbac('UPDATE', 'system:apiserver'), 'RoleGrant', true],
    ['the API server deletes a role', rbac('DELETE', 'system:apiserver'), 'Delete', false],
    ['alice makes a role', rbac('CREATE', 'alice'), 'RoleGrant', false],
    [
      'the service controller tells the address of a Service',
      as(captured('service-address-through-status'), account('service-controller')),
      'ServiceExpose',
      true,
    ],
    ['alice tells the address of a Service', captured('service-address-through-status'), 'ServiceExpose', false],
    [
      'the certificate controller approves a certificate',
      as(captured('csr-approve'), account('certificate-controller')),
      'TokenRequest',
      true,
    ],
    ['alice approves a certificate', captured('csr-approve'), 'TokenRequest', false],
  ])('%s', (_name, of, action, expected) => {
    expect(findingOf(compiled({ actions: [action], resources: EVERYTHING, derived: 'Include' }), of)).toBeDefined();
    expect(isDerived(of, [action])).toBe(expected);
  });
});

const owner = (kind: string, apiVersion = 'apps/v1', controller: unknown = true): KubeObject => ({
  apiVersion,
  kind,
  name: 'o',
  uid: 'u',
  controller,
});
const ownedBy = (...owners: readonly KubeObject[]) =>
  review({ operation: 'CREATE', group: '', resource: 'pods', object: { metadata: { ownerReferences: owners } } });

describe('the owner must be of a built-in workload kind, and its controller', () => {
  test.each([
    ['Deployment', 'apps/v1', 'deployment-controller'],
    ['ReplicaSet', 'apps/v1', 'replicaset-controller'],
    ['StatefulSet', 'apps/v1', 'statefulset-controller'],
    ['DaemonSet', 'apps/v1', 'daemon-set-controller'],
    ['Job', 'batch/v1', 'job-controller'],
    ['CronJob', 'batch/v1', 'cronjob-controller'],
    ['ReplicationController', 'v1', 'replication-controller'],
  ])('%s of %s belongs to %s', (kind, apiVersion, name) => {
    expect(reasonOf(as(ownedBy(owner(kind, apiVersion)), account(name)))).toBe('Derived');
    expect(reasonOf(as(ownedBy(owner(kind, 'example.com/v1')), account(name)))).toBe('Tripped');
    expect(reasonOf(as(ownedBy(owner(kind, apiVersion, false)), account(name)))).toBe('Tripped');
    expect(reasonOf(as(ownedBy(owner(kind, apiVersion, 'true')), account(name)))).toBe('Tripped');
    expect(reasonOf(as(ownedBy(), account(name)))).toBe('Tripped');
  });

  test.each(['pod-create-with-forged-owner', 'configmap-owner-injected'])('%s is always judged', (name) => {
    expect(reasonOf(captured(name))).toBe('Tripped');
  });

  test('a custom kind is no built-in one, even for the manager', () => {
    expect(reasonOf(as(ownedBy(owner('Widget', 'example.com/v1')), MANAGER))).toBe('Tripped');
  });
});

describe('the twins of what is derived', () => {
  test.each<[string, Review, Cluster?]>([
    [
      'the garbage collector deletes what has no owner',
      as(review({ operation: 'DELETE', oldObject: {} }), account('generic-garbage-collector')),
    ],
    [
      'a controller adopts what has no owner',
      as(
        review({
          operation: 'UPDATE',
          group: '',
          resource: 'pods',
          oldObject: { metadata: {} },
          object: { metadata: { ownerReferences: [owner('ReplicaSet')] } },
        }),
        account('replicaset-controller'),
      ),
    ],
    [
      'somebody takes the last finalizer off in a namespace that stays',
      as(captured('widget-last-finalizer-removed'), 'alice'),
    ],
    [
      'the namespace controller deletes in a namespace that stays',
      captured('configmap-delete-by-namespace-controller'),
    ],
    [
      'the namespace controller deletes in a namespace that nobody can read',
      captured('configmap-delete-by-namespace-controller'),
      { namespace: 'Failed' },
    ],
    [
      'the namespace controller updates in a terminating namespace',
      as(review({ oldObject: { a: 1 }, object: { a: 2 } }), account('namespace-controller')),
      { namespace: TERMINATING },
    ],
    ['a kubelet deletes a Pod that was not to go', kubeletDeletes({ spec: { nodeName: 'node-1' } })],
    ['a kubelet deletes a Pod of another node', kubeletDeletes({ ...TERMINATING, spec: { nodeName: 'node-2' } })],
    ['a kubelet deletes a Pod of no node', kubeletDeletes({ ...TERMINATING, spec: {} })],
    [
      "one who is called as a kubelet but in no kubelet's group deletes",
      kubeletDeletes({ ...TERMINATING, spec: { nodeName: 'node-1' } }, 'developers'),
    ],
    [
      'a controller takes its finalizer off an object that stays',
      finalizerOff([], ['kubernetes.io/pvc-protection'], {}),
    ],
    ['a controller takes another finalizer off as well', finalizerOff([], ['kubernetes.io/pvc-protection', 'x/y'])],
    [
      "a controller takes another's finalizer off",
      finalizerOff(['kubernetes.io/pvc-protection'], ['kubernetes.io/pvc-protection', 'kubernetes.io/pv-protection']),
    ],
    [
      'a controller updates a terminating object and takes no finalizer off',
      finalizerOff(['kubernetes.io/pvc-protection', 'x/y'], ['kubernetes.io/pvc-protection']),
    ],
  ])('%s: judged', (_name, of, cluster) => expect(reasonOf(of, cluster)).toBe('Tripped'));

  function kubeletDeletes(pod: KubeObject, group = 'system:nodes'): Review {
    return as(
      review({ operation: 'DELETE', group: '', resource: 'pods', oldObject: pod }),
      'system:node:node-1',
      group,
    );
  }

  function finalizerOff(after: string[], before: string[], going: KubeObject = TERMINATING.metadata): Review {
    const of = review({
      group: '',
      resource: 'persistentvolumeclaims',
      oldObject: { metadata: { ...going, finalizers: before } },
      object: { metadata: { ...going, finalizers: after } },
    });
    return as(of, account('pvc-protection-controller'));
  }
});
