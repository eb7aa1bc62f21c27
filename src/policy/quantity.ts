/**
 * Kubernetes quantities, exact. The grammar is that of apimachinery's resource.Quantity: a signed decimal number and a
 * suffix, binary (Ki ... Ei), decimal (n, u, m, none, k ... E) or an exponent (e3, E-2). As there, what is finer than
 * a billionth is rounded away from zero, a suffix without digits is 0 of it, and what has a binary suffix ends at 2^63-1.
 */
const FORMAT = /^([+-]?)(\d*)\.?(\d*)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/;

const NANO = 1_000_000_000n;

const DECIMAL_EXPONENT: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY_POWER: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

const MAX_BINARY = (2n ** 63n - 1n) * NANO;

/** A longer text is no quantity, and a larger exponent is this one: nobody needs either, and big numbers cost time. */
const MAX_LENGTH = 256;
const MAX_EXPONENT = 1000;

/** Parses a quantity or a number. Returns its billionths, or undefined if it is neither. */
export function parseQuantity(value: unknown): bigint | undefined {
  if (Number.isSafeInteger(value)) return BigInt(value as number) * NANO;
  if (typeof value === 'number') return Number.isFinite(value) ? parseQuantity(plain(value)) : undefined;
  if (typeof value !== 'string' || value === '' || value.length > MAX_LENGTH) return undefined;
  const match = FORMAT.exec(value);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  const magnitude = scale(whole, fraction, suffix);
  return sign === '-' ? -magnitude : magnitude;
}

function scale(whole: string, fraction: string, suffix: string): bigint {
  const mantissa = BigInt(whole + fraction) * NANO;
  const binary = BINARY_POWER[suffix];
  if (binary === undefined) return shifted(mantissa, decimalExponent(suffix) - fraction.length);
  const value = shifted(mantissa << BigInt(binary), -fraction.length);
  return value > MAX_BINARY ? MAX_BINARY : value;
}

function shifted(value: bigint, exponent: number): bigint {
  return exponent >= 0 ? value * 10n ** BigInt(exponent) : divideUp(value, 10n ** BigInt(-exponent));
}

function decimalExponent(suffix: string): number {
  if (suffix === '') return 0;
  const exponent = DECIMAL_EXPONENT[suffix] ?? Number(suffix.slice(1));
  return Math.max(-MAX_EXPONENT, Math.min(MAX_EXPONENT, exponent));
}

function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

/** A number as digits: String() would write 1e-7 or 1e+21, which it does here too, and the grammar reads it. */
function plain(value: number): string {
  return String(value).replace('e+', 'e');
}
