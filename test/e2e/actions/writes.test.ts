import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GuardrailMatch, GuardrailSpec } from '../../../src/api/v1alpha1.ts';
import { expectDenied, expectPassed, lines } from '../support/decisions.ts';
import { GuardedCluster, type Manifest, type Person } from '../support/guarded-cluster.ts';
import { configMap, workload } from '../support/workloads.ts';

const CONFIG_MAPS = [{ apiGroups: [''], resources: ['configmaps'] }];
const DEPLOYMENTS = [{ apiGroups: ['apps'], resources: ['deployments'] }];
/** A status write of a Deployment leaves the labels alone; of all other built-in kinds it can change them. */
const STATEFUL_SETS = [{ apiGroups: ['apps'], resources: ['statefulsets'] }];
const NAMESPACES = [{ apiGroups: [''], resources: ['namespaces'] }];
const OWNER = { apiVersion: 'v1', kind: 'ConfigMap', name: 'absent', uid: '11111111-2222-3333-4444-555555555555' };

const deny = (match: GuardrailMatch): GuardrailSpec => ({ enforcement: 'Deny', failurePolicy: 'Fail', match });

let cluster: GuardedCluster;
let alice: Person;
/** A namespace for each of the guardrails, so that they don't meet. */
let ns: Readonly<Record<'create' | 'update' | 'status' | 'label' | 'finalizer' | 'owner' | 'leave' | 'free', string>>;

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  const names = ['create', 'update', 'status', 'label', 'finalizer', 'owner', 'leave', 'free'];
  const made = names.map(async (name) => [name, await cluster.namespace(name)]);
  ns = Object.fromEntries(await Promise.all(made));
  // In no group that RBAC or admission knows, and may do everything by name.
  alice = await cluster.person('alice', { grant: { clusterRole: 'cluster-admin' } });
  const within = (namespace: string) => ({ namespaces: { include: [namespace] } });
  const byAlice = { subjects: { include: [{ kind: 'User' as const, name: 'alice' }] } };
  await cluster.guard({
    'no-create': deny({
      actions: ['Create'],
      resources: [...CONFIG_MAPS, { apiGroups: [''], resources: ['limitranges'] }],
      ...within(ns.create),
    }),
    'no-update': deny({
      actions: ['Update'],
      resources: [...CONFIG_MAPS, ...DEPLOYMENTS],
      ...byAlice,
      ...within(ns.update),
    }),
    'no-status': deny({
      actions: ['Update'],
      resources: DEPLOYMENTS,
      includeStatus: true,
      ...byAlice,
      ...within(ns.status),
    }),
    'no-label': deny({ actions: ['LabelChange'], resources: STATEFUL_SETS, ...within(ns.label) }),
    'no-label-of-namespaces': deny({
      actions: ['LabelChange'],
      resources: NAMESPACES,
      namespaces: { include: ['tagged-*'] },
    }),
    'no-finalizer': deny({
      actions: ['FinalizerRemove'],
      resources: [...CONFIG_MAPS, ...DEPLOYMENTS],
      ...within(ns.finalizer),
    }),
    'no-finalizer-of-namespaces': deny({
      actions: ['FinalizerRemove'],
      resources: NAMESPACES,
      namespaces: { include: ['held-*'] },
      ...byAlice,
    }),
    'no-owner': deny({ actions: ['OwnerChange'], resources: [...CONFIG_MAPS, ...DEPLOYMENTS], ...within(ns.owner) }),
    'stays-selected': deny({
      actions: ['Delete'],
      resources: STATEFUL_SETS,
      objectSelector: { matchLabels: { protected: 'true' } },
      ...within(ns.leave),
    }),
    'may-leave': deny({
      actions: ['Delete'],
      resources: CONFIG_MAPS,
      objectSelector: { matchLabels: { protected: 'true' } },
      selectorProtection: 'None',
      ...within(ns.leave),
    }),
    'stays-in-production': deny({
      actions: ['Exec'],
      namespaceSelector: { matchLabels: { stage: 'production' } },
    }),
  });
});
afterAll(() => cluster?.stop());

const MERGE = '--type=merge';
const STATUS = '--subresource=status';
const json = (value: unknown): string => JSON.stringify(value);
const targets = async (guardrail: string, target: string): Promise<string[]> =>
  lines((await cluster.trail(guardrail)).filter(({ spec }) => spec.action.target === target));

