import { EvaluationError } from './evaluation-context.ts';

/**
 * What all globs and expressions of one guardrail may take together on one review, in steps of some 10 ns. Each has a limit of its
 * own, but a guardrail can have thousands, and an object thousands of long texts.
 */
const MAX_STEPS = 20_000_000;

/** Evaluation is synchronous: one guardrail judges one review at a time. */
let left = Number.POSITIVE_INFINITY;

/** From here on, matching is counted, until `endBudget`. */
export function beginBudget(): void {
  left = MAX_STEPS;
}

/** Matching is no longer counted: what is matched outside of a judgement is short. */
export function endBudget(): void {
  left = Number.POSITIVE_INFINITY;
}

/** Takes steps from what is left. Throws EvaluationError when nothing is. */
export function spendSteps(steps: number): void {
  left -= steps;
  if (left < 0) throw new EvaluationError('it takes too long to match all values of the object');
}
