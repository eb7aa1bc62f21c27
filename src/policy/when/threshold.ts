import type { FieldErrors } from '../field-error.ts';
import { parseQuantity } from '../quantity.ts';

/** Tells whether a difference is large enough. All are billionths; `from` is the old value. */
export type Threshold = (difference: bigint, from: bigint) => boolean;

const PERCENT = /^(\d{1,9}(?:\.\d{1,9})?)%$/;

/** Parses a percentage, such as 50%. Returns its billionths, or undefined if it is none. */
export function parsePercentage(value: unknown): bigint | undefined {
  const match = typeof value === 'string' ? PERCENT.exec(value.trim()) : null;
  return match === null ? undefined : parseQuantity(match[1]);
}

/**
 * Compiles byMoreThan or byAtLeast: a percentage of the old value, a number or a quantity. From 0, any increase is more
 * than any percentage. Returns undefined, with an error noted, if it is none of these.
 */
export function compileThreshold(
  value: number | string,
  isInclusive: boolean,
  field: string,
  errors: FieldErrors,
): Threshold | undefined {
  const reaches = isInclusive ? (a: bigint, b: bigint) => a >= b : (a: bigint, b: bigint) => a > b;
  const share = parsePercentage(value);
  if (share !== undefined) {
    const whole = 100n * 1_000_000_000n;
    // Of 0 every share is 0, which every difference reaches.
    return (difference, from) => reaches(difference * whole, abs(from) * share);
  }
  const amount = parseQuantity(value);
  if (amount === undefined || amount < 0n) {
    errors.add(field, 'must be a percentage (50%), a number (3) or a quantity (512Mi), and not negative');
    return undefined;
  }
  return (difference) => reaches(difference, amount);
}

const abs = (value: bigint): bigint => (value < 0n ? -value : value);
