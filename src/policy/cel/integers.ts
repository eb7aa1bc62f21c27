import { Failure, type Result } from './values.ts';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** Whether an integer has 64 bits at most, as an int must. */
export function isInt64(value: bigint): boolean {
  return value >= MIN && value <= MAX;
}

/** The integer, or a failure if it has more than 64 bits. */
export function int64(value: bigint): Result {
  return isInt64(value) ? value : new Failure('an integer overflows 64 bits');
}

/** A double cut to an integer, or a failure. As in cel-go the smallest int itself is out of reach. */
export function intOfDouble(value: number): Result {
  if (value > Number(MIN) && value < Number(MAX)) return BigInt(Math.trunc(value));
  return new Failure('an integer overflows 64 bits');
}
