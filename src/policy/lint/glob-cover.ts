import { compileGlob } from '../glob.ts';

/**
 * Whether a glob is certainly like every text that another is like. False where that can't be told: a rule that asks may
 * then stay silent.
 */
export function covers(wide: string, narrow: string): boolean {
  if (wide === narrow || wide === '*') return true;
  // Read as a text, the star of the narrow one stands for any: only a star of the wide one is like all of these.
  if (wide.includes('?') && narrow.includes('*')) return false;
  return compileGlob(wide)(narrow);
}

/** Whether each of some globs is covered by one of others; false of no globs. */
export function allCovered(narrow: readonly string[], wide: readonly string[]): boolean {
  return narrow.length > 0 && narrow.every((one) => wide.some((other) => covers(other, one)));
}
