import { describe, expect, it } from 'vitest';
import type { GuardrailSpec } from '../../../src/api/v1alpha1.ts';
import { unknownResources, updatedForMetadataAlone, webhookRules } from '../../../src/controller/webhook-rules.ts';
import { loaded, RESOURCES } from './support/guardrails.ts';

type Match = GuardrailSpec['match'];

/** Rules as short texts: `UPDATE apps/v1/deployments`. */
function texts(match: Match): { cluster: string[]; namespaced: string[] } {
  const rules = webhookRules([loaded('g', { match }).scope], RESOURCES);
  const text = (list: typeof rules.cluster) =>
    list
      .flatMap(({ operations, apiGroups, apiVersions, resources }) =>
        resources.map((resource) => `${operations.join(',')} ${apiGroups}/${apiVersions}/${resource}`),
      )
      .sort();
  return { cluster: text(rules.cluster), namespaced: text(rules.namespaced) };
}

const deployments = [{ apiGroups: ['apps'], resources: ['deployments'] }];

/** An autoscaler scales what has a scale subresource. */
const AUTOSCALERS = ['CREATE,UPDATE autoscaling/*/horizontalpodautoscalers', 'CREATE,UPDATE keda.sh/*/scaledobjects'];

const cases: { name: string; match: Match; namespaced: string[]; cluster?: string[] }[] = [
  {
    name: 'a scale comes by the parent and by /scale, of everything that can be scaled, custom resources at their storage version',
    match: { actions: ['ScaleDown'] },
    namespaced: [
      'UPDATE /v1/replicationcontrollers',
      'UPDATE /v1/replicationcontrollers/scale',
      'UPDATE apps/v1/deployments',
      'UPDATE apps/v1/deployments/scale',
      'UPDATE apps/v1/replicasets',
      'UPDATE apps/v1/replicasets/scale',
      'UPDATE apps/v1/statefulsets',
      'UPDATE apps/v1/statefulsets/scale',
      'UPDATE batch/v1/jobs',
      'UPDATE example.com/v2/shops',
      'UPDATE example.com/v2/shops/scale',
      ...AUTOSCALERS,
    ],
  },
  {
    name: 'listed resources alone are sent',
    match: { actions: ['ScaleDown'], resources: deployments },
    namespaced: ['UPDATE apps/v1/deployments', 'UPDATE apps/v1/deployments/scale', ...AUTOSCALERS],
  },
  {
    name: 'a create is sent for the object itself alone',
    match: { actions: ['Create'], resources: deployments },
    namespaced: ['CREATE apps/v1/deployments'],
  },
  {
    name: 'a delete comes as DELETE, as an update that takes the last finalizer off, and with its namespace',
    match: { actions: ['Delete'], resources: deployments },
    namespaced: ['DELETE,UPDATE apps/v1/deployments', 'UPDATE apps/v1/deployments/status'],
    cluster: ['DELETE /v1/namespaces'],
  },
  {
    name: 'a custom resource goes with its definition too, also for guardrails that are bound to namespaces',
    match: {
      actions: ['Delete'],
      resources: [{ apiGroups: ['example.com'], resources: ['shops'] }],
      namespaces: { include: ['a'] },
    },
    namespaced: ['DELETE,UPDATE example.com/v2/shops', 'UPDATE example.com/v2/shops/status'],
    cluster: ['DELETE /v1/namespaces', 'DELETE apiextensions.k8s.io/*/customresourcedefinitions'],
  },
  {
    name: 'what is in no namespace does not go with one',
    match: { actions: ['Delete'], resources: [{ apiGroups: [''], resources: ['nodes'] }] },
    namespaced: [],
    cluster: ['DELETE,UPDATE /v1/nodes', 'UPDATE /v1/nodes/status'],
  },
  {
    name: 'a Pod is deleted by eviction too',
    match: { actions: ['Delete'], resources: [{ apiGroups: [''], resources: ['pods'] }] },
    namespaced: ['CREATE /v1/pods/eviction', 'DELETE,UPDATE /v1/pods', 'UPDATE /v1/pods/status'],
    cluster: ['DELETE /v1/namespaces'],
  },
  {
    name: 'an exec is a CONNECT',
    match: { actions: ['Exec'] },
    namespaced: ['CONNECT /v1/pods/exec'],
  },
  {
    name: 'status is sent for Update only with includeStatus',
    match: { actions: ['Update'], resources: deployments, includeStatus: true },
    namespaced: [
      'UPDATE apps/v1/deployments',
      'UPDATE apps/v1/deployments/scale',
      'UPDATE apps/v1/deployments/status',
      ...AUTOSCALERS,
    ],
  },
  {
    name: 'a guarded label is sent with the actions on the objects',
    match: { actions: ['Create'], resources: deployments, objectSelector: { matchLabels: { a: 'b' } } },
    namespaced: ['CREATE,UPDATE apps/v1/deployments', 'UPDATE apps/v1/deployments/status'],
  },
  {
    name: 'an unguarded label is not',
    match: {
      actions: ['Create'],
      resources: deployments,
      objectSelector: { matchLabels: { a: 'b' } },
      selectorProtection: 'None',
    },
    namespaced: ['CREATE apps/v1/deployments'],
  },
  {
    name: 'the labels of namespaces are guarded where a namespaceSelector reads them',
    match: { actions: ['Create'], resources: deployments, namespaceSelector: { matchLabels: { a: 'b' } } },
    namespaced: ['CREATE apps/v1/deployments'],
    cluster: ['UPDATE /v1/namespaces', 'UPDATE /v1/namespaces/finalize', 'UPDATE /v1/namespaces/status'],
  },
  {
    name: 'cluster-scoped objects are not sent for guardrails that are bound to namespaces',
    match: {
      actions: ['Create'],
      resources: [{ apiGroups: [''], resources: ['nodes', 'configmaps'] }],
      namespaces: { include: ['a'] },
    },
    namespaced: ['CREATE /v1/configmaps'],
  },
  {
    name: 'a Namespace is, since it is judged by its own name',
    match: {
      actions: ['Create'],
      resources: [{ apiGroups: [''], resources: ['namespaces'] }],
      namespaces: { include: ['a'] },
    },
    namespaced: [],
    cluster: ['CREATE /v1/namespaces'],
  },
  {
    name: 'a resource that the cluster does not serve is sent in any version and scope, with every route',
    match: { actions: ['ScaleDown', 'Delete'], resources: [{ apiGroups: ['later.io'], resources: ['things'] }] },
    namespaced: [
      'DELETE,UPDATE later.io/*/things',
      'UPDATE later.io/*/things/scale',
      'UPDATE later.io/*/things/status',
      ...AUTOSCALERS,
    ],
    cluster: [
      'DELETE,UPDATE later.io/*/things',
      'UPDATE later.io/*/things/scale',
      'UPDATE later.io/*/things/status',
      'DELETE /v1/namespaces',
      'DELETE apiextensions.k8s.io/*/customresourcedefinitions',
    ],
  },
  {
    name: 'a wildcard stays one, and names the routes that only some resources have',
    match: { actions: ['Delete'], resources: [{ apiGroups: [''], resources: ['*'] }] },
    namespaced: ['CREATE /*/pods/eviction', 'DELETE,UPDATE /*/*', 'UPDATE /*/*/status'],
    cluster: [
      'CREATE /*/pods/eviction',
      'DELETE,UPDATE /*/*',
      'UPDATE /*/*/status',
      'UPDATE /*/namespaces/finalize',
      'DELETE /v1/namespaces',
      'DELETE apiextensions.k8s.io/*/customresourcedefinitions',
    ],
  },
];