/** What all routes lead to. They are refused, so that they may run side by side. */
async function expectAllDenied(
  routes: Readonly<Record<string, () => Promise<{ code: number | null; stderr: string }>>>,
  told: string,
): Promise<void> {
  const tried = Object.entries(routes).map(async ([route, run]) => [route, await run()] as const);
  for (const [route, { code, stderr }] of await Promise.all(tried)) {
    expect.soft(`${route}: ${stderr}`).toContain(told);
    expect.soft(code).toBe(1);
  }
}

describe('Create', () => {
  test('is refused by every way that makes an object', async () => {
    const made = (name: string): Manifest => configMap(ns.create, name);
    const path = `/api/v1/namespaces/${ns.create}`;
    await expectAllDenied(
      {
        create: () => alice.kubectl(['create', '-f', '-'], made('a')),
        'create of a kind': () => alice.kubectl(['create', 'configmap', 'a', '-n', ns.create]),
        'POST to the collection': () => alice.kubectl(['create', '--raw', `${path}/configmaps`, '-f', '-'], made('a')),
        apply: () => alice.kubectl(['apply', '-f', '-'], made('a')),
        'server-side apply': () => alice.kubectl(['apply', '--server-side', '-f', '-'], made('a')),
        'apply by system:masters': () => cluster.admin.kubectl(['apply', '-f', '-'], made('a')),
      },
      `Guardrail "no-create" denied Create of configmaps/a in ${ns.create}`,
    );
    expect(await cluster.find('configmaps', ns.create, 'a')).toBeUndefined();
    expect(await targets('no-create', 'configmaps/a')).toEqual([
      'Denied Create of configmaps/a by admin',
      'Denied Create of configmaps/a by alice',
    ]);
  });

  test('a PUT that creates is one', async () => {
    const path = `/api/v1/namespaces/${ns.create}/limitranges/a`;
    const limits = {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'a', namespace: ns.create },
      spec: { limits: [] },
    };
    expectDenied(await alice.kubectl(['replace', '--raw', path, '-f', '-'], limits), 'no-create', 'Create');
    expect(await targets('no-create', 'limitranges/a')).toEqual(['Denied Create of limitranges/a by alice']);
  });

  test('a generated name is on record as it was generated', async () => {
    const { metadata, ...rest } = configMap(ns.create, '');
    const generated = { ...rest, metadata: { ...(metadata as Manifest), name: undefined, generateName: 'made-' } };
    const { stderr } = await alice.kubectl(['create', '-f', '-'], generated);
    expect(stderr).toMatch(/denied Create of configmaps\/made-[a-z0-9]{5} in/);
    const records = await cluster.trail('no-create');
    const [record] = records.filter(({ spec }) => spec.action.name?.startsWith('made-'));
    expect(record?.spec.action).toMatchObject({
      name: expect.stringMatching(/^made-[a-z0-9]{5}$/),
      operation: 'CREATE',
    });
    expect(stderr).toContain(`[record ${record?.metadata?.name}]`);
    expect(record?.metadata?.namespace).toBe(ns.create);
  });

  test('other kinds, other namespaces and updates are not touched', async () => {
    const before = await cluster.decisions('no-create');
    expectPassed(await alice.kubectl(['create', 'secret', 'generic', 'a', '-n', ns.create]));
    expectPassed(await alice.kubectl(['create', 'configmap', 'a', '-n', ns.free]));
    // It was there before the guardrail: every namespace gets it.
    expectPassed(await alice.kubectl(['label', 'configmap', 'kube-root-ca.crt', '-n', ns.create, 'a=b']));
    expect(await cluster.decisions('no-create')).toEqual(before);
  });
});

