import type { ObjectReference } from '../policy/object-reference.ts';
import type { KubeObject } from '../policy/review.ts';
import type { KubeClient, KubeList, ListOptions } from './client.ts';
import { isNotFound } from './errors.ts';
import type { ResourceReference } from './resource-path.ts';

/** Reads objects live, for requests that wait for it. */
export class ObjectLookup {
  readonly #client: Pick<KubeClient, 'get' | 'list'>;

  constructor(client: Pick<KubeClient, 'get' | 'list'>) {
    this.#client = client;
  }

  /** Returns the object, or undefined if there is none. Throws if that can't be found out before the signal aborts. */
  async get(reference: ObjectReference, signal: AbortSignal): Promise<KubeObject | undefined> {
    try {
      return await this.#client.get(reference, { signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Returns one page of the objects; undefined if the resource is not served. Throws if that can't be found out in time. */
  async list(
    collection: ResourceReference,
    page: Pick<ListOptions, 'limit' | 'continue' | 'metadataOnly'>,
    signal: AbortSignal,
  ): Promise<Pick<KubeList, 'items' | 'continue'> | undefined> {
    try {
      return await this.#client.list(collection, { ...page, signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}
