import { describe, expect, it } from 'vitest';
import { guardrailConditions } from '../../../src/controller/guardrail-conditions.ts';
import { GuardrailLoader } from '../../../src/controller/guardrail-loader.ts';
import { IndexSource, type ObjectStore } from '../../../src/controller/index-source.ts';
import { resourceMap } from '../../../src/controller/resource-map.ts';
import type { Discovery } from '../../../src/kube/discovery-documents.ts';
import type { KubeObject } from '../../../src/policy/review.ts';
import { guardrailObject, RESOURCES } from './support/guardrails.ts';

const broken = { when: [{ change: { path: 'spec', type: 'Any' as const } }] };

describe('GuardrailLoader', () => {
  it('compiles a generation once, however often the object is written', () => {
    const loader = new GuardrailLoader();
    const [first] = loader.load([guardrailObject('g', {})]);
    const [again] = loader.load([{ ...guardrailObject('g', {}), status: { observedGeneration: 1 } }]);
    expect(again?.inForce).toBe(first?.inForce);
  });

  it('keeps the last good generation in force when the next can not compile', () => {
    const loader = new GuardrailLoader();
    const [good] = loader.load([guardrailObject('g', {}, 1)]);
    const [bad] = loader.load([guardrailObject('g', broken, 2)]);
    const [worse] = loader.load([guardrailObject('g', broken, 3)]);
    expect(bad?.error).toContain('spec.when[0].change.path: must be a JSONPath');
    expect([bad?.inForce, worse?.inForce]).toEqual([good?.inForce, good?.inForce]);
  });

  it('has a broken guardrail answered by its failurePolicy when there was no good generation', () => {
    const [report] = new GuardrailLoader().load([guardrailObject('g', broken)]);
    expect(report?.inForce).toMatchObject({ kind: 'Broken', scope: { failurePolicy: 'Fail' } });
  });

  it('forgets what is gone: an object of the same name is another one', () => {
    const loader = new GuardrailLoader();
    loader.load([guardrailObject('g', {}, 1)]);
    loader.load([]);
    const [report] = loader.load([guardrailObject('g', broken, 2)]);
    expect(report?.inForce.kind).toBe('Broken');
  });
});

describe('guardrailConditions', () => {
  const report = (spec: Parameters<typeof guardrailObject>[1], before?: Parameters<typeof guardrailObject>[1]) => {
    const loader = new GuardrailLoader();
    if (before !== undefined) loader.load([guardrailObject('g', before, 1)]);
    const [result] = loader.load([guardrailObject('g', spec, 2)]);
    if (result === undefined) throw new Error('there must be a report');
    return result;
  };
  const states = (...parts: Parameters<typeof guardrailConditions>): Record<string, string> =>
    Object.fromEntries(guardrailConditions(...parts).map(({ type, status, reason }) => [type, `${status}/${reason}`]));

  it.each([
    {
      name: 'a good one that is covered',
      of: report({}),
      enforcement: { kind: 'Covered' } as const,
      is: { Ready: 'True/Loaded', Stalled: 'False/Compiles', Enforcing: 'True/Covered' },
    },
    {
      name: 'a good one whose configuration is on its way',
      of: report({}),
      enforcement: { kind: 'Pending' } as const,
      is: { Ready: 'True/Loaded', Stalled: 'False/Compiles', Enforcing: 'False/ConfigurationPending' },
    },
    {
      name: 'a good one while repairs are off',
      of: report({}),
      enforcement: { kind: 'RepairOff' } as const,
      is: { Ready: 'True/Loaded', Stalled: 'False/Compiles', Enforcing: 'False/RepairOff' },
    },
    {
      name: 'a good one when the configuration was refused',
      of: report({}),
      enforcement: { kind: 'Failed', error: 'forbidden' } as const,
      is: { Ready: 'True/Loaded', Stalled: 'False/Compiles', Enforcing: 'False/ConfigurationFailed' },
    },
    {
      name: 'a good one when the operator was stopped',
      of: report({}),
      enforcement: { kind: 'Stopped' } as const,
      is: { Ready: 'True/Loaded', Stalled: 'False/Compiles', Enforcing: 'Unknown/OperatorStopped' },
    },
    {
      name: 'one that can not compile',
      of: report(broken),
      enforcement: { kind: 'Covered' } as const,
      is: { Ready: 'False/CompileError', Stalled: 'True/CompileError', Enforcing: 'False/CompileError' },
    },
  ])('$name', ({ of, enforcement, is }) => {
    expect(states(of, enforcement, RESOURCES)).toEqual(is);
  });

  it('tells what happens instead when a generation can not compile', () => {
    const message = (one: ReturnType<typeof report>) =>
      guardrailConditions(one, { kind: 'Covered' }, RESOURCES)[0]?.message;
    expect(message(report(broken))).toContain('requests in its scope are answered by failurePolicy Fail');
    expect(message(report(broken, {}))).toContain('generation 1 stays in force');
  });

  it('tells which resources the cluster does not serve', () => {
    const one = report({
      match: { actions: ['Create'], resources: [{ apiGroups: ['later.io'], resources: ['things'] }] },
    });
    expect(guardrailConditions(one, { kind: 'Covered' }, RESOURCES)[2]?.message).toContain('things.later.io');
  });
});

