import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectDenied, expectPassed, lines } from '../support/decisions.ts';
import { collectionPath, GuardedCluster, type Manifest, type Person, type Stored } from '../support/guarded-cluster.ts';
import type { CommandResult } from '../support/kubectl.ts';
import { eventually } from '../support/poll.ts';
import { type WorkloadKind, workload } from '../support/workloads.ts';

let cluster: GuardedCluster;
let alice: Person;
/** Guarded against ScaleDown, ScaleUp, ScaleToZero, and by nothing. */
let down: string;
let up: string;
let zero: string;
let free: string;

/** Where a guardrail reaches no more than one namespace, tests don't meet. */
const denyIn = (action: 'ScaleDown' | 'ScaleUp' | 'ScaleToZero', namespace: string) => ({
  enforcement: 'Deny' as const,
  failurePolicy: 'Fail' as const,
  match: { actions: [action], namespaces: { include: [namespace] } },
});

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  [down, up, zero, free] = (await Promise.all(
    ['down', 'up', 'zero', 'free'].map((name) => cluster.namespace(name)),
  )) as [string, string, string, string];
  alice = await cluster.person('alice', { grant: { clusterRole: 'cluster-admin' } });
  // No resources: everything that can be scaled, whenever it comes.
  await cluster.guard({
    'no-down': denyIn('ScaleDown', down),
    'no-up': denyIn('ScaleUp', up),
    'no-zero': denyIn('ScaleToZero', zero),
  });
});
afterAll(() => cluster?.stop());

/** The thing that is scaled, and where its replicas stand. */
interface Scalable {
  readonly resource: string;
  readonly target: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: readonly string[];
}

const objectWith = ([key, ...rest]: readonly string[], value: unknown): unknown =>
  key === undefined ? value : { [key]: objectWith(rest, value) };

const merge = (a: Manifest, b: Manifest): Manifest =>
  Object.fromEntries(
    Object.entries({ ...a, ...b }).map(([key, value]) => {
      const [from, to] = [a[key], b[key]];
      const areObjects = [from, to].every((one) => typeof one === 'object' && one !== null && !Array.isArray(one));
      return [key, areObjects ? merge(from as Manifest, to as Manifest) : value];
    }),
  );

type Route = (person: Person, what: Scalable, replicas: number) => Promise<CommandResult>;

const spot = ({ resource, name, namespace }: Scalable): string[] => [resource, name, '-n', namespace];

const current = ({ resource, namespace, name }: Scalable, subresource?: string): Promise<Stored> =>
  cluster.read(resource, namespace, name, subresource);

/** Without a version, so that what a controller writes meanwhile to the status is no conflict. */
async function rescaled(what: Scalable, replicas: number): Promise<Stored> {
  const { metadata, ...rest } = await current(what);
  const { resourceVersion: _resourceVersion, ...unversioned } = metadata;
  return merge({ ...rest, metadata: unversioned }, objectWith(what.path, replicas) as Manifest);
}

/** What an apply sends: no more than somebody would write. */
async function applied(what: Scalable, replicas: number): Promise<Manifest> {
  const { apiVersion, kind, metadata, spec } = await rescaled(what, replicas);
  const { name, namespace } = metadata as { name: string; namespace: string };
  return { apiVersion, kind, metadata: { name, namespace }, spec };
}

const patch =
  (type: string, ...flags: readonly string[]): Route =>
  (person, what, replicas) => {
    const path = flags.length === 0 ? what.path : ['spec', 'replicas'];
    const body =
      type === 'json' ? [{ op: 'replace', path: `/${path.join('/')}`, value: replicas }] : objectWith(path, replicas);
    return person.kubectl(['patch', ...spot(what), `--type=${type}`, '-p', JSON.stringify(body), ...flags]);
  };

const SCALE = '--subresource=scale';

const pathOf = ({ resource, namespace, name }: Scalable, subresource: string): string =>
  [collectionPath(resource, namespace), name, subresource].join('/');

