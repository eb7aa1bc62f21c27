import type { DiscoveredResource, DiscoveredVersion, Discovery } from '../kube/discovery-documents.ts';
import { isObject, listAt, own, ownAt, stringAt } from '../policy/json.ts';
import { type ResourceInfo, type ResourceMap, resourceKey } from '../policy/resource-map.ts';
import type { KubeObject } from '../policy/review.ts';

/**
 * What the cluster serves, as the engine reads it. Built-in and aggregated resources come from discovery, in the version
 * that the server prefers; custom ones from their CRDs, in the version that is stored.
 */
export function resourceMap(discovery: Discovery, crds: Iterable<KubeObject>): ResourceMap {
  const resources = new Map<string, ResourceInfo>();
  for (const resource of discovery.resources) {
    const info = fromDiscovery(resource);
    if (info !== undefined) resources.set(resourceKey(info), info);
  }
  for (const crd of crds) {
    const info = fromCrd(crd);
    if (info !== undefined) resources.set(resourceKey(info), info);
  }
  return resources;
}

function fromDiscovery({ group, resource, versions }: DiscoveredResource): ResourceInfo | undefined {
  const [preferred] = versions;
  if (preferred === undefined) return undefined;
  const { version, kind, namespaced } = preferred;
  return { group, resource, version, kind, namespaced, subresources: new Set(versions.flatMap(subresourceNames)) };
}

const subresourceNames = ({ subresources }: DiscoveredVersion): string[] => subresources.map(({ name }) => name);

/** The storage version if it is served, else the first that is. */
function fromCrd(crd: KubeObject): ResourceInfo | undefined {
  const group = stringAt(crd, 'spec', 'group');
  const resource = stringAt(crd, 'spec', 'names', 'plural');
  const served = listAt(crd, 'spec', 'versions').filter((version) => own(version, 'served') === true);
  const version = served.find((one) => own(one, 'storage') === true) ?? served[0];
  const name = stringAt(version, 'name');
  if (group === undefined || resource === undefined || name === undefined) return undefined;
  const subresources = ownAt(version, ['subresources']);
  const replicas = stringAt(subresources, 'scale', 'specReplicasPath');
  return {
    group,
    resource,
    version: name,
    kind: stringAt(crd, 'spec', 'names', 'kind') ?? '',
    namespaced: stringAt(crd, 'spec', 'scope') !== 'Cluster',
    subresources: new Set(isObject(subresources) ? Object.keys(subresources) : []),
    // The API server allows only paths of names here, such as .spec.replicas.
    ...(replicas !== undefined && { replicasPath: replicas.split('.').filter((key) => key !== '') }),
  };
}
