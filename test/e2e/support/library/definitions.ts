import { listAt, own, stringAt } from '../../../../src/policy/json.ts';
import { resourceKey } from '../../../../src/policy/resource-map.ts';
import { resourcesOf, versionOf } from '../../../../src/simulation/resources.ts';
import type { Manifest } from '../guarded-cluster.ts';
import { eventually } from '../poll.ts';
import type { Api } from './api.ts';
import { completed, filled } from './completed.ts';
import type { LibraryTest } from './library.ts';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** The CustomResourceDefinitions of what tests are about: those that they give, and plain ones for what they only name. */
export function definitionsFor(tests: readonly LibraryTest[]): readonly Manifest[] {
  const statusOf = new Set(
    tests.filter(({ test }) => test.request.subresource === 'status').map(({ test }) => nameOf(test.request.resource)),
  );
  const given = tests
    .flatMap(({ test }) => [...(test.existing ?? []), test.request.oldObject] as (Manifest | undefined)[])
    .filter((object) => object?.kind === 'CustomResourceDefinition')
    .map((object) => withStatus(completed(withNameAlone(object as Manifest)), statusOf));
  const named = new Map(given.map((crd) => [stringAt(crd, 'metadata', 'name') ?? '', crd]));
  const builtIn = resourcesOf([]);
  for (const { test } of tests) {
    const group = test.request.resource.group ?? '';
    const { resource, version } = test.request.resource;
    const name = nameOf({ group, resource });
    if (builtIn.has(resourceKey({ group, resource })) || named.has(name)) continue;
    named.set(name, plain(name, version, (test.request.object ?? test.request.oldObject) as Manifest));
  }
  return [...named.values()];
}

const nameOf = ({ group = '', resource }: { readonly group?: string; readonly resource: string }): string =>
  `${resource}.${group}`;

/** What else a test says of a definition is for the scene to set. */
const withNameAlone = (crd: Manifest): Manifest => ({
  ...crd,
  metadata: { name: stringAt(crd, 'metadata', 'name') },
});

/** A definition with the subresource that a test writes to. */
function withStatus(crd: Manifest, statusOf: ReadonlySet<string>): Manifest {
  if (!statusOf.has(stringAt(crd, 'metadata', 'name') ?? '')) return crd;
  const versions = listAt(crd, 'spec', 'versions').map((version) =>
    filled(version as Manifest, { subresources: { status: {} } }),
  );
  return { ...crd, spec: { ...(crd.spec as Manifest), versions } };
}

/** A definition of a resource by one of its objects. */
const plain = (name: string, version: string, object: Manifest): Manifest =>
  completed({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: {
      scope: stringAt(object, 'metadata', 'namespace') === undefined ? 'Cluster' : 'Namespaced',
      names: { kind: stringAt(object, 'kind') },
      versions: [{ name: versionOf(object) || version, subresources: { status: {} } }],
    },
  });

/** Creates definitions, unless they are there, and returns them as stored once their resources are served. */
export async function establish(api: Api, definitions: readonly Manifest[]): Promise<readonly Manifest[]> {
  const names = definitions.map((crd) => stringAt(crd, 'metadata', 'name') ?? '');
  for (const [index, body] of definitions.entries()) {
    const { status, body: answer } = await api.send({ method: 'POST', path: DEFINITIONS, body });
    if (status !== 201 && answer.reason !== 'AlreadyExists') throw new Error(`${names[index]}: ${answer.message}`);
  }
  return await Promise.all(names.map((name) => established(api, name)));
}

const established = (api: Api, name: string): Promise<Manifest> =>
  eventually(
    async () => {
      const crd = await api.must({ method: 'GET', path: `${DEFINITIONS}/${name}` });
      const conditions = listAt(crd, 'status', 'conditions');
      return conditions.some((one) => own(one, 'type') === 'Established' && own(one, 'status') === 'True') && crd;
    },
    { message: `${name} is established` },
  );
