import type { GroupResource } from './review.ts';

/** What the engine and the webhook configuration must know of a resource that the cluster serves. */
export interface ResourceInfo extends GroupResource {
  /** The version whose shape the engine reads: requests at other versions are converted to it. "*" where that can't be. */
  readonly version: string;
  /** A version in which objects can be read, where `version` is "*". */
  readonly servedVersion?: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Whether its objects can't be deleted, such as what is only measured. */
  readonly isReadOnly?: true;
  /** Whether a CustomResourceDefinition and the server say different things of it: it is sent from wherever it is. */
  readonly isContested?: true;
  /** Whether a CustomResourceDefinition makes it: its objects go with that. */
  readonly isCustom?: true;
  /** The names of its subresources, such as status and scale. */
  readonly subresources: ReadonlySet<string>;
  /** Where the scale subresource of a custom resource keeps its replicas: keys, such as ["spec", "replicas"]. */
  readonly replicasPath?: readonly string[];
  /** The same by version. */
  readonly replicasPaths?: ReadonlyMap<string, readonly string[]>;
}

/** The resources that the cluster serves, by group and plural name. */
export type ResourceMap = ReadonlyMap<string, ResourceInfo>;

/** The key of a resource in maps: `deployments.apps`, `pods.` for the core group. */
export function resourceKey({ group, resource }: GroupResource): string {
  return `${resource}.${group}`;
}

/** Whether the objects of a resource may go with a CustomResourceDefinition: those of what is not known may. */
export function isPossiblyCustom(info: ResourceInfo | undefined): boolean {
  return info === undefined || info.isCustom === true;
}
