import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GuardrailMatch, GuardrailSpec } from '../../../src/api/v1alpha1.ts';
import { expectDenied, expectPassed, lines } from '../support/decisions.ts';
import { GuardedCluster, type Manifest, type Person } from '../support/guarded-cluster.ts';
import { eventually } from '../support/poll.ts';
import { configMap, pod, workload } from '../support/workloads.ts';

const deny = (match: GuardrailMatch): GuardrailSpec => ({ enforcement: 'Deny', failurePolicy: 'Fail', match });

const ANNOTATED = [
  { apiGroups: [''], resources: ['configmaps', 'pods', 'nodes'] },
  { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'] },
];
const STATUS = '--subresource=status';
const NODE_CONTROLLER = 'system:serviceaccount:kube-system:node-controller';

let cluster: GuardedCluster;
let alice: Person;
/** Namespaces with a guardrail, and one without. */
let ns: Readonly<Record<'budget' | 'autoscaler' | 'kept' | 'annotated' | 'free', string>>;

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  const names = ['budget', 'autoscaler', 'kept', 'annotated', 'free'];
  const made = names.map(async (name) => [name, await cluster.namespace(name)]);
  ns = Object.fromEntries(await Promise.all(made));
  alice = await cluster.person('alice', { grant: { clusterRole: 'cluster-admin' } });
  const within = (namespace: string) => ({ namespaces: { include: [namespace] } });
  const byAlice = { subjects: { include: [{ kind: 'User' as const, name: 'alice' }] } };
  await cluster.guard({
    'no-loose-budget': deny({ actions: ['DisruptionBudgetLoosen'], ...within(ns.budget) }),
    'no-autoscaling': deny({ actions: ['AutoscalingChange'], ...within(ns.autoscaler), ...byAlice }),
    'half-the-maximum': {
      ...deny({ actions: ['AutoscalingChange'], ...within(ns.free) }),
      when: [{ change: { type: 'Decreased', byMoreThan: '50%' } }],
    },
    'no-loss': deny({ actions: ['RetentionLoosen'], ...within(ns.kept) }),
    'no-loss-of-volumes': deny({
      actions: ['RetentionLoosen'],
      resources: [{ apiGroups: [''], resources: ['persistentvolumes'] }],
    }),
    'no-annotation': deny({ actions: ['AnnotationChange'], resources: ANNOTATED, names: ['web', 'kept-*'] }),
    'no-cordon': deny({ actions: ['Cordon'], names: ['kept-*'] }),
    'no-taint': deny({ actions: ['TaintChange'], names: ['kept-*'] }),
  });
});
afterAll(() => cluster?.stop());

const json = (value: unknown): string => JSON.stringify(value);
const patch = (what: string, namespace: string, body: unknown, ...more: readonly string[]) =>
  alice.kubectl(['patch', ...what.split('/'), '-n', namespace, '--type=merge', '-p', json(body), ...more]);

const budget = (namespace: string, spec: Manifest): Manifest => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'web', namespace },
  spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
});

describe('DisruptionBudgetLoosen', () => {
  test('is refused by the bound, the selector, the deletion and the status', async () => {
    await alice.create(budget(ns.budget, { minAvailable: 3 }));
    const refused = async (tried: ReturnType<Person['kubectl']>, text: string) =>
      expectDenied(await tried, 'no-loose-budget', 'DisruptionBudgetLoosen', text);

    await refused(patch('pdb/web', ns.budget, { spec: { minAvailable: 1 } }), 'minAvailable 3 -> 1 (-66%)');
    await refused(patch('pdb/web', ns.budget, { spec: { minAvailable: '10%' } }), 'minAvailable 3 -> 10%');
    const another = { spec: { minAvailable: null, maxUnavailable: 1 } };
    await refused(patch('pdb/web', ns.budget, another), 'minAvailable 3 removed, maxUnavailable 1');
    await refused(patch('pdb/web', ns.budget, { spec: { selector: { matchLabels: { tier: 'x' } } } }), 'tier x');
    await refused(alice.kubectl(['apply', '-f', '-'], budget(ns.budget, { minAvailable: 2 })), 'minAvailable 3 -> 2');
    const allowed = { status: { disruptionsAllowed: 9 } };
    await refused(patch('pdb/web', ns.budget, allowed, STATUS), 'status.disruptionsAllowed 0 -> 9');
    await refused(alice.kubectl(['delete', 'pdb', 'web', '-n', ns.budget]), 'poddisruptionbudgets.policy/web');
    await refused(alice.kubectl(['delete', 'pdb', '--all', '-n', ns.budget]), 'poddisruptionbudgets.policy/web');
  });

  test('a budget that is tightened passes, and the controller counts without being asked about', async () => {
    expectPassed(await patch('pdb/web', ns.budget, { spec: { minAvailable: 4 } }));
    expectPassed(await patch('pdb/web', ns.budget, { spec: { minAvailable: null, maxUnavailable: 0 } }));
    await eventually(
      async () => {
        const { metadata, status } = await cluster.read('poddisruptionbudgets.policy', ns.budget, 'web');
        return status?.observedGeneration === metadata.generation;
      },
      { message: 'the controller has counted' },
    );
    const told = lines(await cluster.trail('no-loose-budget'));
    expect(told.every((line) => line.startsWith('Denied ') && line.includes(' by alice'))).toBe(true);
  });
});

