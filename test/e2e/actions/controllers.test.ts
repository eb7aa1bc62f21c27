import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GuardrailMatch, GuardrailSpec } from '../../../src/api/v1alpha1.ts';
import { expectDenied, expectPassed, lines } from '../support/decisions.ts';
import { guardTest } from '../support/guard-test.ts';
import { GuardedCluster, type Manifest, type Person, type Stored } from '../support/guarded-cluster.ts';
import { eventually } from '../support/poll.ts';
import { configMap, IMAGE, pod, workload } from '../support/workloads.ts';

const NEXT = 'registry.example.com/web:2';
const SCENE = ['owned', 'include', 'leaving'] as const;
const PODS = [{ apiGroups: [''], resources: ['pods'] }];
const REPLICA_SETS = [{ apiGroups: ['apps'], resources: ['replicasets'] }];

let cluster: GuardedCluster;
let alice: Person;
let ns: Readonly<Record<(typeof SCENE)[number], string>>;

const deny = (match: GuardrailMatch): GuardrailSpec => ({ enforcement: 'Deny', failurePolicy: 'Fail', match });

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  const made = SCENE.map(async (name) => [name, await cluster.namespace(name)]);
  ns = Object.fromEntries(await Promise.all(made));
  alice = await cluster.person('alice', { grant: { clusterRole: 'cluster-admin' } });
  await cluster.guard({
    'hands-off-pods': deny({
      actions: [
        'Create',
        'Update',
        'Delete',
        'ImageChange',
        'LabelChange',
        'FinalizerRemove',
        'OwnerChange',
        'ScaleDown',
      ],
      resources: [...PODS, ...REPLICA_SETS],
      namespaces: { include: [ns.owned] },
    }),
    'no-pods': deny({
      actions: ['Create'],
      resources: PODS,
      derived: 'Include',
      namespaces: { include: [ns.include] },
    }),
    stays: deny({
      actions: ['Create', 'Update', 'Delete', 'FinalizerRemove'],
      resources: [...PODS, ...REPLICA_SETS, { apiGroups: ['apps', ''], resources: ['deployments', 'configmaps'] }],
      // The scene is set by admin, who is judged like everybody.
      subjects: { exclude: [{ kind: 'User', name: 'admin' }] },
      namespaces: { include: [ns.leaving] },
    }),
  });
});
afterAll(() => cluster?.stop());

const podsOf = async (namespace: string, app: string): Promise<Stored[]> =>
  (await cluster.read('pods', namespace)).items.filter(({ metadata }: Stored) => metadata.labels?.app === app);

/** Waits until so many Pods of a workload are there, with that image, and none with another. */
const hasPods = (namespace: string, app: string, count: number, image = IMAGE): Promise<Stored[]> =>
  eventually(
    async () => {
      const pods = await podsOf(namespace, app);
      const images = pods.map(({ spec }) => spec.containers[0].image);
      if (pods.length === count && images.every((one) => one === image)) return pods;
      throw new Error(`${images.length} Pods: ${images}`);
    },
    { message: `${app} has ${count} Pods of ${image}`, timeoutMs: 20_000 },
  );

const deployment = (namespace: string, name: string): Manifest => {
  const made = workload('Deployment', { namespace, name, replicas: 2 });
  // No Pod ever becomes ready here: old ones have to go first.
  return { ...made, spec: { ...(made.spec as Manifest), strategy: { type: 'Recreate' } } };
};

const denials = async (guardrail: string): Promise<string[]> =>
  lines((await cluster.trail(guardrail)).filter(({ spec }) => spec.decision === 'Denied'));

