import { Budget } from './budget.ts';
import { compileTree } from './compile.ts';
import { Program } from './program.ts';
import { checkTypes, parse } from './syntax.ts';
import { fromJson, type Result } from './values.ts';
import type { Variable } from './variables.ts';

/** A compiled CEL expression. */
export interface Expression {
  /** The variables that it reads. */
  readonly reads: readonly Variable[];
  /** Its type as far as it is known: `dyn` if only the values tell. */
  readonly type: string;
  /**
   * Evaluates it with the values of `reads`, in their order; undefined is null. Returns a Failure if it has no value. Throws
   * EvaluationError if finding out takes too long.
   */
  evaluate(values: readonly unknown[]): Result;
}

/**
 * Compiles a CEL expression: parses it, checks its types and refuses what could cost too much. Throws PolicySyntaxError with
 * the position of what is wrong.
 */
export function compileExpression(source: string): Expression {
  const root = parse(source);
  const program = new Program(source, root);
  const evaluate = compileTree(root, program);
  const type = checkTypes(source, program.presenceTests);
  const slots = [...program.reads.values()];
  return {
    reads: [...program.reads.keys()],
    type,
    evaluate: (values) => {
      const frame = { slots: new Array<Result>(program.slotCount).fill(null), budget: new Budget() };
      for (const [index, slot] of slots.entries()) frame.slots[slot] = fromJson(values[index]) ?? null;
      return evaluate(frame);
    },
  };
}