/** Every way to other replicas. */
const ROUTES: Readonly<Record<string, Route>> = {
  'a replace': async (person, what, replicas) => person.kubectl(['replace', '-f', '-'], await rescaled(what, replicas)),
  'a JSON patch': patch('json'),
  'a merge patch': patch('merge'),
  'a strategic patch': patch('strategic'),
  'an apply': async (person, what, replicas) => person.kubectl(['apply', '-f', '-'], await applied(what, replicas)),
  'a server-side apply': async (person, what, replicas) =>
    person.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], await applied(what, replicas)),
  'kubectl scale': (person, what, replicas) => person.kubectl(['scale', ...spot(what), `--replicas=${replicas}`]),
  'kubectl scale with a precondition': async (person, what, replicas) => {
    const { spec } = await current(what, 'scale');
    return person.kubectl(['scale', ...spot(what), `--replicas=${replicas}`, `--current-replicas=${spec.replicas}`]);
  },
  'a JSON patch of /scale': patch('json', SCALE),
  'a merge patch of /scale': patch('merge', SCALE),
  'a replace of /scale': async (person, what, replicas) => {
    const { apiVersion, kind } = await current(what, 'scale');
    const { name, namespace } = what;
    const scale = { apiVersion, kind, metadata: { name, namespace }, spec: { replicas } };
    return person.kubectl(['replace', '--raw', pathOf(what, 'scale'), '-f', '-'], scale);
  },
};

const BUILT_IN = [
  ['Deployment', 'deployments.apps'],
  ['StatefulSet', 'statefulsets.apps'],
  ['ReplicaSet', 'replicasets.apps'],
  ['ReplicationController', 'replicationcontrollers'],
] as const;

async function make(kind: WorkloadKind, resource: string, namespace: string, replicas: number): Promise<Scalable> {
  const name = `${kind.toLowerCase()}-${replicas}`;
  await cluster.create(workload(kind, { namespace, name, replicas }));
  return { resource, target: `${resource}/${name}`, namespace, name, path: ['spec', 'replicas'] };
}

async function replicasOf(what: Scalable): Promise<unknown> {
  let value: unknown = await current(what);
  for (const key of what.path) value = (value as Manifest)[key];
  return value;
}

const recordsOf = async (guardrail: string, { target }: Scalable): Promise<string[]> =>
  lines((await cluster.trail(guardrail)).filter(({ spec }) => spec.action.target === target));

describe.each(BUILT_IN)('a %s', (kind, resource) => {
  test('is not scaled down, by any route', async () => {
    const web = await make(kind, resource, down, 3);

    // All are refused, so that they can't disturb each other.
    const tried = Object.entries(ROUTES).map(async ([route, scale]) => [route, await scale(alice, web, 1)] as const);
    for (const [route, { code, stderr }] of await Promise.all(tried)) {
      expect
        .soft(`${route}: ${stderr}`)
        .toContain(`Guardrail "no-down" denied ScaleDown of ${web.target} in ${down}: replicas 3 -> 1 (-66%)`);
      expect.soft(code).toBe(1);
    }

    expect(await replicasOf(web)).toBe(3);
    expect(await recordsOf('no-down', web)).toEqual([
      `Denied ScaleDown of ${web.target} by alice: $.spec.replicas 3 -> 1`,
      `Denied ScaleDown of ${web.target} via scale by alice: $.spec.replicas 3 -> 1`,
    ]);
  });

  test('is scaled up where only down is guarded, and the other way round', async () => {
    const [there, back] = [await make(kind, resource, down, 1), await make(kind, resource, up, 2)];

    expectPassed(await alice.kubectl(['scale', ...spot(there), '--replicas=2']));
    expectPassed(await alice.kubectl(['scale', ...spot(back), '--replicas=1']));

    expect(await recordsOf('no-down', there)).toEqual([]);
    expect(await recordsOf('no-up', back)).toEqual([]);
  });

  test('is not scaled up', async () => {
    const web = await make(kind, resource, up, 1);
    for (const route of ['a strategic patch', 'an apply', 'kubectl scale', 'a merge patch of /scale']) {
      expectDenied((await ROUTES[route]?.(alice, web, 2)) as CommandResult, 'no-up', 'ScaleUp', 'replicas 1 -> 2');
    }
    expect(await replicasOf(web)).toBe(1);
    expect(await recordsOf('no-up', web)).toHaveLength(2);
  });

  test('is not scaled to zero, and to one it is', async () => {
    const web = await make(kind, resource, zero, 3);
    expectPassed(await alice.kubectl(['scale', ...spot(web), '--replicas=1']));
    for (const route of ['a JSON patch', 'a server-side apply', 'kubectl scale', 'a JSON patch of /scale']) {
      expectDenied(
        (await ROUTES[route]?.(alice, web, 0)) as CommandResult,
        'no-zero',
        'ScaleToZero',
        'replicas 1 -> 0',
      );
    }
    expect(await replicasOf(web)).toBe(1);
    expect(await recordsOf('no-zero', web)).toEqual([
      `Denied ScaleToZero of ${web.target} by alice: $.spec.replicas 1 -> 0`,
      `Denied ScaleToZero of ${web.target} via scale by alice: $.spec.replicas 1 -> 0`,
    ]);
  });
});