const autoscaler = (namespace: string, spec: Manifest = {}): Manifest => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', namespace },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'absent' },
    minReplicas: 2,
    maxReplicas: 10,
    ...spec,
  },
});

describe('AutoscalingChange', () => {
  test('is refused by create, update in either version, and deletion', async () => {
    await cluster.admin.create(autoscaler(ns.autoscaler));
    const refused = async (tried: ReturnType<Person['kubectl']>, text: string) =>
      expectDenied(await tried, 'no-autoscaling', 'AutoscalingChange', text);
    const { metadata, ...rest } = autoscaler(ns.autoscaler);
    const another = { ...rest, metadata: { ...(metadata as Manifest), name: 'another' } };
    await refused(alice.kubectl(['create', '-f', '-'], another), 'minReplicas 2, maxReplicas 10');
    await refused(patch('hpa/web', ns.autoscaler, { spec: { maxReplicas: 3 } }), 'maxReplicas 10 -> 3 (-70%)');
    const target = { spec: { scaleTargetRef: { name: 'other' } } };
    await refused(patch('hpa/web', ns.autoscaler, target), 'scaleTargetRef.name absent -> other');
    const path = `/apis/autoscaling/v1/namespaces/${ns.autoscaler}/horizontalpodautoscalers/web`;
    const inVersion1 = { ...autoscaler(ns.autoscaler, { minReplicas: 1 }), apiVersion: 'autoscaling/v1' };
    await refused(alice.kubectl(['replace', '--raw', path, '-f', '-'], inVersion1), 'minReplicas 2 -> 1');
    await refused(alice.kubectl(['delete', 'hpa', 'web', '-n', ns.autoscaler]), 'maxReplicas 10 removed');

    expectPassed(await alice.kubectl(['label', 'hpa', 'web', '-n', ns.autoscaler, 'a=b']));
  });

  test('a threshold reads by how much a bound is moved', async () => {
    await alice.create(autoscaler(ns.free));
    expectPassed(await patch('hpa/web', ns.free, { spec: { maxReplicas: 5 } }));
    expectPassed(await patch('hpa/web', ns.free, { spec: { maxReplicas: 50 } }));
    expectDenied(
      await patch('hpa/web', ns.free, { spec: { maxReplicas: 24 } }),
      'half-the-maximum',
      'AutoscalingChange',
      'maxReplicas 50 -> 24 (-52%)',
    );
  });
});

describe('RetentionLoosen', () => {
  test('is refused of claims, finished Jobs and old revisions', async () => {
    await cluster.create(workload('StatefulSet', { namespace: ns.kept, name: 'web' }));
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'web', namespace: ns.kept } };
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'a' }] } };
    await alice.create({ ...job, spec: { template, ttlSecondsAfterFinished: 3600 } });

    const claims = { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' } } };
    const told = 'persistentVolumeClaimRetentionPolicy.whenDeleted Retain -> Delete';
    expectDenied(await patch('statefulset/web', ns.kept, claims), 'no-loss', 'RetentionLoosen', told);
    const ttl = (seconds: number) => patch('job/web', ns.kept, { spec: { ttlSecondsAfterFinished: seconds } });
    expectDenied(await ttl(0), 'no-loss', 'RetentionLoosen', 'ttlSecondsAfterFinished 3600 -> 0');
    const revisions = patch('statefulset/web', ns.kept, { spec: { revisionHistoryLimit: 0 } });
    expectDenied(await revisions, 'no-loss', 'RetentionLoosen', 'revisionHistoryLimit 10 -> 0');

    expectPassed(await ttl(7200));
    expectPassed(await patch('statefulset/web', ns.kept, { spec: { revisionHistoryLimit: 11 } }));
  });

  test('is refused of volumes, which are in no namespace', async () => {
    const volume = (name: string, persistentVolumeReclaimPolicy: string): Manifest => ({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy,
        hostPath: { path: '/absent' },
      },
    });
    await alice.create(volume('retained', 'Retain'), volume('deleted', 'Delete'));
    const reclaim = (name: string, policy: string) =>
      alice.kubectl(['patch', 'pv', name, '-p', json({ spec: { persistentVolumeReclaimPolicy: policy } })]);
    const told = 'persistentVolumeReclaimPolicy Retain -> Delete';
    expectDenied(await reclaim('retained', 'Delete'), 'no-loss-of-volumes', 'RetentionLoosen', told);
    expectPassed(await reclaim('deleted', 'Retain'));
  });
});