describe('Update', () => {
  test('is refused by every way that changes an object', async () => {
    await cluster.create(configMap(ns.update, 'a', { data: { key: 'old' } }));
    const changed = configMap(ns.update, 'a', { data: { key: 'new' } });
    const patch = (...args: readonly string[]) => alice.kubectl(['patch', 'configmap', 'a', '-n', ns.update, ...args]);
    await expectAllDenied(
      {
        replace: () => alice.kubectl(['replace', '-f', '-'], changed),
        'a JSON patch': () => patch('--type=json', '-p', '[{"op":"replace","path":"/data/key","value":"new"}]'),
        'a merge patch': () => patch(MERGE, '-p', '{"data":{"key":"new"}}'),
        'a strategic patch': () => patch('-p', '{"data":{"key":"new"}}'),
        apply: () => alice.kubectl(['apply', '-f', '-'], changed),
        'server-side apply': () => alice.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], changed),
        annotate: () => alice.kubectl(['annotate', 'configmap', 'a', '-n', ns.update, 'a=b']),
        label: () => alice.kubectl(['label', 'configmap', 'a', '-n', ns.update, 'a=b']),
      },
      `Guardrail "no-update" denied Update of configmaps/a in ${ns.update}`,
    );
    expect((await cluster.read('configmaps', ns.update, 'a')).data).toEqual({ key: 'old' });
    const told = await targets('no-update', 'configmaps/a');
    // Places are told; what is in a ConfigMap is not.
    expect(told).toContain('Denied Update of configmaps/a by alice: $.data.key');
    expect(JSON.stringify(told)).not.toMatch(/old|new/);
  });

  test('/scale is one, and a write to /status is none without includeStatus', async () => {
    await cluster.create(workload('Deployment', { namespace: ns.update, name: 'web' }));
    expectDenied(
      await alice.kubectl(['scale', 'deployment', 'web', '-n', ns.update, '--replicas=2']),
      'no-update',
      'Update',
    );
    const patch = [
      'patch',
      'deployment',
      'web',
      '-n',
      ns.update,
      STATUS,
      MERGE,
      '-p',
      '{"status":{"collisionCount":7}}',
    ];
    expectPassed(await alice.kubectl(patch));
    expect((await cluster.read('deployments.apps', ns.update, 'web')).status.collisionCount).toBe(7);
    expect(await targets('no-update', 'deployments.apps/web')).toEqual([
      'Denied Update of deployments.apps/web via scale by alice: $.spec.replicas 1 -> 2',
    ]);
  });

  test('with includeStatus, a write to /status is one too', async () => {
    await cluster.create(workload('Deployment', { namespace: ns.status, name: 'web' }));
    const patch = [
      'patch',
      'deployment',
      'web',
      '-n',
      ns.status,
      STATUS,
      MERGE,
      '-p',
      '{"status":{"collisionCount":7}}',
    ];
    expectDenied(await alice.kubectl(patch), 'no-status', 'Update', 'status.collisionCount 7');
    expect(await targets('no-status', 'deployments.apps/web')).toEqual([
      'Denied Update of deployments.apps/web via status by alice: $.status.collisionCount -> 7',
    ]);
  });

  test('a write that changes nothing is none: it passes and leaves no record', async () => {
    const same = configMap(ns.update, 'same', { data: { key: 'value' } });
    // Created by the very apply that is repeated, so that its annotation is there already.
    expectPassed(await cluster.admin.kubectl(['apply', '-f', '-'], same));
    expectPassed(await alice.kubectl(['apply', '-f', '-'], same));
    const applied = configMap(ns.update, 'applied', { data: { key: 'value' } });
    expectPassed(await cluster.admin.kubectl(['apply', '--server-side', '-f', '-'], applied));
    expectPassed(await alice.kubectl(['apply', '--server-side', '-f', '-'], applied));
    // Another owner of the same fields: nothing but the server's bookkeeping changes.
    expectPassed(await alice.kubectl(['apply', '--server-side', '--field-manager=other', '-f', '-'], applied));
    expectPassed(
      await alice.kubectl(['patch', 'configmap', 'same', '-n', ns.update, '-p', '{"data":{"key":"value"}}']),
    );
    expect(await targets('no-update', 'configmaps/same')).toEqual([]);
    expect(await targets('no-update', 'configmaps/applied')).toEqual([]);
  });

  test('other users, other kinds and other namespaces are not touched', async () => {
    const before = await cluster.decisions('no-update');
    await cluster.create(configMap(ns.update, 'b'), configMap(ns.free, 'b'));
    expectPassed(await cluster.admin.kubectl(['label', 'configmap', 'b', '-n', ns.update, 'a=b']));
    expectPassed(await alice.kubectl(['label', 'configmap', 'b', '-n', ns.free, 'a=b']));
    expectPassed(await alice.kubectl(['label', 'serviceaccount', 'default', '-n', ns.update, 'a=b']));
    expect(await cluster.decisions('no-update')).toEqual(before);
  });
});

