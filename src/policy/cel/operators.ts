import { ARITHMETIC, negate } from './arithmetic.ts';
import type { Budget } from './budget.ts';
import { isEqual, isIn } from './equality.ts';
import { isInt64 } from './integers.ts';
import { compare } from './ordering.ts';
import { refuseMixedComparison } from './precedence.ts';
import { type Binary, type Evaluate, type Node, positionAfter, positionOf, type Scope } from './program.ts';
import { Failure, kindOf, Quantity, type Result, type Value } from './values.ts';

/** The operators that need the values of both sides. Each returns undefined for values that it does not take. */
type BinaryOperation = (left: Value, right: Value, budget: Budget) => Result | undefined;

const BINARY: Readonly<Record<Binary, BinaryOperation>> = {
  ...ARITHMETIC,
  '==': equal,
  '!=': (left, right, budget) => {
    const result = equal(left, right, budget);
    return typeof result === 'boolean' ? !result : result;
  },
  in: isIn,
  '<': ordered((order) => order < 0),
  '<=': ordered((order) => order <= 0),
  '>': ordered((order) => order > 0),
  '>=': ordered((order) => order >= 0),
};

function equal(left: Value, right: Value, budget: Budget): Result | undefined {
  // As in Kubernetes. The number that looks like it would be unequal for no visible reason.
  if (left instanceof Quantity !== right instanceof Quantity) return undefined;
  return isEqual(left, right, budget);
}

function ordered(holds: (order: number) => boolean): BinaryOperation {
  return (left, right, budget) => {
    const order = compare(left, right, budget);
    return typeof order === 'number' ? holds(order) : order;
  };
}

/** Compiles an operator with two operands. */
export function compileBinary(node: Node<Binary>, scope: Scope): Evaluate {
  const [leftNode, rightNode] = node.args;
  refuseMixedComparison(node, scope.program);
  const [left, right] = [scope.compile(leftNode), scope.compile(rightNode)];
  const operation = BINARY[node.op];
  const position = positionAfter(leftNode, node.op, scope.program);
  return (frame) => {
    const one = left(frame);
    if (one instanceof Failure) return one;
    const other = right(frame);
    if (other instanceof Failure) return other;
    const result = operation(one, other, frame.budget);
    if (result === undefined) return notTaken(node.op, [one, other], position);
    return placed(result, position);
  };
}

/** Compiles `-`. The smallest int can only be written with it. */
export function compileMinus(node: Node<'-_'>, scope: Scope): Evaluate {
  const literal = node.args.op === 'value' && typeof node.args.args === 'bigint' ? -node.args.args : undefined;
  if (literal !== undefined && isInt64(literal)) return () => literal;
  const operand = scope.compile(node.args);
  const position = positionOf(node);
  return (frame) => {
    const value = operand(frame);
    if (value instanceof Failure) return value;
    const result = negate(value);
    return result === undefined ? notTaken('-', [value], position) : placed(result, position);
  };
}

/** Compiles `!`. */
export function compileNot(node: Node<'!_'>, scope: Scope): Evaluate {
  const operand = scope.compile(node.args);
  const position = positionOf(node);
  return (frame) => {
    const value = operand(frame);
    if (typeof value === 'boolean') return !value;
    return value instanceof Failure ? value : notTaken('!', [value], position);
  };
}

/** The failure of something that does not take values of those kinds. */
export function notTaken(what: string, values: readonly Value[], position: number): Failure {
  return new Failure(`"${what}" can't take ${values.map(kindOf).join(' and ')}`, position);
}

/** The failure of a condition that is neither true nor false. */
export function notBoolean(value: Value, position: number): Failure {
  return new Failure(`a condition has type ${kindOf(value)}, not bool`, position);
}

/** A result, with the position of what failed. */
export function placed(result: Result, position: number): Result {
  return result instanceof Failure && result.position === undefined ? new Failure(result.reason, position) : result;
}
