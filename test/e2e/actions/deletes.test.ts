import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GuardrailMatch, GuardrailSpec } from '../../../src/api/v1alpha1.ts';
import { expectDenied, expectPassed, lines } from '../support/decisions.ts';
import { GuardedCluster, type Manifest, type Person } from '../support/guarded-cluster.ts';
import type { CommandResult } from '../support/kubectl.ts';
import { eventually } from '../support/poll.ts';
import { configMap, pod, podSpec, workload } from '../support/workloads.ts';

const HOLD = 'e2e.example.com/hold';
const NODE = 'node-1';
const DRAINED = 'node-2';
const SCENE = ['deny', 'audit', 'evict', 'dry', 'free'] as const;

let cluster: GuardedCluster;
let alice: Person;
let ns: Readonly<Record<(typeof SCENE)[number], string>>;

const deny = (match: GuardrailMatch): GuardrailSpec => ({ enforcement: 'Deny', failurePolicy: 'Fail', match });
const CORE = [{ apiGroups: [''], resources: ['secrets', 'configmaps', 'pods'] }];
const BATCH = [{ apiGroups: ['batch'], resources: ['jobs'] }];
const APPS = [{ apiGroups: ['apps'], resources: ['deployments', 'statefulsets'] }];

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  const made = SCENE.map(async (name) => [name, await cluster.namespace(name)]);
  ns = Object.fromEntries(await Promise.all(made));
  alice = await cluster.person('alice', { grant: { clusterRole: 'cluster-admin' } });
  // admin has to set the scene: what terminates already, for instance.
  const byAlice = { subjects: { include: [{ kind: 'User' as const, name: 'alice' }] } };
  await cluster.guard({
    'no-delete': deny({
      actions: ['Delete'],
      resources: [...CORE, ...APPS, ...BATCH],
      namespaces: { include: [ns.deny] },
      ...byAlice,
    }),
    'no-delete-of-namespaces': deny({
      actions: ['Delete'],
      resources: [{ apiGroups: [''], resources: ['namespaces'] }],
      namespaces: { include: ['doomed-*'] },
      ...byAlice,
    }),
    'see-delete': {
      enforcement: 'Audit',
      match: { actions: ['Delete'], resources: [...CORE, ...APPS], namespaces: { include: [ns.audit] }, ...byAlice },
    },
    'no-dry-run': deny({ actions: ['Delete'], resources: CORE, namespaces: { include: [ns.dry] } }),
    'no-evict': deny({ actions: ['Evict'], namespaces: { include: [ns.evict] } }),
  });
  await cluster.create(...[NODE, DRAINED].map((name) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } })));
});
afterAll(() => cluster?.stop());

const secret = (namespace: string, name: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace, labels: { name } },
  stringData: { password: 'hunter2' },
});

const onNode = (manifest: Manifest, nodeName = NODE): Manifest => ({
  ...manifest,
  spec: { ...(manifest.spec as Manifest), nodeName },
});

