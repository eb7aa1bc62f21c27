import type { ActionType } from '../api/v1alpha1.ts';
import type { Change } from './decision.ts';
import type { Circumstances } from './facts.ts';
import type { KubeObject, Review } from './review.ts';
import type { Target } from './target.ts';

/** What the conditions and the message of one guardrail read of one review. */
export interface EvaluationContext extends Circumstances {
  readonly review: Review;
  readonly target: Target;
  /** The namespace of the object; undefined if there is none or if no condition asked for it. */
  readonly namespace: KubeObject | undefined;
  /** The actions of the guardrail that the review is, the most specific first. */
  readonly actions: readonly ActionType[];
  /** What the most specific action changes. */
  readonly changes: readonly Change[];
  /** The images that the review brings in, whatever the action. */
  readonly images: () => readonly Change[];
  /** Takes what a condition has to say of why it trips. It is told after the message, and must hold nothing secret. */
  readonly explain: (text: string) => void;
}

/** Thrown by a condition that can't be evaluated: the finding is an error, answered by failurePolicy. */
export class EvaluationError extends Error {}

/** The object that conditions on Target read: as it will be, or as it was when it goes. */
export function targetObject({ old, new: after }: Target): KubeObject | undefined {
  return after ?? old;
}

/** The part of the admission request that paths and messages can read. */
export function requestObject(review: Review): KubeObject {
  const { operation, group, version, resource, subresource, namespace, name, subject, dryRun } = review;
  return {
    operation,
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
    dryRun,
    userInfo: {
      username: subject.username,
      groups: subject.groups,
      ...(subject.uid !== undefined && { uid: subject.uid }),
    },
  };
}