test('a word that is wider sees the narrower: ScaleDown is told of a scale to zero as ScaleToZero is not listed', async () => {
  const web = await make('Deployment', 'deployments.apps', down, 5);
  expectDenied(await alice.kubectl(['scale', ...spot(web), '--replicas=0']), 'no-down', 'ScaleDown', 'replicas 5 -> 0');
});

test('nothing is refused or recorded in a namespace that no guardrail names', async () => {
  const web = await make('Deployment', 'deployments.apps', free, 2);
  for (const route of [
    'a replace',
    'a JSON patch',
    'a server-side apply',
    'kubectl scale',
    'a merge patch of /scale',
  ]) {
    const replicas = (await replicasOf(web)) === 2 ? 0 : 2;
    expectPassed((await ROUTES[route]?.(alice, web, replicas)) as CommandResult);
    expect(await replicasOf(web)).toBe(replicas);
  }
  expect((await cluster.read('guardrailviolations.guardrails.dev', free)).items).toEqual([]);
});

test('replicas that are left out count as one', async () => {
  const unset = workload('Deployment', { name: 'unset', namespace: down, replicas: 2 });
  await cluster.create(unset);
  const { replicas: _replicas, ...spec } = (unset as { spec: Manifest & { replicas: number } }).spec;
  // The API server sets replicas to 1 when a replace leaves them out.
  const result = await alice.kubectl(['replace', '-f', '-'], { ...unset, spec });
  expectDenied(result, 'no-down', 'ScaleDown', 'replicas 2 -> 1');
});

