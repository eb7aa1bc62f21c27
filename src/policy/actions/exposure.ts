import type { Change } from '../decision.ts';
import type { Target } from '../target.ts';

/** Tells what of a change lets more of the outside in, or to more. */
export type Exposure = (target: Target) => Change[];

/** One way in from outside. */
export interface WayIn {
  /** The same for ways that mean the same. */
  readonly key: string;
  readonly path: string;
  /** Where it leads, in words. */
  readonly text: string;
}

/** The ways in that were not there before, each as a change. */
export function newWays(from: readonly WayIn[], to: readonly WayIn[]): Change[] {
  const known = new Set(from.map(({ key }) => key));
  return to.filter(({ key }) => !known.has(key)).map(({ path, text }) => ({ path, to: text }));
}