describe('what the controllers do to objects that they own', () => {
  test('passes: a deployment comes up, is rolled out, scaled down and deleted, and every derived action says so', async () => {
    const at = ['deployment', 'web', '-n', ns.owned];
    expectPassed(await alice.kubectl(['create', '-f', '-'], deployment(ns.owned, 'web')));
    await hasPods(ns.owned, 'web', 2);
    expectPassed(await alice.kubectl(['set', 'image', ...at, `main=${NEXT}`]));
    await hasPods(ns.owned, 'web', 2, NEXT);
    expectPassed(await alice.kubectl(['scale', ...at, '--replicas=1']));
    await hasPods(ns.owned, 'web', 1, NEXT);
    expectPassed(await alice.kubectl(['delete', ...at, '--cascade=foreground', '--timeout=20s']));
    await eventually(async () => (await podsOf(ns.owned, 'web')).length === 0, { message: 'the Pods are gone' });
    expect(await cluster.find('deployments.apps', ns.owned, 'web')).toBeUndefined();

    const byControllers = (await cluster.trail('hands-off-pods')).filter(({ spec }) =>
      spec.subject.username.startsWith('system:'),
    );
    const reasons = byControllers.map(({ spec }) => `${spec.decision} ${spec.reason}`);
    expect(new Set(reasons)).toEqual(new Set(['Allowed Derived']));
    // The names are random and many: one record is for all that a controller does alike.
    expect(new Set(byControllers.map(({ spec }) => spec.action.target))).toEqual(new Set(['pods', 'replicasets.apps']));
    const who = byControllers.map(
      ({ spec }) => `${spec.action.type} of ${spec.action.resource} by ${spec.subject.username}`,
    );
    const account = 'system:serviceaccount:kube-system';
    expect(who).toEqual(
      expect.arrayContaining([
        `ImageChange of replicasets by ${account}:deployment-controller`,
        `ImageChange of pods by ${account}:replicaset-controller`,
        `ScaleDown of replicasets by ${account}:deployment-controller`,
        `Delete of pods by ${account}:replicaset-controller`,
        `Delete of replicasets by ${account}:generic-garbage-collector`,
      ]),
    );
  });

  test('passes: a background cascade takes all that a deployment has made', async () => {
    expectPassed(await alice.kubectl(['create', '-f', '-'], deployment(ns.owned, 'cascade')));
    await hasPods(ns.owned, 'cascade', 2);
    expectPassed(await alice.kubectl(['delete', 'deployment', 'cascade', '-n', ns.owned]));
    await eventually(
      async () =>
        (await podsOf(ns.owned, 'cascade')).length === 0 &&
        (await cluster.read('replicasets.apps', ns.owned)).items.every(
          ({ metadata }: Stored) => metadata.labels.app !== 'cascade',
        ),
      { message: 'ReplicaSet and Pods are gone', timeoutMs: 20_000 },
    );
  });

  test('is judged by a guardrail that says derived: Include', async () => {
    expectPassed(await alice.kubectl(['create', '-f', '-'], deployment(ns.include, 'web')));
    const [record] = await eventually(
      async () => {
        const records = await cluster.records('no-pods');
        return records.length > 0 && records;
      },
      { message: 'the ReplicaSet is kept from making a Pod' },
    );
    expect(record?.spec).toMatchObject({
      decision: 'Denied',
      action: { type: 'Create', resource: 'pods', name: expect.stringMatching(/^web-/) },
      subject: {
        username: 'system:serviceaccount:kube-system:replicaset-controller',
        serviceAccount: { namespace: 'kube-system', name: 'replicaset-controller' },
      },
    });
    expect((await cluster.read('pods', ns.include)).items).toEqual([]);
  });
});

describe("a user's own write", () => {
  test('to a Pod or ReplicaSet of a Deployment is judged', async () => {
    expectPassed(await alice.kubectl(['create', '-f', '-'], deployment(ns.owned, 'mine')));
    const [first] = await hasPods(ns.owned, 'mine', 2);
    const name: string = first?.metadata.name;
    const replicaSet: string = first?.metadata.ownerReferences[0].name;
    for (const [person, args, action] of [
      [alice, ['delete', 'pod', name], 'Delete'],
      [cluster.admin, ['delete', 'pod', name], 'Delete'],
      [alice, ['label', 'pod', name, 'a=b'], 'LabelChange'],
      [alice, ['set', 'image', `pod/${name}`, `main=${NEXT}`], 'ImageChange'],
      [alice, ['scale', 'replicaset', replicaSet, '--replicas=0'], 'ScaleDown'],
      [alice, ['delete', 'replicaset', replicaSet], 'Delete'],
    ] as const) {
      expectDenied(await person.kubectl([...args, '-n', ns.owned]), 'hands-off-pods', action);
    }
    expect(await denials('hands-off-pods')).toEqual(expect.arrayContaining([`Denied Delete of pods/${name} by admin`]));
    await hasPods(ns.owned, 'mine', 2);
  });

  test('is judged whatever owners it claims', async () => {
    expectPassed(await alice.kubectl(['create', '-f', '-'], deployment(ns.owned, 'forged')));
    const [owned] = await hasPods(ns.owned, 'forged', 2);
    const made = pod({ namespace: ns.owned, name: 'forged-x', labels: { app: 'none' } });
    const forged = {
      ...made,
      metadata: { ...(made.metadata as Manifest), ownerReferences: owned?.metadata.ownerReferences },
    };
    expectDenied(await alice.kubectl(['create', '-f', '-'], forged), 'hands-off-pods', 'ImageChange', 'pods/forged-x');
    expect(await cluster.find('pods', ns.owned, 'forged-x')).toBeUndefined();

    // Nor does it help to be called like a controller without being one.
    const named = await cluster.serviceAccount(ns.owned, 'replicaset-controller', { clusterRole: 'cluster-admin' });
    expectDenied(await named.kubectl(['create', '-f', '-'], forged), 'hands-off-pods', 'ImageChange', 'pods/forged-x');
    const impersonating = ['--as=system:serviceaccount:default:replicaset-controller', 'create', '-f', '-'];
    expectDenied(
      await cluster.admin.kubectl([...impersonating, '--as-group=system:masters'], forged),
      'hands-off-pods',
      'ImageChange',
    );
  });
});

