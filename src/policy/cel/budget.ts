import { EvaluationError } from '../evaluation-context.ts';

/**
 * What one expression may cost on one review, in steps of some 20 ns on a slow machine. Costs are charged before the work is
 * done, so that no expression runs on, whatever the object holds.
 */
export const MAX_STEPS = 200_000;

/** Characters that are compared, copied or looked through at the cost of one step. */
const CHARACTERS_A_STEP = 16;

/** The steps that an evaluation has left. */
export class Budget {
  #left = MAX_STEPS;

  /** Takes steps. Throws EvaluationError when there are none left: that is no error that && or || could do without. */
  charge(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new EvaluationError('it takes too many steps on this object');
  }

  /** Takes the steps for going through some characters once. */
  chargeText(length: number): void {
    this.charge(length / CHARACTERS_A_STEP);
  }
}
