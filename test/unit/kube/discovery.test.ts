import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { discover } from '../../../src/kube/discovery.ts';
import {
  type DiscoveredResource,
  type Discovery,
  parseAggregated,
  parseUnaggregated,
} from '../../../src/kube/discovery-documents.ts';
import { errorFromResponse } from '../../../src/kube/errors.ts';

// Captured from kube-apiserver 1.36.
const captured = (name: string): Readonly<Record<string, unknown>> =>
  JSON.parse(readFileSync(new URL(`../../fixtures/discovery/${name}.json`, import.meta.url), 'utf8'));

const AGGREGATED = { '/api': captured('aggregated-core'), '/apis': captured('aggregated-groups') };

const UNAGGREGATED: Readonly<Record<string, unknown>> = {
  '/api': captured('unaggregated-core'),
  '/apis': captured('unaggregated-groups'),
  '/api/v1': captured('unaggregated-core-v1'),
  '/apis/apps/v1': captured('unaggregated-apps-v1'),
  '/apis/autoscaling/v1': captured('unaggregated-autoscaling-v1'),
  '/apis/autoscaling/v2': captured('unaggregated-autoscaling-v2'),
};

/** Answers with documents; paths without one are away, as of an extension server that does not answer. */
const clientOf = (documents: Readonly<Record<string, unknown>>, status = 503) => {
  const paths: string[] = [];
  return {
    paths,
    rawGet: async (path: string): Promise<unknown> => {
      paths.push(path);
      const document = documents[path];
      if (document === undefined) {
        throw errorFromResponse({ code: status, body: '' }, `GET ${path}`);
      }
      return document;
    },
  };
};

const find = ({ resources }: Discovery, group: string, resource: string): DiscoveredResource | undefined =>
  resources.find((entry) => entry.group === group && entry.resource === resource);

describe.each([
  ['the aggregated documents', AGGREGATED],
  ['the unaggregated documents', UNAGGREGATED],
])('%s of a real API server', (_, documents) => {
  test('tell kind, scope and verbs', async () => {
    const discovery = await discover(clientOf(documents));
    const [pods] = find(discovery, '', 'pods')?.versions ?? [];
    expect(pods).toMatchObject({ version: 'v1', kind: 'Pod', namespaced: true });
    expect(pods?.verbs).toContain('deletecollection');
    expect(find(discovery, '', 'nodes')?.versions).toMatchObject([{ kind: 'Node', namespaced: false }]);
  });

  test('tell all versions, the preferred one first', async () => {
    const discovery = await discover(clientOf(documents));
    const versions = find(discovery, 'autoscaling', 'horizontalpodautoscalers')?.versions ?? [];
    expect(versions.map(({ version }) => version)).toEqual(['v2', 'v1']);
  });

  test('tell subresources, with the kind that they carry', async () => {
    const discovery = await discover(clientOf(documents));
    const of = (group: string, resource: string) =>
      Object.fromEntries(
        (find(discovery, group, resource)?.versions[0]?.subresources ?? []).map(({ name, kind }) => [name, kind]),
      );
    expect(of('apps', 'deployments')).toEqual({
      scale: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      status: { group: 'apps', version: 'v1', kind: 'Deployment' },
    });
    expect(of('', 'pods')).toMatchObject({
      eviction: { group: 'policy', version: 'v1', kind: 'Eviction' },
      exec: { group: '', version: 'v1', kind: 'PodExecOptions' },
      resize: { group: '', version: 'v1', kind: 'Pod' },
    });
  });
});

test('both forms say the same of the same groups', async () => {
  const [aggregated, unaggregated] = await Promise.all([
    discover(clientOf(AGGREGATED)),
    discover(clientOf(UNAGGREGATED)),
  ]);
  const relevant = ({ resources }: Discovery) => {
    const chosen = resources.filter(({ group }) => ['', 'apps', 'autoscaling'].includes(group));
    return new Map(chosen.map((resource) => [`${resource.resource}.${resource.group}`, resource]));
  };
  expect(relevant(aggregated)).toEqual(relevant(unaggregated));
});

test('two requests are enough where the server can aggregate', async () => {
  const client = clientOf(AGGREGATED);
  await expect(discover(client)).resolves.toMatchObject({ stale: [] });
  expect(client.paths).toEqual(['/api', '/apis']);
});

test('a mix of both forms is read', async () => {
  const documents = { ...UNAGGREGATED, '/apis': AGGREGATED['/apis'] };
  const paths: string[] = [];
  const rawGet = async (path: string, accept: string): Promise<unknown> => {
    paths.push(path);
    return accept === 'application/json' ? UNAGGREGATED[path] : documents[path as keyof typeof documents];
  };
  const discovery = await discover({ rawGet });
  expect(find(discovery, 'apps', 'deployments')).toBeDefined();
});

describe('a group whose server does not answer', () => {
  test('is stale in the unaggregated form, and the others are there', async () => {
    const discovery = await discover(clientOf(UNAGGREGATED));
    expect(discovery.stale).toContain('apiextensions.k8s.io/v1');
    expect(discovery.stale).not.toContain('apps/v1');
  });

  test('is stale in the aggregated form', () => {
    const document = {
      items: [{ metadata: { name: 'metrics.k8s.io' }, versions: [{ version: 'v1beta1', freshness: 'Stale' }] }],
    };
    expect(parseAggregated([document])).toEqual({ resources: [], stale: ['metrics.k8s.io/v1beta1'] });
  });

  test('because we may not ask it is an error', async () => {
    await expect(discover(clientOf(UNAGGREGATED, 403))).rejects.toMatchObject({ status: 403 });
  });
});

test('an API server that does not answer is an error', async () => {
  await expect(discover(clientOf({}))).rejects.toMatchObject({ status: 503 });
});

test.each([[undefined], [null], ['text'], [{ items: 5 }], [{ items: [null, { versions: [{ resources: [7] }] }] }]])(
  'a document such as %j does no harm',
  (document) => {
    expect(() => parseAggregated([document])).not.toThrow();
    expect(() => parseUnaggregated([{ group: 'g', version: 'v1', document }])).not.toThrow();
  },
);
