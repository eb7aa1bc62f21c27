import type { Decision } from '../policy/decision.ts';
import type { ObjectReference } from '../policy/object-reference.ts';
import type { KubeObject, Review } from '../policy/review.ts';

/** The objects of a resource, in one namespace or, if that is "", in all. */
export type Collection = Omit<ObjectReference, 'name'>;

/** Some objects of a collection. */
export interface Page {
  readonly items: readonly KubeObject[];
  /** Where the next page begins; "" after the last. */
  readonly continue: string;
}

/** Reads objects live from the cluster. */
export interface Lookup {
  /** Returns the object, or undefined if there is none. Throws if that can't be found out before `signal` aborts. */
  get(reference: ObjectReference, signal: AbortSignal): Promise<KubeObject | undefined>;
  /**
   * Returns one page of a collection; undefined if the cluster does not serve the resource. Throws if that can't be found
   * out before `signal` aborts. `metadataOnly` leaves out everything else of the objects.
   */
  list(
    collection: Collection,
    page: { readonly limit: number; readonly continue: string; readonly metadataOnly: boolean },
    signal: AbortSignal,
  ): Promise<Page | undefined>;
}

/** Takes decisions for the audit trail. */
export interface ViolationSink {
  /**
   * Takes the findings of a decision. Never blocks, never throws, never changes the answer. Returns, for each finding, the
   * name of the record that it will be in, or undefined where there will be none.
   */
  offer(review: Review, decision: Decision, time: Date): readonly (string | undefined)[];
}
