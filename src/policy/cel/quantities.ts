import { parseQuantity } from '../quantity.ts';
import type { Budget } from './budget.ts';
import { isInt64 } from './integers.ts';
import { func, method, type Overload } from './overload.ts';
import { Failure, Quantity } from './values.ts';

const BILLION = 1_000_000_000n;
const QUANTITY = 'kubernetes.Quantity';

const UNREADABLE = new Failure('quantity() needs a quantity as in 500m or 1.5Gi');
const NO_INTEGER = new Failure('the quantity is not an integer of 64 bits');

/** Quantities: those of the Kubernetes CEL library. */
export const QUANTITY_FUNCTIONS: readonly Overload[] = [
  func('quantity', ['string'], QUANTITY, ([text], budget) => {
    const billionths = parse(text, budget);
    return billionths === undefined ? UNREADABLE : new Quantity(billionths);
  }),
  func('isQuantity', ['string'], 'bool', ([text], budget) => parse(text, budget) !== undefined),
  method('isGreaterThan', [QUANTITY, QUANTITY], 'bool', ([left, right]) => left.billionths > right.billionths),
  method('isLessThan', [QUANTITY, QUANTITY], 'bool', ([left, right]) => left.billionths < right.billionths),
  method('compareTo', [QUANTITY, QUANTITY], 'int', ([left, right]) => sign(left.billionths - right.billionths)),
  method('add', [QUANTITY, QUANTITY], QUANTITY, ([left, right]) => new Quantity(left.billionths + right.billionths)),
  method('add', [QUANTITY, 'int'], QUANTITY, ([left, right]) => new Quantity(left.billionths + right * BILLION)),
  method('sub', [QUANTITY, QUANTITY], QUANTITY, ([left, right]) => new Quantity(left.billionths - right.billionths)),
  method('sub', [QUANTITY, 'int'], QUANTITY, ([left, right]) => new Quantity(left.billionths - right * BILLION)),
  // Kubernetes documents a method and registers a function.
  method('sign', [QUANTITY], 'int', ([{ billionths }]) => sign(billionths)),
  func('sign', [QUANTITY], 'int', ([{ billionths }]) => sign(billionths)),
  method('isInteger', [QUANTITY], 'bool', ([{ billionths }]) => isInteger(billionths)),
  method('asInteger', [QUANTITY], 'int', ([{ billionths }]) =>
    isInteger(billionths) ? billionths / BILLION : NO_INTEGER,
  ),
  method('asApproximateFloat', [QUANTITY], 'double', ([{ billionths }]) => Number(billionths) / Number(BILLION)),
];

/** Parses a quantity. A long exponent makes a number of thousands of bits, with which everything takes longer. */
function parse(text: string, budget: Budget): bigint | undefined {
  budget.charge(/[eE][+-]?\d{3}/.test(text.slice(-5)) ? 5000 : 150);
  return parseQuantity(text);
}

function sign(value: bigint): bigint {
  if (value === 0n) return 0n;
  return value > 0n ? 1n : -1n;
}

function isInteger(billionths: bigint): boolean {
  return billionths % BILLION === 0n && isInt64(billionths / BILLION);
}
