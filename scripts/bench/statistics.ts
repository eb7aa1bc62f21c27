/** The value at a share (0 to 1) of the values in order, between two of them if need be. Throws if there are none. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new Error('a quantile needs at least one value');
  return below + (above - below) * (position - Math.floor(position));
}

/** The value in the middle. Throws if there are none. */
export const median = (values: ArrayLike<number>): number => quantile(values, 0.5);

/** A figure that was measured once in each round: what it is in the middle, and how far the rounds are apart. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** How values spread. Throws if there are none. */
export const spreadOf = (values: ArrayLike<number>): Spread => ({
  median: median(values),
  least: quantile(values, 0),
  most: quantile(values, 1),
});
