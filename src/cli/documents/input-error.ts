import { UsageError } from '../command.ts';
import { oneLine } from '../report/printable.ts';
import { positionText } from './position.ts';
import { type Problem, problemText } from './problem.ts';

/** Thrown where one thing in the input is wrong, so that there is nothing to go on with. */
export class InputError extends UsageError {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(oneLine(`${positionText(problem.position)}: ${problemText(problem)}`));
    this.problem = problem;
  }
}
