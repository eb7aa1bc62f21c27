import type { GroupResource } from '../policy/review.ts';

/** A subresource of a resource, such as `scale`. */
export interface DiscoveredSubresource {
  readonly name: string;
  /** What a request to it carries: Scale in group autoscaling, for one. `group` and `version` may be those of the resource. */
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly verbs: readonly string[];
}

/** A resource as one version of the API serves it. */
export interface DiscoveredVersion {
  readonly version: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources: readonly DiscoveredSubresource[];
}

/** A resource with every version in which it is served, the one that the server prefers first. */
export interface DiscoveredResource extends GroupResource {
  readonly versions: readonly DiscoveredVersion[];
}

/** What the API server serves. */
export interface Discovery {
  readonly resources: readonly DiscoveredResource[];
  /**
   * Group versions (`metrics.k8s.io/v1beta1`) whose resources may be absent or out of date, since the extension server behind
   * them does not answer.
   */
  readonly stale: readonly string[];
}

/** The unaggregated documents of one group version. `document` is undefined if it could not be read. */
export interface GroupVersionDocument {
  readonly group: string;
  readonly version: string;
  readonly document: unknown;
}

/** Whether the server has answered with the aggregated form. */
export const isAggregated = (document: unknown): boolean => record(document).kind === 'APIGroupDiscoveryList';

/** Reads the aggregated documents of `/api` and `/apis` (APIGroupDiscoveryList). */
export function parseAggregated(documents: readonly unknown[]): Discovery {
  const found = new ResourceCollector();
  const stale: string[] = [];
  for (const group of documents.flatMap((document) => array(record(document).items)).map(record)) {
    const groupName = text(record(group.metadata).name);
    for (const entry of array(group.versions).map(record)) {
      const version = text(entry.version);
      if (entry.freshness === 'Stale') {
        stale.push(groupVersion(groupName, version));
      }
      for (const resource of array(entry.resources).map(record)) {
        addAggregated(found, groupName, version, resource);
      }
    }
  }
  return { resources: found.resources(), stale };
}

/** The group versions that the unaggregated documents of `/api` and `/apis` name, the preferred one of a group first. */
export function groupVersions(core: unknown, groups: unknown): { readonly group: string; readonly version: string }[] {
  const coreVersions = array(record(core).versions).map((version) => ({ group: '', version: text(version) }));
  const named = array(record(groups).groups)
    .map(record)
    .flatMap((group) => {
      const preferred = text(record(group.preferredVersion).version);
      const versions = array(group.versions).map((entry) => text(record(entry).version));
      return [...new Set([preferred, ...versions])]
        .filter((version) => version !== '')
        .map((version) => ({ group: text(group.name), version }));
    });
  return [...coreVersions, ...named];
}

/** Reads the unaggregated documents (APIResourceList) of all group versions, in the order of `groupVersions`. */
export function parseUnaggregated(documents: readonly GroupVersionDocument[]): Discovery {
  const found = new ResourceCollector();
  const stale: string[] = [];
  for (const { group, version, document } of documents) {
    if (document === undefined) {
      stale.push(groupVersion(group, version));
    }
    const resources = array(record(document).resources).map(record);
    for (const resource of resources.filter(({ name }) => !text(name).includes('/'))) {
      const name = text(resource.name);
      found.add(group, name, {
        version,
        kind: text(resource.kind),
        namespaced: resource.namespaced === true,
        verbs: strings(resource.verbs),
        subresources: resources
          .filter((other) => text(other.name).startsWith(`${name}/`))
          .map((other) => ({
            name: text(other.name).slice(name.length + 1),
            // The group version is written out only where it is another than the resource's.
            kind: {
              group: text(other.group) || group,
              version: text(other.version) || version,
              kind: text(other.kind),
            },
            verbs: strings(other.verbs),
          })),
      });
    }
  }
  return { resources: found.resources(), stale };
}

function addAggregated(found: ResourceCollector, group: string, version: string, resource: JsonObject): void {
  const kind = kindOf(resource.responseKind, group, version);
  found.add(group, text(resource.resource), {
    version,
    kind: kind.kind,
    namespaced: resource.scope === 'Namespaced',
    verbs: strings(resource.verbs),
    subresources: array(resource.subresources)
      .map(record)
      .map((subresource) => ({
        name: text(subresource.subresource),
        kind: kindOf(subresource.responseKind, group, version),
        verbs: strings(subresource.verbs),
      })),
  });
}

// Empty fields mean the resource's own group version. The core group is "" anyway.
function kindOf(value: unknown, group: string, version: string) {
  const kind = record(value);
  const isOwn = text(kind.version) === '';
  return {
    group: isOwn ? group : text(kind.group),
    version: isOwn ? version : text(kind.version),
    kind: text(kind.kind),
  };
}

class ResourceCollector {
  readonly #found = new Map<string, GroupResource & { readonly versions: DiscoveredVersion[] }>();

  add(group: string, resource: string, version: DiscoveredVersion): void {
    const key = `${resource}.${group}`;
    const entry = this.#found.get(key);
    if (entry === undefined) {
      this.#found.set(key, { group, resource, versions: [version] });
    } else {
      entry.versions.push(version);
    }
  }

  resources(): readonly DiscoveredResource[] {
    return [...this.#found.values()];
  }
}

type JsonObject = Readonly<Record<string, unknown>>;

const groupVersion = (group: string, version: string): string => (group === '' ? version : `${group}/${version}`);

const record = (value: unknown): JsonObject => (typeof value === 'object' && value !== null ? { ...value } : {});

const array = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const strings = (value: unknown): readonly string[] => array(value).map(text);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
