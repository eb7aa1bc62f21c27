import type { Budget } from './budget.ts';
import { Duration, Failure, type Result, Timestamp, type Value } from './values.ts';

/** Compares two values: negative, 0 or positive. Returns undefined if they have no order, a Failure for NaN. */
export function compare(left: Value, right: Value, budget: Budget): number | Failure | undefined {
  if (typeof left === 'bigint' && typeof right === 'bigint') return order(left, right);
  if (isNumber(left) && isNumber(right)) return compareDoubles(Number(left), Number(right));
  if (typeof left === 'string' && typeof right === 'string') return compareTexts(left, right, budget);
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if (left instanceof Timestamp && right instanceof Timestamp) return order(left.nanoseconds, right.nanoseconds);
  if (left instanceof Duration && right instanceof Duration) return order(left.nanoseconds, right.nanoseconds);
  return undefined;
}

function isNumber(value: Result): value is bigint | number {
  return typeof value === 'bigint' || typeof value === 'number';
}

function order<T extends bigint | number | string>(left: T, right: T): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function compareDoubles(left: number, right: number): number | Failure {
  if (Number.isNaN(left) || Number.isNaN(right)) return new Failure('NaN has no order');
  return order(left, right);
}

const SURROGATE = /[\ud800-\udfff]/;

/** By code points, where JavaScript orders by 16-bit units: characters beyond those come last. */
function compareTexts(left: string, right: string, budget: Budget): number {
  const length = Math.min(left.length, right.length);
  budget.chargeText(length);
  if (!SURROGATE.test(left) && !SURROGATE.test(right)) return order(left, right);
  budget.charge(length / 4);
  for (let index = 0; index < length; index += 1) {
    const [one, other] = [left.charCodeAt(index), right.charCodeAt(index)];
    if (one !== other) return order(fixUp(one), fixUp(other));
  }
  return order(left.length, right.length);
}

/** Moves surrogates behind all other units. */
function fixUp(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