describe('webhookRules', () => {
  it.each(cases)('$name', ({ match, namespaced, cluster = [] }) => {
    expect(texts(match)).toEqual({ namespaced: namespaced.toSorted(), cluster: cluster.toSorted() });
  });

  it('never names a resource beside a wildcard, which the API server would refuse', () => {
    const rules = [
      { apiGroups: ['*'], resources: ['*', 'pods'] },
      { apiGroups: ['later.io'], resources: ['*', 'things'] },
    ];
    const all = webhookRules(
      [loaded('g', { match: { actions: ['Delete', 'Update'], resources: rules } }).scope],
      RESOURCES,
    );
    for (const { resources } of [...all.cluster, ...all.namespaced]) {
      if (resources.some((name) => name.startsWith('*'))) expect(resources).toHaveLength(1);
    }
  });

  it('sends Namespaces that are named in any group as what they are: cluster-scoped', () => {
    const match: Match = {
      actions: ['Delete'],
      resources: [{ apiGroups: ['*'], resources: ['namespaces'] }],
      namespaces: { include: ['prod-*'] },
    };
    expect(texts(match).cluster).toContain('DELETE,UPDATE */*/namespaces');
  });

  it('sends a Binding by both of its ways', () => {
    const match: Match = { actions: ['Update'], resources: [{ apiGroups: [''], resources: ['pods'] }] };
    expect(texts(match).namespaced).toEqual(expect.arrayContaining(['CREATE /v1/pods/binding', 'CREATE /v1/bindings']));
  });

  it('joins what several guardrails need', () => {
    const scopes = [
      loaded('a', { match: { actions: ['Create'], resources: deployments } }).scope,
      loaded('b', { match: { actions: ['Create', 'Delete'], resources: deployments } }).scope,
    ];
    expect(webhookRules(scopes, RESOURCES).namespaced).toEqual([
      {
        operations: ['CREATE', 'DELETE', 'UPDATE'],
        apiGroups: ['apps'],
        apiVersions: ['v1'],
        resources: ['deployments'],
        scope: 'Namespaced',
      },
      {
        operations: ['UPDATE'],
        apiGroups: ['apps'],
        apiVersions: ['v1'],
        resources: ['deployments/status'],
        scope: 'Namespaced',
      },
    ]);
  });
});

