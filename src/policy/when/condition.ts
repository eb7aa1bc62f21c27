import type { EvaluationContext } from '../evaluation-context.ts';

/** What a condition reads that a review alone may not hold. */
export interface ConditionNeeds {
  /** The object that is acted on, where the review's body is of another kind. */
  readonly target: boolean;
  /** The namespace object. */
  readonly namespace: boolean;
}

/** Whether a condition holds. `Warn` holds too, but for a reason of which nothing graver than a warning may come. */
export type Verdict = boolean | 'Warn';

/** A compiled condition. */
export interface Condition {
  readonly needs: ConditionNeeds;
  /** Returns whether it trips. Throws EvaluationError if that can't be told. */
  trips(context: EvaluationContext): Verdict;
}

/** One condition that a guardrail writes, which can also tell what it looks at. */
export interface WrittenCondition extends Condition {
  /**
   * What it finds, in words: for people who ask why it trips, or why it does not. Holds no secret values. Not called where the
   * condition has something to say itself. Throws EvaluationError if that can't be told.
   */
  describe(context: EvaluationContext): string;
}

/** An entry of `when` or an alternative of an anyOf, by where it stands. */
export interface WhenPart {
  /** The field, as `spec.when[0].anyOf[1].cel`. */
  readonly field: string;
  readonly condition: Condition;
  /** Undefined for an anyOf, of which the alternatives tell. */
  readonly describe: WrittenCondition['describe'] | undefined;
  /** Of an anyOf; else empty. */
  readonly alternatives: readonly WhenPart[];
}

/** All of `when`, and each entry of it. */
export interface CompiledWhen extends Condition {
  readonly entries: readonly WhenPart[];
}

/** All of several conditions: false if one is, and the mildest of the others. Asks no further than it must. */
export function allTrip(conditions: readonly Condition[], context: EvaluationContext): Verdict {
  let verdict: Verdict = true;
  for (const condition of conditions) {
    const one = condition.trips(context);
    if (one === false) return false;
    if (one === 'Warn') verdict = one;
  }
  return verdict;
}

/** Any of several conditions: true if one is, else the gravest of the others. Asks no further than it must. */
export function anyTrips(conditions: readonly Condition[], context: EvaluationContext): Verdict {
  let verdict: Verdict = false;
  for (const condition of conditions) {
    const one = condition.trips(context);
    if (one === true) return true;
    if (one === 'Warn') verdict = one;
  }
  return verdict;
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
