import { RE2JS } from 're2js';
import { EvaluationError } from './evaluation-context.ts';
import { PolicySyntaxError } from './field-error.ts';
import { spendSteps } from './matching-budget.ts';

/** RE2 patterns over this length are refused: compiled programs grow with them. */
const MAX_PATTERN_LENGTH = 1024;

/** And with what is repeated a counted number of times, which is written out: at most this many characters of a pattern. */
const MAX_EXPANDED_LENGTH = 20_000;

/**
 * The length of a text times the size of a program: what matching takes at worst, at some 25 ns each. That is linear in the
 * text, but a program can have thousands of instructions.
 */
const MAX_WORK = 2_000_000;

/** In the steps of the budget that a guardrail has for all its matching. */
const STEPS_PER_WORK = 2.5;

/**
 * Compiles an RE2 expression that must match the whole text. RE2 runs in linear time: there are no look-arounds and no
 * back-references. Throws PolicySyntaxError with what is wrong; the test throws EvaluationError for a text that is too long.
 */
export function compileRegularExpression(pattern: string): (text: string) => boolean {
  const compiled = compile(pattern);
  const size = compiled.programSize();
  const mostCharacters = Math.floor(MAX_WORK / size);
  return (text) => {
    if (text.length > mostCharacters) {
      throw new EvaluationError(`a value of more than ${mostCharacters} characters can't be matched by the expression`);
    }
    spendSteps(text.length * size * STEPS_PER_WORK);
    return compiled.matches(text);
  };
}

/** An expression that is looked for anywhere in a text. */
export interface SearchExpression {
  /** What a search takes at worst for each character, in steps of some 25 ns. */
  readonly stepsPerCharacter: number;
  isIn(text: string): boolean;
}

/** Compiles an RE2 expression that may match any part of a text. Throws PolicySyntaxError with what is wrong. */
export function compileSearchExpression(pattern: string): SearchExpression {
  const compiled = compile(pattern);
  return { stepsPerCharacter: compiled.programSize(), isIn: (text) => compiled.test(text) };
}

function compile(pattern: string): RE2JS {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new PolicySyntaxError(`must not be longer than ${MAX_PATTERN_LENGTH} characters`);
  }
  if (pattern.length * repetitions(pattern) > MAX_EXPANDED_LENGTH) {
    throw new PolicySyntaxError('must not repeat so much so often: shorten it, or lower the counts in {}');
  }
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw new PolicySyntaxError(`must be an RE2 regular expression: ${(error as Error).message}`, { cause: error });
  }
}

/** The sum of the counts of all counted repetitions: {3}, {1,63}. */
function repetitions(pattern: string): number {
  let sum = 0;
  for (const [, least = '', most = ''] of pattern.matchAll(/\{(\d{1,4})(?:,(\d{0,4}))?\}/g)) {
    sum += Math.max(Number(least), Number(most));
  }
  return sum;
}