describe('unknownResources', () => {
  it('names what the cluster does not serve, wildcards aside', () => {
    const { scope } = loaded('g', {
      match: { actions: ['Create'], resources: [{ apiGroups: ['', 'later.io', '*'], resources: ['pods', '*'] }] },
    });
    expect(unknownResources(scope, RESOURCES)).toEqual(['pods.later.io']);
  });
});

describe('updatedForMetadataAlone', () => {
  const pods = [{ apiGroups: [''], resources: ['pods'] }];
  const wild = [{ apiGroups: ['*'], resources: ['*'] }];
  it.each<{ name: string; matches: Match[]; is: readonly string[] | 'All' }>([
    {
      name: 'all, where only deletions are judged',
      matches: [{ actions: ['Delete', 'Evict'], resources: pods }],
      is: 'All',
    },
    { name: 'all, where only creation is', matches: [{ actions: ['Create'], resources: wild }], is: 'All' },
    {
      name: 'all, where only metadata is',
      matches: [{ actions: ['LabelChange', 'OwnerChange'], resources: wild }],
      is: 'All',
    },
    { name: 'none, where the whole is judged', matches: [{ actions: ['Delete', 'Update'], resources: pods }], is: [] },
    {
      name: 'none, where the whole is judged by wildcard',
      matches: [
        { actions: ['Delete'], resources: pods },
        { actions: ['Update'], resources: wild },
      ],
      is: [],
    },
    {
      name: 'those of which nobody judges the whole',
      matches: [
        { actions: ['Delete'], resources: [{ apiGroups: ['', 'apps'], resources: ['pods', 'deployments'] }] },
        { actions: ['ImageChange'], resources: deployments },
      ],
      is: ['deployments.', 'pods.', 'pods.apps'],
    },
    {
      name: 'none, for images of every kind that bears them',
      matches: [{ actions: ['Delete'], resources: pods }, { actions: ['ImageChange'] }],
      is: [],
    },
  ])('is $name', ({ matches, is }) => {
    const scopes = matches.map((match) => loaded('g', { match }).scope);
    expect(updatedForMetadataAlone(scopes, RESOURCES)).toEqual(is);
  });
});