test('a namespace that is deleted drains, with all that is guarded in it', async () => {
  await cluster.create(
    deployment(ns.leaving, 'web'),
    configMap(ns.leaving, 'a'),
    pod({ namespace: ns.leaving, name: 'alone' }),
  );
  await hasPods(ns.leaving, 'web', 2);
  expectDenied(await alice.kubectl(['delete', 'configmap', 'a', '-n', ns.leaving]), 'stays', 'Delete');
  const whole = await alice.kubectl(['delete', 'namespace', ns.leaving, '--wait=false']);
  expectDenied(whole, 'stays', 'Delete', 'would go with');
  // Who is let delete what is in it may delete the whole, and nobody stands in the way of what follows.
  expectPassed(await cluster.admin.kubectl(['delete', 'namespace', ns.leaving, '--timeout=30s']));
  expect(await cluster.find('namespaces', undefined, ns.leaving)).toBeUndefined();

  // What was derived is on record where there is room for it: the namespace itself takes none any more.
  const drained = await eventually(
    async () => {
      const records = await cluster.records('stays');
      const found = records.filter(({ spec }) => spec.subject.username.endsWith(':namespace-controller'));
      return found.length > 0 && found;
    },
    { message: 'the end of the namespace is on record' },
  );
  for (const { metadata, spec } of drained) {
    expect(spec).toMatchObject({ decision: 'Allowed', reason: 'Derived' });
    expect(metadata?.namespace).toBe('guardrails-system');
    expect(metadata?.labels?.['guardrails.dev/namespace']).toBe(ns.leaving);
  }
});

test('what a cluster needs to stay alive is never sent, whatever is guarded', async () => {
  const name = 'alive';
  const groups = ['system:nodes'];
  const node = await cluster.person(`system:node:${name}`, { groups });
  await cluster.create({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
  await guardTest(cluster, {
    everything: {
      enforcement: 'Deny',
      failurePolicy: 'Fail',
      match: {
        actions: ['Create', 'Update', 'Delete'],
        resources: [{ apiGroups: ['*'], resources: ['*'] }],
        includeStatus: true,
        derived: 'Include',
        subjects: {
          include: [
            { kind: 'Group', name: 'system:nodes' },
            { kind: 'User', name: 'alice' },
          ],
        },
      },
    },
  });
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: 'kube-node-lease' },
    spec: { holderIdentity: name },
  };
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: 'default' },
    involvedObject: { kind: 'Node', name },
    reason: 'Alive',
  };
  // As a kubelet does it: with the node as it is, and another status.
  const beat = async (status: Manifest, labels: Manifest = {}) => {
    const alive = await cluster.read('nodes', undefined, name);
    const metadata = { ...alive.metadata, labels: { ...alive.metadata.labels, ...labels } };
    const args = ['replace', '--raw', `/api/v1/nodes/${name}/status`, '-f', '-'];
    const { code, stderr } = await node.kubectl(args, { ...alive, metadata, status: { ...alive.status, ...status } });
    return { code, stdout: '', stderr };
  };
  expectPassed(await node.kubectl(['create', '-f', '-'], lease));
  const touch = [
    'patch',
    'lease',
    name,
    '-n',
    'kube-node-lease',
    '--type=merge',
    '-p',
    '{"spec":{"leaseDurationSeconds":40}}',
  ];
  expectPassed(await node.kubectl(touch));
  expectPassed(await node.kubectl(['create', '-f', '-'], event));
  expectPassed(await beat({ phase: 'Running' }));
  expectPassed(await alice.kubectl(['auth', 'can-i', 'get', 'pods']));
  expectPassed(await alice.kubectl(['auth', 'whoami']));
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 'none' } };
  expectPassed(await alice.kubectl(['create', '-f', '-', '-o', 'name'], review));
  expect(await cluster.decisions('everything')).toEqual({});

  // The same hand, where it is no heartbeat.
  expectDenied(await node.kubectl(['label', 'node', name, 'a=b']), 'everything', 'Update', `nodes/${name}`);
  expectDenied(await beat({ phase: 'Pending' }, { a: 'b' }), 'everything', 'Update', `nodes/${name}`);
  expectDenied(
    await alice.kubectl(['create', 'configmap', 'a', '-n', 'default']),
    'everything',
    'Create',
    'configmaps/a',
  );
  expectDenied(await alice.kubectl(['create', 'namespace', 'a']), 'everything', 'Create', 'namespaces/a');
});
