import type { DiscoveredResource, DiscoveredVersion, Discovery } from '../kube/discovery-documents.ts';
import { isObject, listAt, own, stringAt } from '../policy/json.ts';
import { type ResourceInfo, type ResourceMap, resourceKey } from '../policy/resource-map.ts';
import type { KubeObject } from '../policy/review.ts';

/**
 * What the cluster serves, as the engine reads it. Built-in and aggregated resources come from discovery, in the version
 * that the server prefers; custom ones from their CRDs, in the version that is stored. A CRD of the name of a resource that
 * is served otherwise too stands for neither: such a resource is left out, and what is not known is sent in any version.
 */
export function resourceMap(discovery: Discovery, crds: Iterable<KubeObject>): ResourceMap {
  const resources = new Map<string, ResourceInfo>();
  for (const resource of discovery.resources) {
    const info = fromDiscovery(resource);
    if (info !== undefined) resources.set(resourceKey(info), info);
  }
  for (const crd of crds) {
    const info = fromCrd(crd);
    if (info === undefined) {
      markUnserved(crd, discovery, resources);
      continue;
    }
    resources.set(resourceKey(info), contested(crd, discovery, info) ?? info);
  }
  return resources;
}

/** What the server serves under the name of a CRD, where that is not what the CRD says; undefined if it is. */
function contested(crd: KubeObject, { resources }: Discovery, info: ResourceInfo): ResourceInfo | undefined {
  const served = resources.find(({ group, resource }) => group === info.group && resource === info.resource);
  if (served === undefined) return undefined;
  const own = versionNames(crd);
  const others = served.versions.filter(({ version }) => !own.has(version));
  const differs = ({ kind, namespaced, subresources }: DiscoveredVersion): boolean =>
    kind !== info.kind ||
    namespaced !== info.namespaced ||
    subresources.some(({ name }) => !info.subresources.has(name));
  if (others.length === 0 && !served.versions.some(differs)) return undefined;
  const real = fromDiscovery(others.length > 0 ? { ...served, versions: others } : served);
  if (real === undefined) return undefined;
  const subresources = real.subresources.union(info.subresources);
  return { ...real, subresources, version: '*', servedVersion: real.version, isContested: true };
}

/** A CRD of which nothing is served any more, before discovery says so too. */
function markUnserved(crd: KubeObject, discovery: Discovery, resources: Map<string, ResourceInfo>): void {
  const key = `${stringAt(crd, 'spec', 'names', 'plural')}.${stringAt(crd, 'spec', 'group')}`;
  const known = resources.get(key);
  const served = discovery.resources.find((resource) => resourceKey(resource) === key);
  const own = versionNames(crd);
  if (known === undefined || served?.versions.some(({ version }) => !own.has(version))) return;
  resources.set(key, { ...known, isCustom: true, isContested: true });
}

const versionNames = (crd: KubeObject): ReadonlySet<unknown> =>
  new Set(listAt(crd, 'spec', 'versions').map((version) => stringAt(version, 'name')));

function fromDiscovery({ group, resource, versions }: DiscoveredResource): ResourceInfo | undefined {
  const [preferred] = versions;
  if (preferred === undefined) return undefined;
  const { version, kind, namespaced, verbs } = preferred;
  const subresources = new Set(versions.flatMap(subresourceNames));
  return {
    group,
    resource,
    version,
    kind,
    namespaced,
    subresources,
    ...(!verbs.includes('delete') && { isReadOnly: true as const }),
  };
}

const subresourceNames = ({ subresources }: DiscoveredVersion): string[] => subresources.map(({ name }) => name);

/**
 * The storage version if it is served, else the first that is. Where served versions differ in their subresources, requests
 * to these can't be converted to it: such a resource is read in whatever version it is written.
 */
function fromCrd(crd: KubeObject): ResourceInfo | undefined {
  const group = stringAt(crd, 'spec', 'group');
  const resource = stringAt(crd, 'spec', 'names', 'plural');
  const served = listAt(crd, 'spec', 'versions').filter((version) => own(version, 'served') === true);
  const version = served.find((one) => own(one, 'storage') === true) ?? served[0];
  const name = stringAt(version, 'name');
  if (group === undefined || resource === undefined || name === undefined) return undefined;
  const subresources = served.map(subresourcesOf);
  const isAlike = subresources.every(
    (names) => new Set(names).symmetricDifference(new Set(subresources[0])).size === 0,
  );
  const replicasPaths = new Map(served.flatMap(replicasPathOf));
  const replicasPath = replicasPaths.get(name) ?? [...replicasPaths.values()][0];
  return {
    group,
    resource,
    version: isAlike ? name : '*',
    ...(!isAlike && { servedVersion: name }),
    kind: stringAt(crd, 'spec', 'names', 'kind') ?? '',
    namespaced: stringAt(crd, 'spec', 'scope') !== 'Cluster',
    isCustom: true,
    subresources: new Set(subresources.flat()),
    ...(replicasPath !== undefined && { replicasPath, replicasPaths }),
  };
}

function subresourcesOf(version: unknown): string[] {
  const subresources = own(version, 'subresources');
  return isObject(subresources) ? Object.keys(subresources) : [];
}

/** The API server allows only paths of names here, such as .spec.replicas. */
function replicasPathOf(version: unknown): [string, readonly string[]][] {
  const path = stringAt(version, 'subresources', 'scale', 'specReplicasPath');
  const name = stringAt(version, 'name');
  return path === undefined || name === undefined ? [] : [[name, path.split('.').filter((key) => key !== '')]];
}