describe('LabelChange', () => {
  const LABELS = { labels: { team: 'shop' } };
  const statefulSet = (name: string): Manifest => workload('StatefulSet', { namespace: ns.label, name, ...LABELS });
  const read = async (name: string) => (await cluster.read('statefulsets.apps', ns.label, name)).metadata.labels;

  test('is refused through the object and through its /status', async () => {
    await cluster.create(statefulSet('web'));
    const at = ['statefulset', 'web', '-n', ns.label];
    const body = json({ metadata: { labels: { team: 'other' } } });
    await expectAllDenied(
      {
        label: () => alice.kubectl(['label', ...at, '--overwrite', 'team=other']),
        'a merge patch': () => alice.kubectl(['patch', ...at, MERGE, '-p', body]),
        'a strategic patch': () => alice.kubectl(['patch', ...at, '-p', body]),
        'a patch of /status': () => alice.kubectl(['patch', ...at, STATUS, MERGE, '-p', body]),
      },
      'Guardrail "no-label" denied LabelChange of statefulsets.apps/web',
    );
    expectDenied(
      await alice.kubectl(['label', ...at, 'team-']),
      'no-label',
      'LabelChange',
      'metadata.labels.team shop removed',
    );
    expectDenied(
      await alice.kubectl(['label', ...at, 'tier=web']),
      'no-label',
      'LabelChange',
      'metadata.labels.tier web',
    );
    expect(await read('web')).toEqual({ team: 'shop' });
    expect(await targets('no-label', 'statefulsets.apps/web')).toEqual([
      'Denied LabelChange of statefulsets.apps/web by alice: $.metadata.labels.team shop ->',
      'Denied LabelChange of statefulsets.apps/web by alice: $.metadata.labels.team shop -> other',
      'Denied LabelChange of statefulsets.apps/web by alice: $.metadata.labels.tier -> web',
      'Denied LabelChange of statefulsets.apps/web via status by alice: $.metadata.labels.team shop -> other',
    ]);
  });

  test('everything else about the object may change', async () => {
    await cluster.create(statefulSet('other'));
    const at = ['statefulset', 'other', '-n', ns.label];
    expectPassed(await alice.kubectl(['annotate', ...at, 'a=b']));
    expectPassed(await alice.kubectl(['scale', ...at, '--replicas=2']));
    expectPassed(await alice.kubectl(['patch', ...at, STATUS, MERGE, '-p', '{"status":{"replicas":7}}']));
    expect(await targets('no-label', 'statefulsets.apps/other')).toEqual([]);
  });

  test('of a Namespace, is refused through all of its subresources', async () => {
    const name = await cluster.namespace('tagged', { team: 'shop' });
    const body = json({ metadata: { labels: { team: null } } });
    const finalize = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: {} },
      spec: { finalizers: ['kubernetes'] },
    };
    const path = `/api/v1/namespaces/${name}/finalize`;
    await expectAllDenied(
      {
        label: () => alice.kubectl(['label', 'namespace', name, 'team-']),
        'a patch of /status': () => alice.kubectl(['patch', 'namespace', name, STATUS, MERGE, '-p', body]),
        'a PUT of /finalize': () => alice.kubectl(['replace', '--raw', path, '-f', '-'], finalize),
      },
      `Guardrail "no-label-of-namespaces" denied LabelChange of namespaces/${name}: metadata.labels`,
    );
    expect((await cluster.read('namespaces', undefined, name)).metadata.labels.team).toBe('shop');
    const records = (await cluster.trail('no-label-of-namespaces')).filter(({ spec }) => spec.action.name === name);
    expect(new Set(records.map(({ spec }) => spec.action.subresource))).toEqual(
      new Set([undefined, 'finalize', 'status']),
    );
    // A Namespace is no object of itself: its records are in the operator's namespace.
    expect(new Set(records.map(({ metadata }) => metadata?.namespace))).toEqual(new Set(['guardrails-system']));
  });
});

