import { RE2JS } from 're2js';
import { PolicySyntaxError } from './field-error.ts';

/** RE2 patterns over this length are refused: compiled programs grow with them. */
const MAX_PATTERN_LENGTH = 1024;

/**
 * Compiles an RE2 expression that must match the whole text. RE2 runs in linear time: there are no look-arounds and no
 * back-references. Throws PolicySyntaxError with what is wrong.
 */
export function compileRegularExpression(pattern: string): (text: string) => boolean {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new PolicySyntaxError(`must not be longer than ${MAX_PATTERN_LENGTH} characters`);
  }
  try {
    const compiled = RE2JS.compile(pattern);
    return (text) => compiled.matches(text);
  } catch (error) {
    throw new PolicySyntaxError(`must be an RE2 regular expression: ${(error as Error).message}`, { cause: error });
  }
}