const crd = (versions: readonly object[], scope = 'Namespaced'): KubeObject => ({
  metadata: { name: 'shops.example.com' },
  spec: { group: 'example.com', scope, names: { plural: 'shops', kind: 'Shop' }, versions },
});

const deployments = {
  group: 'apps',
  resource: 'deployments',
  versions: [
    {
      version: 'v1',
      kind: 'Deployment',
      namespaced: true,
      verbs: ['get'],
      subresources: [
        { name: 'scale', kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, verbs: ['update'] },
      ],
    },
  ],
};

const discovery: Discovery = { resources: [deployments], stale: [] };

describe('resourceMap', () => {
  it('takes built-in resources from discovery', () => {
    expect(resourceMap(discovery, []).get('deployments.apps')).toMatchObject({
      version: 'v1',
      namespaced: true,
      subresources: new Set(['scale']),
    });
  });

  it.each([
    {
      name: 'the storage version, with the path of its replicas',
      versions: [
        { name: 'v1', served: true, storage: false, subresources: { scale: { specReplicasPath: '.spec.count' } } },
        { name: 'v2', served: true, storage: true, subresources: { scale: { specReplicasPath: '.spec.size' } } },
      ],
      is: { version: 'v2', replicasPath: ['spec', 'size'], subresources: new Set(['scale']) },
    },
    {
      name: 'any version, if they differ in their subresources, with the path of each',
      versions: [
        { name: 'v1', served: true, storage: true },
        { name: 'v2', served: true, storage: false, subresources: { scale: { specReplicasPath: '.spec.size' } } },
      ],
      is: {
        version: '*',
        subresources: new Set(['scale']),
        replicasPaths: new Map([['v2', ['spec', 'size']]]),
      },
    },
    {
      name: 'a served version, if the stored one is not served',
      versions: [
        { name: 'v1', served: true, storage: false },
        { name: 'v2', served: false, storage: true },
      ],
      is: { version: 'v1' },
    },
  ])('takes of a custom resource $name', ({ versions, is }) => {
    expect(resourceMap(discovery, [crd(versions)]).get('shops.example.com')).toMatchObject(is);
  });

  describe('of a resource that a CRD takes the name of', () => {
    const impostor = (version: string, scope: 'Cluster' | 'Namespaced', served = true): KubeObject => ({
      metadata: { name: 'deployments.apps' },
      spec: {
        group: 'apps',
        scope,
        names: { plural: 'deployments', kind: 'Deployment' },
        versions: [{ name: version, served, storage: true }],
      },
    });
    const both = { ...deployments, versions: [{ ...deployments.versions[0], version: 'v9' }, ...deployments.versions] };

    it.each([
      ['in another version, served', both as typeof deployments, impostor('v9', 'Cluster')],
      ['in another version, not served yet', deployments, impostor('v9', 'Cluster')],
      ['in the same version and another scope', deployments, impostor('v1', 'Cluster')],
      ['in the same version, with other subresources', deployments, impostor('v1', 'Namespaced')],
    ])('%s, keeps what the server says, and sends it from wherever it is', (_name, resource, other) => {
      const info = resourceMap({ resources: [resource], stale: [] }, [other]).get('deployments.apps');
      expect(info).toMatchObject({ kind: 'Deployment', namespaced: true, version: '*', isContested: true });
      expect(info?.subresources.has('scale')).toBe(true);
      expect(info?.isCustom).toBeUndefined();
    });

    it('takes it for one that a CRD may have made while discovery still tells of it', () => {
      const info = resourceMap(discovery, [impostor('v1', 'Namespaced', false)]).get('deployments.apps');
      expect(info).toMatchObject({ version: 'v1', isCustom: true });
      const other = resourceMap(discovery, [impostor('v9', 'Namespaced', false)]).get('deployments.apps');
      expect(other?.isCustom).toBeUndefined();
    });
  });

  it('leaves out a custom resource that is not served at all', () => {
    expect(resourceMap(discovery, [crd([{ name: 'v1', served: false, storage: true }])]).has('shops.example.com')).toBe(
      false,
    );
  });
});

