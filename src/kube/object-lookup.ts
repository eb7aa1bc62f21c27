import type { ObjectReference } from '../policy/object-reference.ts';
import type { KubeObject } from '../policy/review.ts';
import type { KubeClient } from './client.ts';
import { isNotFound } from './errors.ts';

/** Reads single objects live, for requests that wait for it. */
export class ObjectLookup {
  readonly #client: Pick<KubeClient, 'get'>;

  constructor(client: Pick<KubeClient, 'get'>) {
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
}
