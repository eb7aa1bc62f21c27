import { stringAt } from '../../../../src/policy/json.ts';
import { type ResourceInfo, type ResourceMap, resourceKey } from '../../../../src/policy/resource-map.ts';
import type { GroupResource } from '../../../../src/policy/review.ts';
import { resourceOfObject, resourcesOf, versionOf } from '../../../../src/simulation/resources.ts';
import type { Manifest } from '../guarded-cluster.ts';

/** What the cluster serves, and where. */
export class Served {
  readonly resources: ResourceMap;

  /** `definitions` are all CustomResourceDefinitions that there are. */
  constructor(definitions: readonly Manifest[]) {
    this.resources = resourcesOf(definitions);
  }

  /** What is known of a resource. Throws if nothing is. */
  info(resource: GroupResource): ResourceInfo {
    const info = this.resources.get(resourceKey(resource));
    if (info === undefined) throw new Error(`nobody serves ${resourceKey(resource)}`);
    return info;
  }

  /** The path of an object by its kind, name and namespace. */
  pathOf(object: Manifest): string {
    return this.path(
      this.#infoOf(object),
      versionOf(object),
      namespaceOf(object),
      stringAt(object, 'metadata', 'name'),
    );
  }

  /** The path of the collection that an object goes into. */
  collectionOf(object: Manifest): string {
    return this.path(this.#infoOf(object), versionOf(object), namespaceOf(object));
  }

  /** The path of a collection, or of an object in it. */
  path({ group, resource, namespaced }: ResourceInfo, version: string, namespace: string, name?: string): string {
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const collection = `${root}${namespaced ? `/namespaces/${namespace}` : ''}/${resource}`;
    return name === undefined ? collection : `${collection}/${encodeURIComponent(name)}`;
  }

  /** Whether objects of that kind are in namespaces. */
  isNamespaced(object: Manifest): boolean {
    return this.#infoOf(object).namespaced;
  }

  #infoOf(object: Manifest): ResourceInfo {
    const info = resourceOfObject(object, this.resources);
    if (info === undefined) throw new Error(`nobody serves ${object.apiVersion} ${object.kind}`);
    return info;
  }
}

/** The namespace of an object, as kubectl sees it. */
export const namespaceOf = (object: Manifest): string => stringAt(object, 'metadata', 'namespace') ?? 'default';
