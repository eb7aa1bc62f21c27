import { EvaluationError } from './evaluation-context.ts';
import { spendSteps } from './matching-budget.ts';

/** Tells whether a whole text matches a glob. Throws EvaluationError where that takes too long to find out. */
export type Glob = (text: string) => boolean;

/** Some 50 ms. Only long patterns that nearly match long texts take so many: `*aaaa...b` on a megabyte of `a`. */
const MAX_STEPS = 5_000_000;

/**
 * Compiles a glob: `*` is any text, also across `/` and `.`, `?` any one character, all else itself. The result takes
 * time linear in text times pattern at worst: it goes back to the last star only.
 */
export function compileGlob(pattern: string): Glob {
  if (!/[*?]/.test(pattern)) return (text) => text === pattern;
  if (pattern === '*') return () => true;
  const tail = pattern.slice(0, -1);
  if (pattern.endsWith('*') && !/[*?]/.test(tail)) return (text) => text.startsWith(tail);
  return (text) => matchStars(pattern, text);
}

/** Texts up to this length are matched for nothing: to count them would take as long. */
const FREE_LENGTH = 64;

/** Compiles globs into one test that holds if any matches. */
export function compileGlobs(patterns: readonly string[]): Glob {
  const globs = patterns.map(compileGlob);
  const [only, ...more] = globs;
  if (only !== undefined && more.length === 0) return only;
  return (text) => globs.some((glob) => glob(text));
}

const STAR = 42;
const ANY_ONE = 63;

function matchStars(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  let step = 0;
  for (; t < text.length; step++) {
    if (step === MAX_STEPS) throw new EvaluationError('a value is too long to be matched with the glob');
    // NaN at the end of the pattern, which is like no character.
    const sign = pattern.charCodeAt(p);
    if (sign === STAR) {
      star = p++;
      resume = t;
    } else if (sign === ANY_ONE || sign === text.charCodeAt(t)) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      break;
    }
  }
  if (text.length > FREE_LENGTH) spendSteps(step);
  if (t < text.length) return false;
  while (pattern.charCodeAt(p) === STAR) p++;
  return p === pattern.length;
}
