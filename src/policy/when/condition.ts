import type { EvaluationContext } from '../evaluation-context.ts';

/** What a condition reads that a review alone may not hold. */
export interface ConditionNeeds {
  /** The object that is acted on, where the review's body is of another kind. */
  readonly target: boolean;
  /** The namespace object. */
  readonly namespace: boolean;
}

/** A compiled condition: true if it trips. Throws EvaluationError if that can't be told. */
export interface Condition {
  readonly needs: ConditionNeeds;
  trips(context: EvaluationContext): boolean;
}

/** A condition that reads nothing beyond the review. */
export const NEEDS_NOTHING: ConditionNeeds = { target: false, namespace: false };

/** What several conditions need together. */
export function allNeeds(conditions: readonly { readonly needs: ConditionNeeds }[]): ConditionNeeds {
  return {
    target: conditions.some(({ needs }) => needs.target),
    namespace: conditions.some(({ needs }) => needs.namespace),
  };
}
