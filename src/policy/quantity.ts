/**
 * Kubernetes quantities, exact. The grammar is that of apimachinery's resource.Quantity: a signed decimal number and a
 * suffix, binary (Ki ... Ei), decimal (n, u, m, none, k ... E) or an exponent (e3, E-2). As there, what is finer than
 * a billionth is rounded away from zero.
 */
const FORMAT = /^([+-]?)(\d+\.?\d*|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,3})?$/;

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

/** A longer text is refused: no quantity needs it, and big numbers cost time. */
const MAX_LENGTH = 64;

/** Parses a quantity or a number. Returns its billionths, or undefined if it is neither. */
export function parseQuantity(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? parseQuantity(plain(value)) : undefined;
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return undefined;
  const match = FORMAT.exec(value);
  if (match === null) return undefined;
  const [, sign, digits = '', suffix = ''] = match;
  const magnitude = scale(digits, suffix);
  return sign === '-' ? -magnitude : magnitude;
}

function scale(digits: string, suffix: string): bigint {
  const [whole = '', fraction = ''] = digits.split('.');
  const mantissa = BigInt(whole + fraction) * NANO;
  const binary = BINARY_POWER[suffix];
  const exponent = binary === undefined ? decimalExponent(suffix) - fraction.length : -fraction.length;
  const multiplied = binary === undefined ? mantissa : mantissa << BigInt(binary);
  if (exponent >= 0) return multiplied * 10n ** BigInt(exponent);
  return divideUp(multiplied, 10n ** BigInt(-exponent));
}

function decimalExponent(suffix: string): number {
  if (suffix === '') return 0;
  return DECIMAL_EXPONENT[suffix] ?? Number(suffix.slice(1));
}

function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

/** A number as digits: String() would write 1e-7 or 1e+21, which it does here too, and the grammar reads it. */
function plain(value: number): string {
  return String(value).replace('e+', 'e');
}