const evict = (namespace: string, name: string, deleteOptions?: Manifest): Promise<CommandResult> =>
  alice.kubectl(['create', '--raw', `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, '-f', '-'], {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
    ...(deleteOptions && { deleteOptions }),
  });

const recordsOf = async (guardrail: string, name: string) =>
  (await cluster.trail(guardrail)).filter(({ spec }) => spec.action.name === name);
const told = async (guardrail: string, name: string): Promise<string[]> => lines(await recordsOf(guardrail, name));

describe('Delete', () => {
  test('is refused for one object, for some, for all and for the collection, and nothing is gone', async () => {
    const names = ['a', 'b', 'c'];
    await cluster.create(...names.map((name) => secret(ns.deny, name)));
    const raw = `/api/v1/namespaces/${ns.deny}/secrets`;
    const ways = {
      delete: () => alice.kubectl(['delete', 'secret', 'a', '-n', ns.deny]),
      'delete by label': () => alice.kubectl(['delete', 'secret', '-l', 'name=a', '-n', ns.deny]),
      'delete --all': () => alice.kubectl(['delete', 'secret', '--all', '-n', ns.deny]),
      'a DELETE of the object': () => alice.kubectl(['delete', '--raw', `${raw}/a`]),
      'a DELETE of the collection': () => alice.kubectl(['delete', '--raw', raw]),
    };
    for (const [way, run] of Object.entries(ways)) {
      const { code, stderr } = await run();
      expect.soft(`${way}: ${stderr}`).toMatch(/Guardrail "no-delete" denied Delete of secrets\/[abc] in /);
      expect.soft(code).toBe(1);
    }
    expect((await cluster.read('secrets', ns.deny)).items).toHaveLength(3);
    for (const name of names)
      expect(await told('no-delete', name)).toEqual([`Denied Delete of secrets/${name} by alice`]);
    expect(JSON.stringify(await cluster.records('no-delete'))).not.toMatch(/hunter2|aHVudGVyMg/);
  });

  test('of a collection, each object is on record with its real name', async () => {
    const names = ['d', 'e', 'f'];
    await cluster.create(...names.map((name) => secret(ns.audit, name)));
    expectPassed(await alice.kubectl(['delete', '--raw', `/api/v1/namespaces/${ns.audit}/secrets`]));
    expect((await cluster.read('secrets', ns.audit)).items).toEqual([]);
    for (const name of names) {
      const records = await recordsOf('see-delete', name);
      expect(lines(records)).toEqual([`Audited Delete of secrets/${name} by alice`]);
      expect(records[0]?.spec.action).toMatchObject({
        operation: 'DELETE',
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
    }
  });

  test('by force is one record, of both of its reviews', async () => {
    await cluster.create(onNode(pod({ namespace: ns.audit, name: 'bound' })));
    const forced = await alice.kubectl(['delete', 'pod', 'bound', '-n', ns.audit, '--force', '--grace-period=0']);
    expect(forced.code).toBe(0);
    expect(await cluster.find('pods', ns.audit, 'bound')).toBeUndefined();
    const records = await recordsOf('see-delete', 'bound');
    expect(lines(records)).toEqual(['Audited Delete of pods/bound by alice']);
    expect(records[0]?.status?.count).toBeGreaterThanOrEqual(2);

    await cluster.create(onNode(pod({ namespace: ns.deny, name: 'bound' })));
    const refused = await alice.kubectl(['delete', 'pod', 'bound', '-n', ns.deny, '--force', '--grace-period=0']);
    expectDenied(refused, 'no-delete', 'Delete');
    expect(await told('no-delete', 'bound')).toEqual(['Denied Delete of pods/bound by alice']);
  });

  test('comes by eviction too', async () => {
    await cluster.create(pod({ namespace: ns.deny, name: 'evicted' }), pod({ namespace: ns.audit, name: 'evicted' }));
    expectDenied(await evict(ns.deny, 'evicted'), 'no-delete', 'Delete', 'of pods/evicted');
    expect(await cluster.find('pods', ns.deny, 'evicted')).toBeDefined();
    expect(await told('no-delete', 'evicted')).toEqual(['Denied Delete of pods/evicted via eviction by alice']);

    expectPassed(await evict(ns.audit, 'evicted'));
    await eventually(async () => (await cluster.find('pods', ns.audit, 'evicted')) === undefined, {
      message: 'it is gone',
    });
    expect(await told('see-delete', 'evicted')).toEqual(['Audited Delete of pods/evicted via eviction by alice']);
  });

  test('that is only tried out is answered, and leaves no record and no count', async () => {
    const at = { namespace: ns.dry };
    await cluster.create(
      onNode(pod({ ...at, name: 'drained' }), DRAINED),
      pod({ ...at, name: 'tried' }),
      secret(ns.dry, 'tried'),
    );
    expectDenied(await evict(ns.dry, 'tried', { dryRun: ['All'] }), 'no-dry-run', 'Delete', 'of pods/tried');
    const drain = ['drain', DRAINED, '--dry-run=server', '--force', '--timeout=2s'];
    const { code, stderr } = await alice.kubectl(drain);
    expect(stderr).toContain('Guardrail "no-dry-run" denied Delete of pods/drained');
    expect(code).toBe(1);
    const collection = `/api/v1/namespaces/${ns.dry}/secrets?dryRun=All`;
    expectDenied(await alice.kubectl(['delete', '--raw', collection]), 'no-dry-run', 'Delete', 'of secrets/tried');
    const remove = ['delete', 'pod', 'tried', '-n', ns.dry];
    expectDenied(await alice.kubectl([...remove, '--dry-run=server']), 'no-dry-run', 'Delete', 'of pods/tried');

    // One that is not: all records that there can be are there when its record is.
    const { Denied: unrecorded = 0 } = await cluster.decisions('no-dry-run');
    expectDenied(await alice.kubectl(remove), 'no-dry-run', 'Delete', '[record ');
    expect(lines(await cluster.trail('no-dry-run', { unrecorded }))).toEqual(['Denied Delete of pods/tried by alice']);
  });

  test('is the last finalizer of a terminating object, through the object and through its /status', async () => {
    const held = workload('StatefulSet', { namespace: ns.deny, name: 'held', replicas: 0 });
    await cluster.create(configMap(ns.deny, 'held', { finalizers: [HOLD] }), {
      ...held,
      metadata: { ...(held.metadata as Manifest), finalizers: [HOLD] },
    });
    await cluster.admin.must(['delete', 'configmap/held', 'statefulset/held', '-n', ns.deny, '--wait=false']);
    const none = ['--type=merge', '-p', '{"metadata":{"finalizers":null}}'];
    for (const result of [
      await alice.kubectl(['patch', 'configmap', 'held', '-n', ns.deny, ...none]),
      await alice.kubectl(['patch', 'statefulset', 'held', '-n', ns.deny, ...none]),
      await alice.kubectl(['patch', 'statefulset', 'held', '-n', ns.deny, '--subresource=status', ...none]),
    ]) {
      expectDenied(result, 'no-delete', 'Delete', `metadata.finalizers ${HOLD} removed`);
    }
    expect(await told('no-delete', 'held')).toEqual([
      `Denied Delete of configmaps/held by alice: $.metadata.finalizers ${HOLD} ->`,
      `Denied Delete of statefulsets.apps/held by alice: $.metadata.finalizers ${HOLD} ->`,
      `Denied Delete of statefulsets.apps/held via status by alice: $.metadata.finalizers ${HOLD} ->`,
    ]);
    await cluster.admin.must(['patch', 'statefulset', 'held', '-n', ns.deny, ...none]);
    expect(await cluster.find('statefulsets.apps', ns.deny, 'held')).toBeUndefined();
  });

  test('is not the last finalizer of an object that stays', async () => {
    await cluster.create(configMap(ns.deny, 'stays', { finalizers: [HOLD] }));
    const none = ['--type=merge', '-p', '{"metadata":{"finalizers":null}}'];
    expectPassed(await alice.kubectl(['patch', 'configmap', 'stays', '-n', ns.deny, ...none]));
    expect(await told('no-delete', 'stays')).toEqual([]);
  });

  test('is the last finalizer of a terminating Namespace, through /finalize', async () => {
    const name = await cluster.namespace('doomed');
    expectDenied(await alice.kubectl(['delete', 'namespace', name]), 'no-delete-of-namespaces', 'Delete');
    await cluster.create(configMap(name, 'holds', { finalizers: [HOLD] }));
    await cluster.admin.must(['delete', 'namespace', name, '--wait=false']);
    const finalize = { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: { finalizers: [] } };
    const result = await alice.kubectl(
      ['replace', '--raw', `/api/v1/namespaces/${name}/finalize`, '-f', '-'],
      finalize,
    );
    expectDenied(result, 'no-delete-of-namespaces', 'Delete', 'finalizers kubernetes removed');
    expect((await cluster.read('namespaces', undefined, name)).status.phase).toBe('Terminating');

    // What the namespace controller does about its own finalizer is not refused: it drains.
    await cluster.admin.must([
      'patch',
      'configmap',
      'holds',
      '-n',
      name,
      '--type=merge',
      '-p',
      '{"metadata":{"finalizers":null}}',
    ]);
    await eventually(async () => (await cluster.find('namespaces', undefined, name)) === undefined, {
      message: 'the namespace is gone',
      timeoutMs: 30_000,
    });
    const records = await recordsOf('no-delete-of-namespaces', name);
    expect(records.map(({ spec }) => [spec.action.subresource, spec.decision])).toEqual([
      [undefined, 'Denied'],
      ['finalize', 'Denied'],
    ]);
  });

  test('is an activeDeadlineSeconds that is set or shortened, of a Pod and of a Job', async () => {
    const job = (name: string, activeDeadlineSeconds: number): Manifest => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name, namespace: ns.deny },
      spec: { activeDeadlineSeconds, template: { spec: { ...podSpec(), restartPolicy: 'Never' } } },
    });
    await cluster.create(job('batch', 3600), pod({ namespace: ns.deny, name: 'single' }));
    const patch = (what: string, seconds: number): Promise<CommandResult> =>
      alice.kubectl([
        'patch',
        what,
        '-n',
        ns.deny,
        '--type=merge',
        '-p',
        `{"spec":{"activeDeadlineSeconds":${seconds}}}`,
      ]);
    expectDenied(await patch('job/batch', 1), 'no-delete', 'Delete', 'activeDeadlineSeconds 3600 -> 1');
    expectDenied(await patch('pod/single', 1), 'no-delete', 'Delete', 'activeDeadlineSeconds 1');
    expectPassed(await patch('job/batch', 7200));
    expect(await told('no-delete', 'batch')).toEqual([
      'Denied Delete of jobs.batch/batch by alice: $.spec.activeDeadlineSeconds 3600 -> 1',
    ]);
  });

  test('in other namespaces and of other kinds is not touched', async () => {
    const before = [await cluster.decisions('no-delete'), await cluster.decisions('see-delete')];
    await cluster.create(secret(ns.free, 'a'), pod({ namespace: ns.free, name: 'a' }));
    await cluster.admin.must(['create', 'serviceaccount', 'robot', '-n', ns.deny]);
    expectPassed(await alice.kubectl(['delete', '--raw', `/api/v1/namespaces/${ns.free}/secrets`]).then(quiet));
    expectPassed(await evict(ns.free, 'a').then(quiet));
    expectPassed(await alice.kubectl(['delete', 'serviceaccount', 'robot', '-n', ns.deny]));
    expect([await cluster.decisions('no-delete'), await cluster.decisions('see-delete')]).toEqual(before);
  });
});

/** A raw request prints the answer, which is not of interest. */
const quiet = (result: CommandResult): CommandResult => ({ ...result, stdout: '' });

describe('Evict', () => {
  test('alone is refused, and a DELETE passes without a record', async () => {
    await cluster.create(pod({ namespace: ns.evict, name: 'web' }));
    expectDenied(await evict(ns.evict, 'web'), 'no-evict', 'Evict', 'of pods/web');
    expectPassed(await alice.kubectl(['delete', 'pod', 'web', '-n', ns.evict]));
    const records = await recordsOf('no-evict', 'web');
    expect(lines(records)).toEqual(['Denied Evict of pods/web via eviction by alice']);
    expect(records[0]?.spec.action).toMatchObject({ types: ['Evict'], operation: 'CREATE' });
  });
});