describe('a custom resource that comes after the guardrails', () => {
  const GROUP = 'e2e.example.com';
  const widget = (namespace: string, name: string, count: number, labels: Manifest = {}): Manifest => ({
    apiVersion: `${GROUP}/v1`,
    kind: 'Widget',
    metadata: { name, namespace, labels },
    spec: { size: { count } },
  });
  const scalable = (namespace: string, name: string): Scalable => ({
    resource: `widgets.${GROUP}`,
    target: `widgets.${GROUP}/${name}`,
    namespace,
    name,
    path: ['spec', 'size', 'count'],
  });
  let labelled: string;

  beforeAll(async () => {
    labelled = await cluster.namespace('labelled');
    await cluster.guard({
      'no-down-of-labelled': {
        enforcement: 'Deny',
        failurePolicy: 'Fail',
        match: {
          actions: ['ScaleDown'],
          resources: [{ apiGroups: [GROUP], resources: ['widgets'] }],
          namespaces: { include: [labelled] },
          objectSelector: { matchLabels: { keep: 'yes' } },
        },
      },
    });
    const { message } = (await cluster.condition('no-down-of-labelled', 'Enforcing')) ?? {};
    expect(message).toContain(`the cluster serves no widgets.${GROUP} (yet)`);
    const count = { type: 'integer' };
    await cluster.create({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `widgets.${GROUP}` },
      spec: {
        group: GROUP,
        scope: 'Namespaced',
        names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  spec: { type: 'object', properties: { size: { type: 'object', properties: { count } } } },
                  status: { type: 'object', properties: { count } },
                },
              },
            },
            subresources: { scale: { specReplicasPath: '.spec.size.count', statusReplicasPath: '.status.count' } },
          },
        ],
      },
    });
    await cluster.admin.must(['wait', '--for=condition=Established', 'crd', `widgets.${GROUP}`]);
    await eventually(async () => (await cluster.admin.kubectl(['get', 'widgets', '-n', down])).code === 0, {
      message: 'kubectl knows widgets',
    });
    // The operator learns of it from the watch of CRDs; no guardrail and no process was touched.
    await cluster.create(widget(down, 'probe', 3));
    const probe = ['scale', ...spot(scalable(down, 'probe')), '--replicas=1', '--dry-run=server'];
    await eventually(async () => (await alice.kubectl(probe)).stderr.includes('denied'), {
      message: 'widgets are guarded',
    });
  });

  test('is not scaled down, by any route, wherever its replicas stand', async () => {
    const web = scalable(down, 'web');
    await cluster.create(widget(down, 'web', 3));
    // The API server has no strategic patches of custom resources.
    const routes = Object.entries(ROUTES).filter(([route]) => route !== 'a strategic patch');
    const tried = routes.map(async ([route, scale]) => [route, await scale(alice, web, 1)] as const);
    for (const [route, { stderr }] of await Promise.all(tried)) {
      expect.soft(`${route}: ${stderr}`).toContain(`Guardrail "no-down" denied ScaleDown of ${web.target} in ${down}`);
    }
    expect(await replicasOf(web)).toBe(3);
    const records = (await cluster.records('no-down')).filter(({ spec }) => spec.action.target === web.target);
    expect(records.map(({ spec }) => spec.changes?.[0])).toEqual([
      { path: '$.spec.size.count', from: '3', to: '1' },
      { path: '$.spec.size.count', from: '3', to: '1' },
    ]);
    expectPassed(await alice.kubectl(['scale', ...spot(web), '--replicas=4']));
  });

  test("a selector reads the labels of /scale's parent, once the operator may look it up; before, failurePolicy answers", async () => {
    await cluster.create(widget(labelled, 'kept', 3, { keep: 'yes' }), widget(labelled, 'other', 3));
    const scale = (name: string): Promise<CommandResult> =>
      alice.kubectl(['scale', ...spot(scalable(labelled, name)), '--replicas=1']);

    expectDenied(await scale('kept'), 'no-down-of-labelled', 'ScaleDown', `widgets.${GROUP}/kept could not be read`);
    expectDenied(await scale('other'), 'no-down-of-labelled', 'ScaleDown', 'could not be read');
    const patchOther = ['patch', ...spot(scalable(labelled, 'other')), '--type=merge', '-p'];
    expectPassed(await alice.kubectl([...patchOther, '{"spec":{"size":{"count":2}}}']));

    await cluster.create({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'widget-lookup', labels: { 'guardrails.dev/aggregate-to-operator-lookup': 'true' } },
      rules: [{ apiGroups: [GROUP], resources: ['widgets'], verbs: ['get'] }],
    });
    await eventually(async () => (await scale('other')).code === 0, { message: 'the parent is looked up' });
    expect(await replicasOf(scalable(labelled, 'other'))).toBe(1);
    const refused = await scale('kept');
    expectDenied(refused, 'no-down-of-labelled', 'ScaleDown', 'size.count 3 -> 1 (-66%)');
    expect(refused.stderr).not.toContain('could not be read');
  });
});

test("a built-in workload's /scale is judged by the labels of the workload", async () => {
  const namespace = await cluster.namespace('parent');
  await cluster.guard({
    'no-down-of-protected': {
      enforcement: 'Deny',
      failurePolicy: 'Fail',
      match: {
        actions: ['ScaleDown'],
        namespaces: { include: [namespace] },
        objectSelector: { matchLabels: { protected: 'true' } },
      },
    },
  });
  await cluster.create(
    workload('Deployment', { namespace, name: 'kept', replicas: 2, labels: { protected: 'true' } }),
    workload('Deployment', { namespace, name: 'other', replicas: 2 }),
  );
  const scale = (name: string) => alice.kubectl(['scale', 'deployment', name, '-n', namespace, '--replicas=1']);
  expectDenied(await scale('kept'), 'no-down-of-protected', 'ScaleDown', 'deployments.apps/kept');
  expectPassed(await scale('other'));
  expect((await scale('ghost')).stderr).toContain('"ghost" not found');
  expect(lines(await cluster.trail('no-down-of-protected'))).toEqual([
    'Denied ScaleDown of deployments.apps/kept via scale by alice: $.spec.replicas 2 -> 1',
  ]);
});
