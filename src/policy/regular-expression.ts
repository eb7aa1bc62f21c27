import { RE2JS } from 're2js';
import { PolicySyntaxError } from './field-error.ts';

/** RE2 patterns over this length are refused: compiled programs grow with them. */
const MAX_PATTERN_LENGTH = 1024;

/** And with what is repeated a counted number of times, which is written out: at most this many characters of a pattern. */
const MAX_EXPANDED_LENGTH = 20_000;

/**
 * Compiles an RE2 expression that must match the whole text. RE2 runs in linear time: there are no look-arounds and no
 * back-references. Throws PolicySyntaxError with what is wrong.
 */
export function compileRegularExpression(pattern: string): (text: string) => boolean {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new PolicySyntaxError(`must not be longer than ${MAX_PATTERN_LENGTH} characters`);
  }
  if (pattern.length * repetitions(pattern) > MAX_EXPANDED_LENGTH) {
    throw new PolicySyntaxError('must not repeat so much so often: shorten it, or lower the counts in {}');
  }
  try {
    const compiled = RE2JS.compile(pattern);
    return (text) => compiled.matches(text);
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
