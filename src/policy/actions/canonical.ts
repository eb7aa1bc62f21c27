import { EvaluationError } from '../evaluation-context.ts';
import { isObject } from '../json.ts';

/** The API's own types nest far less. */
const MAX_DEPTH = 50;

/**
 * A text that is the same for values that mean the same: whatever the order of their keys and lists, with null and what is
 * not there alike. For what the API reads as sets, such as rules, peers and selectors. Throws EvaluationError for what is
 * nested too deep.
 */
export function canonical(value: unknown, depth = 0): string {
  if (depth > MAX_DEPTH) throw tooDeep();
  if (Array.isArray(value))
    return `[${[...new Set(value.map((item) => canonical(item, depth + 1)))].sort(byText).join()}]`;
  if (!isObject(value)) return JSON.stringify(value ?? null);
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== null && inner !== undefined)
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner, depth + 1)}`);
  return `{${entries.sort(byText).join()}}`;
}

const tooDeep = (): EvaluationError => new EvaluationError('it is nested too deep to be compared');

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** An item of a list, and its place in it. */
export interface Placed {
  readonly index: number;
  readonly item: unknown;
}

/**
 * The items of a list that mean something else than every item of the other. Those that are written alike are sorted out
 * first, which is quick; what is left and too long to be read closely counts as something else. Throws EvaluationError for
 * what is nested too deep.
 */
export function onlyIn(list: readonly unknown[], other: readonly unknown[]): Placed[] {
  const [mine, theirs] = [list.map(written), other.map(written)];
  const [fresh, gone] = [differing(mine, theirs), differing(theirs, mine)];
  const texts = [...fresh.map((index) => mine[index]), ...gone.map((index) => theirs[index])];
  const length = texts.reduce((sum, text = '') => sum + text.length, 0);
  const known = new Set(length > MAX_LENGTH ? [] : gone.map((index) => canonical(other[index])));
  return fresh
    .filter((index) => known.size === 0 || !known.has(canonical(list[index])))
    .map((index) => ({ index, item: list[index] }));
}

/** Characters that are read closely: some milliseconds' worth. */
const MAX_LENGTH = 50_000;

/** Deeper down than `canonical` looks, the stack would not last. */
function written(item: unknown): string {
  try {
    return JSON.stringify(item);
  } catch {
    throw tooDeep();
  }
}

/** Where a list has texts that the other does not have. */
function differing(texts: readonly string[], others: readonly string[]): number[] {
  const known = new Set(others);
  return [...texts.keys()].filter((index) => !known.has(texts[index] ?? ''));
}