describe('IndexSource', () => {
  const store = (objects: readonly KubeObject[] = [], staleness = 0) => {
    const state = { objects, staleness };
    const result: ObjectStore = {
      items: () => new Map(state.objects.map((object, index) => [String(index), object])),
      staleness: () => state.staleness,
    };
    return { state, store: result };
  };
  const sourceOf = (staleness = 0) => {
    const guardrails = store([guardrailObject('g', {})], staleness);
    const namespaces = store();
    const crds = store();
    const source = new IndexSource(
      { guardrails: guardrails.store, namespaces: namespaces.store, customResourceDefinitions: crds.store },
      60,
      () => ({ kind: 'Unavailable', why: 'there are none here' }),
    );
    return { source, guardrails };
  };

  it('has no snapshot, and says why, until every list and discovery are in', () => {
    const { source } = sourceOf(Number.POSITIVE_INFINITY);
    expect(source.rebuild()).toBeUndefined();
    expect(source.current()).toBeUndefined();
    expect(source.problems()).toEqual([
      'guardrails: not listed yet',
      'discovery: not read yet',
      'guardrails: not compiled yet',
    ]);
  });

  it('has a snapshot once everything is compiled', () => {
    const { source } = sourceOf();
    source.setDiscovery(discovery);
    expect(source.rebuild()).toHaveLength(1);
    expect(source.current()?.index.guardrails).toHaveLength(1);
    expect(source.problems()).toEqual([]);
  });

  it('takes its snapshot back when it is too old to be trusted, and gives it again when it is fresh', () => {
    const { source, guardrails } = sourceOf();
    source.setDiscovery(discovery);
    source.rebuild();
    guardrails.state.staleness = 61;
    expect(source.current()).toBeUndefined();
    expect(source.problems()[0]).toContain('61 s ago');
    guardrails.state.staleness = 1;
    expect(source.current()).toBeDefined();
  });

  it('keeps its index where nothing but a status changed', () => {
    const { source, guardrails } = sourceOf();
    source.setDiscovery(discovery);
    source.rebuild();
    const before = source.current()?.index;
    guardrails.state.objects = [{ ...guardrailObject('g', {}), status: { observedGeneration: 1 } }];
    source.rebuild();
    expect(source.current()?.index).toBe(before);
    guardrails.state.objects = [guardrailObject('g', {}, 2)];
    source.rebuild();
    expect(source.current()?.index).not.toBe(before);
  });
});