describe('FinalizerRemove', () => {
  const HELD = ['e2e.example.com/a', 'e2e.example.com/b'];
  const body = json({ metadata: { finalizers: [HELD[1]] } });

  test('is refused through the object and through its /status', async () => {
    const web = workload('Deployment', { namespace: ns.finalizer, name: 'web' });
    await cluster.create({ ...web, metadata: { ...(web.metadata as Manifest), finalizers: HELD } });
    const at = ['deployment', 'web', '-n', ns.finalizer];
    await expectAllDenied(
      {
        'a merge patch': () => alice.kubectl(['patch', ...at, MERGE, '-p', body]),
        'a JSON patch': () =>
          alice.kubectl(['patch', ...at, '--type=json', '-p', '[{"op":"remove","path":"/metadata/finalizers/0"}]']),
        'a patch of /status': () => alice.kubectl(['patch', ...at, STATUS, MERGE, '-p', body]),
      },
      'Guardrail "no-finalizer" denied FinalizerRemove of deployments.apps/web',
    );
    expect((await cluster.read('deployments.apps', ns.finalizer, 'web')).metadata.finalizers).toEqual(HELD);
    expect(await targets('no-finalizer', 'deployments.apps/web')).toEqual([
      'Denied FinalizerRemove of deployments.apps/web by alice: $.metadata.finalizers e2e.example.com/a ->',
      'Denied FinalizerRemove of deployments.apps/web via status by alice: $.metadata.finalizers e2e.example.com/a ->',
    ]);
  });

  test('one more may be added', async () => {
    await cluster.create(configMap(ns.finalizer, 'a', { finalizers: [HELD[0] ?? ''] }));
    const patch = [
      'patch',
      'configmap',
      'a',
      '-n',
      ns.finalizer,
      MERGE,
      '-p',
      json({ metadata: { finalizers: HELD } }),
    ];
    expectPassed(await alice.kubectl(patch));
    expect(await targets('no-finalizer', 'configmaps/a')).toEqual([]);
  });

  test('of the spec of a Namespace, is refused through /finalize', async () => {
    const name = await cluster.namespace('held');
    const finalize = { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: { finalizers: [] } };
    const result = await alice.kubectl(
      ['replace', '--raw', `/api/v1/namespaces/${name}/finalize`, '-f', '-'],
      finalize,
    );
    expectDenied(result, 'no-finalizer-of-namespaces', 'FinalizerRemove', `namespaces/${name}`);
    expect((await cluster.read('namespaces', undefined, name)).spec.finalizers).toEqual(['kubernetes']);
  });
});

describe('OwnerChange', () => {
  test('is refused through the object and through its /status, so that the garbage collector has no reason to delete it', async () => {
    await cluster.create(workload('Deployment', { namespace: ns.owner, name: 'web' }));
    const at = ['deployment', 'web', '-n', ns.owner];
    const body = json({ metadata: { ownerReferences: [OWNER] } });
    await expectAllDenied(
      {
        'a merge patch': () => alice.kubectl(['patch', ...at, MERGE, '-p', body]),
        'a strategic patch': () => alice.kubectl(['patch', ...at, '-p', body]),
        'a patch of /status': () => alice.kubectl(['patch', ...at, STATUS, MERGE, '-p', body]),
      },
      'Guardrail "no-owner" denied OwnerChange of deployments.apps/web',
    );
    const { metadata } = await cluster.read('deployments.apps', ns.owner, 'web');
    expect(metadata.ownerReferences).toBeUndefined();
    expect(await targets('no-owner', 'deployments.apps/web')).toHaveLength(2);
  });

  test('labels may change', async () => {
    await cluster.create(configMap(ns.owner, 'a'));
    expectPassed(await alice.kubectl(['label', 'configmap', 'a', '-n', ns.owner, 'a=b']));
    expect(await targets('no-owner', 'configmaps/a')).toEqual([]);
  });
});