describe('AnnotationChange', () => {
  const annotations = (value: string | null) => ({ metadata: { annotations: { 'example.com/key': value } } });

  test('is refused by every way that writes annotations, and the value is never told', async () => {
    const namespace = ns.annotated;
    await cluster.create(
      configMap(namespace, 'web'),
      workload('StatefulSet', { namespace, name: 'web', replicas: 0 }),
      pod({ namespace, name: 'web' }),
    );
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'web', namespace, ...annotations('hunter2').metadata },
      target: { apiVersion: 'v1', kind: 'Node', name: 'absent' },
    };
    const routes = {
      'kubectl annotate': alice.kubectl(['annotate', 'configmap', 'web', '-n', namespace, 'example.com/key=hunter2']),
      'a patch': patch('configmap/web', namespace, annotations('hunter2')),
      'a status': patch('statefulset/web', namespace, annotations('hunter2'), STATUS),
      'a binding': alice.kubectl(
        ['create', '--raw', `/api/v1/namespaces/${namespace}/pods/web/binding`, '-f', '-'],
        binding,
      ),
    };
    for (const [route, tried] of Object.entries(routes)) {
      const { code, stderr } = await tried;
      expect.soft(`${route}: ${stderr}`).toContain('Guardrail "no-annotation" denied AnnotationChange of ');
      expect.soft(stderr).toContain("metadata.annotations['example.com/key']");
      expect.soft(stderr).not.toContain('hunter2');
      expect.soft(code).toBe(1);
    }
    expect(json(await cluster.trail('no-annotation'))).not.toContain('hunter2');
  });

  test('applying again, what controllers note for themselves and other changes pass', async () => {
    const namespace = ns.annotated;
    const web = (replicas: number) => workload('Deployment', { namespace, name: 'web', replicas });
    expectPassed(await alice.kubectl(['apply', '-f', '-'], web(0)));
    expectPassed(await alice.kubectl(['apply', '-f', '-'], web(1)));
    expectPassed(await alice.kubectl(['label', 'deployment', 'web', '-n', namespace, 'a=b']));
    await eventually(
      async () => {
        const { metadata } = await cluster.read('deployments.apps', namespace, 'web');
        return metadata.annotations?.['deployment.kubernetes.io/revision'] === '1';
      },
      { message: 'the controller has noted the revision' },
    );
    expect(lines(await cluster.trail('no-annotation')).filter((line) => line.includes('deployments'))).toEqual([]);
  });
});

describe('Nodes', () => {
  const node = (name: string): Manifest => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
  const taints = async (name: string): Promise<string[]> =>
    ((await cluster.read('nodes', undefined, name)).spec.taints ?? []).map(({ key }: { key: string }) => key);

  test('a guarded Node is not cordoned, tainted or annotated by people, nor annotated by its kubelet', async () => {
    await alice.create(node('kept-node'), node('other-node'));
    const told = 'Guardrail "no-cordon" denied Cordon of nodes/kept-node: unschedulable false -> true';
    // It ends with code 0 all the same.
    expect((await alice.kubectl(['cordon', 'kept-node'])).stderr).toContain(told);
    const byPatch = ['patch', 'node', 'kept-node', '-p', json({ spec: { unschedulable: true } })];
    expectDenied(await alice.kubectl(byPatch), 'no-cordon', 'Cordon', told);
    expect((await cluster.read('nodes', undefined, 'kept-node')).spec.unschedulable).toBeUndefined();
    expectDenied(
      await alice.kubectl(['taint', 'nodes', 'kept-node', 'dedicated=db:NoExecute']),
      'no-taint',
      'TaintChange',
      'taints dedicated=db:NoExecute',
    );
    const kubelet = await cluster.person('system:node:kept-node', {
      groups: ['system:nodes'],
      grant: { clusterRole: 'cluster-admin' },
    });
    const own = ['patch', 'node', 'kept-node', '--type=merge', STATUS, '-p'];
    expectDenied(
      await kubelet.kubectl([...own, json({ metadata: { annotations: { a: 'b' } } })]),
      'no-annotation',
      'AnnotationChange',
      'metadata.annotations.a',
    );
    expectPassed(await kubelet.kubectl([...own, json({ status: { phase: 'Running' } })]));
    expectPassed(await alice.kubectl(['taint', 'nodes', 'other-node', 'dedicated=db:NoExecute']));
  });

  test('is tainted by the node controller all the same, and nobody is asked about that', async () => {
    await cluster.unguard('no-cordon');
    expectPassed(await alice.kubectl(['cordon', 'kept-node']));
    await eventually(async () => (await taints('kept-node')).includes('node.kubernetes.io/unschedulable'), {
      message: 'the node controller has tainted it',
    });
    expect(lines(await cluster.trail('no-taint')).filter((line) => line.includes(NODE_CONTROLLER))).toEqual([]);
    expectDenied(
      await alice.kubectl(['taint', 'nodes', 'kept-node', 'node.kubernetes.io/unschedulable-']),
      'no-taint',
      'TaintChange',
      'taints node.kubernetes.io/unschedulable:NoSchedule removed',
    );
  });
});
