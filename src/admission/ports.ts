import type { Decision } from '../policy/decision.ts';
import type { ObjectReference } from '../policy/object-reference.ts';
import type { KubeObject, Review } from '../policy/review.ts';

/** Reads single objects live from the cluster. */
export interface Lookup {
  /** Returns the object, or undefined if there is none. Throws if that can't be found out before `signal` aborts. */
  get(reference: ObjectReference, signal: AbortSignal): Promise<KubeObject | undefined>;
}

/** Takes decisions for the audit trail. */
export interface ViolationSink {
  /**
   * Takes the findings of a decision. Never blocks, never throws, never changes the answer. Returns, for each finding, the
   * name of the record that it will be in, or undefined where there will be none.
   */
  offer(review: Review, decision: Decision, time: Date): readonly (string | undefined)[];
}