describe('selectorProtection', () => {
  const PROTECTED = { labels: { protected: 'true', team: 'shop' } };

  test('the label that selects an object can not be taken off, by any way', async () => {
    const web = workload('StatefulSet', { namespace: ns.leave, name: 'web', ...PROTECTED });
    await cluster.create(web);
    const at = ['statefulset', 'web', '-n', ns.leave];
    const body = json({ metadata: { labels: { protected: null } } });
    await expectAllDenied(
      {
        label: () => alice.kubectl(['label', ...at, 'protected-']),
        'another value': () => alice.kubectl(['label', ...at, '--overwrite', 'protected=false']),
        replace: () =>
          alice.kubectl(['replace', '-f', '-'], workload('StatefulSet', { namespace: ns.leave, name: 'web' })),
        'a patch of /status': () => alice.kubectl(['patch', ...at, STATUS, MERGE, '-p', body]),
      },
      'It would leave the objectSelector of the guardrail',
    );
    expectDenied(await alice.kubectl(['delete', ...at]), 'stays-selected', 'Delete');
    const records = (await cluster.trail('stays-selected')).filter(({ spec }) => spec.action.name === 'web');
    const escapes = records.filter(({ spec }) => spec.reason === 'ScopeEscape');
    expect(lines(escapes)).toEqual([
      'Denied LabelChange of statefulsets.apps/web by alice: $.metadata.labels.protected true ->',
      'Denied LabelChange of statefulsets.apps/web by alice: $.metadata.labels.protected true -> false',
      'Denied LabelChange of statefulsets.apps/web by alice: $.metadata.labels.protected true ->, $.metadata.labels.team shop ->',
      'Denied LabelChange of statefulsets.apps/web via status by alice: $.metadata.labels.protected true ->',
    ]);
  });

  test('other labels may change, and an object may come under the guardrail', async () => {
    await cluster.create(
      workload('StatefulSet', { namespace: ns.leave, name: 'kept', ...PROTECTED }),
      workload('StatefulSet', { namespace: ns.leave, name: 'free' }),
    );
    expectPassed(await alice.kubectl(['label', 'statefulset', 'kept', '-n', ns.leave, 'team-']));
    expectPassed(await alice.kubectl(['label', 'statefulset', 'free', '-n', ns.leave, 'protected=true']));
    expectDenied(await alice.kubectl(['delete', 'statefulset', 'free', '-n', ns.leave]), 'stays-selected', 'Delete');
    expect(await targets('stays-selected', 'statefulsets.apps/kept')).toEqual([]);
    expect(await targets('stays-selected', 'statefulsets.apps/free')).toEqual([
      'Denied Delete of statefulsets.apps/free by alice',
    ]);
  });

  test('with None, the label may be taken off, and the object be deleted then', async () => {
    await cluster.create(configMap(ns.leave, 'a', PROTECTED));
    expectDenied(await alice.kubectl(['delete', 'configmap', 'a', '-n', ns.leave]), 'may-leave', 'Delete');
    expectPassed(await alice.kubectl(['label', 'configmap', 'a', '-n', ns.leave, 'protected-']));
    expectPassed(await alice.kubectl(['delete', 'configmap', 'a', '-n', ns.leave]));
    expect(await targets('may-leave', 'configmaps/a')).toEqual(['Denied Delete of configmaps/a by alice']);
  });

  test('the label that selects a Namespace can not be taken off, and other labels may change', async () => {
    const name = await cluster.namespace('staged', { stage: 'production' });
    const body = json({ metadata: { labels: { stage: null } } });
    const finalize = { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: { finalizers: ['kubernetes'] } };
    await expectAllDenied(
      {
        label: () => alice.kubectl(['label', 'namespace', name, 'stage-']),
        'a patch of /status': () => alice.kubectl(['patch', 'namespace', name, STATUS, MERGE, '-p', body]),
        'a PUT of /finalize': () =>
          alice.kubectl(['replace', '--raw', `/api/v1/namespaces/${name}/finalize`, '-f', '-'], finalize),
      },
      `Guardrail "stays-in-production" denied LabelChange of namespaces/${name}: metadata.labels.stage production removed. It would leave the namespaceSelector of the guardrail`,
    );
    expectPassed(await alice.kubectl(['label', 'namespace', name, 'team=shop']));
    expect((await cluster.read('namespaces', undefined, name)).metadata.labels.stage).toBe('production');
    const told = `of namespaces/${name}`;
    expect(lines(await cluster.trail('stays-in-production'))).toEqual(
      ['', ' via finalize', ' via status'].map(
        (via) => `Denied LabelChange ${told}${via} by alice: $.metadata.labels.stage production ->`,
      ),
    );
  });
});
