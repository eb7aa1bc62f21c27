import type { Budget } from './budget.ts';
import { isList, itemsOf } from './containers.ts';
import { int64 } from './integers.ts';
import { addTimes, subtractTimes } from './times.ts';
import { Failure, List, type Result, type Value } from './values.ts';

/** An operator on two values. Returns undefined for values that it does not take. */
type Operation = (left: Value, right: Value, budget: Budget) => Result | undefined;

const BY_ZERO = new Failure('division by zero');

const add = numeric(
  (left, right) => int64(left + right),
  (left, right) => left + right,
);
const subtract = numeric(
  (left, right) => int64(left - right),
  (left, right) => left - right,
);

/** The arithmetic operators. */
export const ARITHMETIC: Readonly<Record<'+' | '-' | '*' | '/' | '%', Operation>> = {
  '+': (left, right, budget) => add(left, right) ?? concatenate(left, right, budget) ?? addTimes(left, right),
  '-': (left, right) => subtract(left, right) ?? subtractTimes(left, right),
  '*': numeric(
    (left, right) => int64(left * right),
    (left, right) => left * right,
  ),
  '/': numeric(
    (left, right) => (right === 0n ? BY_ZERO : int64(left / right)),
    (left, right) => left / right,
  ),
  '%': numeric(
    (left, right) => {
      if (right === 0n) return BY_ZERO;
      const quotient = int64(left / right);
      return quotient instanceof Failure ? quotient : left % right;
    },
    () => undefined,
  ),
};

/** The unary minus. Returns undefined for what it does not take. */
export function negate(value: Value): Result | undefined {
  if (typeof value === 'bigint') return int64(-value);
  return typeof value === 'number' ? -value : undefined;
}

/** Both must be of the same type: an int and a double can be compared, but not added. */
function numeric(
  ofInts: (left: bigint, right: bigint) => Result,
  ofDoubles: (left: number, right: number) => number | undefined,
): (left: Value, right: Value) => Result | undefined {
  return (left, right) => {
    if (typeof left === 'bigint' && typeof right === 'bigint') return ofInts(left, right);
    if (typeof left === 'number' && typeof right === 'number') return ofDoubles(left, right);
    return undefined;
  };
}

function concatenate(left: Value, right: Value, budget: Budget): Result | undefined {
  if (typeof left === 'string' && typeof right === 'string') {
    budget.chargeText(left.length + right.length);
    return left + right;
  }
  if (isList(left) && isList(right)) return new List([...itemsOf(left, budget), ...itemsOf(right, budget)]);
  return undefined;
}
