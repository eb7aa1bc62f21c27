import type { ObjectReference } from '../policy/object-reference.ts';

/** A resource of the API, in one namespace or in all. `group` is "" for the core group. */
export interface ResourceReference {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** Absent or "" for cluster-scoped resources, and for the objects of all namespaces. */
  readonly namespace?: string;
}

/** The URL path of a collection. */
export function resourcePath({ group, version, resource, namespace }: ResourceReference): string {
  const root = group === '' ? ['api', version] : ['apis', group, version];
  const scope = namespace === undefined || namespace === '' ? [] : ['namespaces', namespace];
  return `/${[...root, ...scope, resource].map(encodeURIComponent).join('/')}`;
}

/** The URL path of an object, or of one of its subresources. */
export function objectPath(reference: ObjectReference, subresource?: string): string {
  if (reference.name === '') {
    throw new Error(`an object of ${reference.resource} must have a name`);
  }
  const path = `${resourcePath(reference)}/${encodeURIComponent(reference.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}
