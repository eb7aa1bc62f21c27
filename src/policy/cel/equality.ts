import { EvaluationError } from '../evaluation-context.ts';
import type { KubeObject } from '../review.ts';
import type { Budget } from './budget.ts';
import {
  type AnyList,
  type AnyMap,
  isList,
  isMap,
  itemAt,
  jsonKeysOf,
  keysOf,
  lengthOf,
  lookUp,
} from './containers.ts';
import {
  Duration,
  Failure,
  kindOf,
  Optional,
  Quantity,
  type Result,
  Special,
  Timestamp,
  TypeName,
  type Value,
} from './values.ts';

/** Deeper than any built-in kind, and far less than the stack holds. */
const MAX_DEPTH = 500;

/**
 * Whether two values are equal. Numbers are equal by value, whatever their type; values of different types are not equal.
 * Throws EvaluationError for what is nested too deeply.
 */
export function isEqual(left: Value, right: Value, budget: Budget, depth = 0): boolean {
  if (typeof left === 'bigint' || typeof left === 'number') return isEqualNumber(left, right);
  if (typeof left === 'string') return typeof right === 'string' && isEqualText(left, right, budget);
  if (left === null || typeof left !== 'object') return left === right;
  if (right === null || typeof right !== 'object') return false;
  if (!(left instanceof Special || right instanceof Special)) return isEqualJson(left, right, budget, depth);
  refuseDepth(depth);
  if (isList(left)) return isList(right) && isEqualList(left, right, budget, depth + 1);
  if (isMap(left)) return isMap(right) && isEqualMap(left, right, budget, depth + 1);
  if (left instanceof Optional) return right instanceof Optional && isEqualOptional(left, right, budget, depth + 1);
  return isEqualScalar(left, right);
}

/** The operator `in`. */
export function isIn(value: Value, container: Value, budget: Budget): Result {
  if (isMap(container)) return lookUp(container, value, budget) !== undefined;
  if (!isList(container)) return new Failure(`"in" needs a list or a map, not ${kindOf(container)}`);
  const length = lengthOf(container);
  for (let index = 0; index < length; index += 1) {
    budget.charge(2);
    if (isEqual(value, itemAt(container, index) ?? null, budget)) return true;
  }
  return false;
}

/** As cel-go does, an int is compared with a double as a double. */
function isEqualNumber(left: bigint | number, right: Value): boolean {
  if (typeof right === 'bigint') return typeof left === 'bigint' ? left === right : left === Number(right);
  return typeof right === 'number' && Number(left) === right;
}

function isEqualText(left: string, right: string, budget: Budget): boolean {
  if (left.length !== right.length) return false;
  budget.chargeText(left.length);
  return left === right;
}

function isEqualList(left: AnyList, right: AnyList, budget: Budget, depth: number): boolean {
  const length = lengthOf(left);
  if (length !== lengthOf(right)) return false;
  for (let index = 0; index < length; index += 1) {
    budget.charge(2);
    if (!isEqual(itemAt(left, index) ?? null, itemAt(right, index) ?? null, budget, depth)) return false;
  }
  return true;
}

function isEqualMap(left: AnyMap, right: AnyMap, budget: Budget, depth: number): boolean {
  const keys = keysOf(left, budget);
  if (keys.length !== keysOf(right, budget).length) return false;
  return keys.every((key) => {
    budget.charge(2);
    const other = lookUp(right, key, budget);
    return other !== undefined && isEqual(lookUp(left, key, budget) ?? null, other, budget, depth);
  });
}

function isEqualOptional(left: Optional, right: Optional, budget: Budget, depth: number): boolean {
  if (left.value === undefined || right.value === undefined) return left.value === right.value;
  return isEqual(left.value, right.value, budget, depth);
}

function isEqualScalar(left: Value, right: Value): boolean {
  if (left instanceof Timestamp) return right instanceof Timestamp && left.nanoseconds === right.nanoseconds;
  if (left instanceof Duration) return right instanceof Duration && left.nanoseconds === right.nanoseconds;
  if (left instanceof Quantity) return right instanceof Quantity && left.billionths === right.billionths;
  return left instanceof TypeName && right instanceof TypeName && left.name === right.name;
}

/** The same of two values of objects of the cluster, where no number needs to be converted. */
function isEqualJson(left: unknown, right: unknown, budget: Budget, depth: number): boolean {
  if (left === right) return true;
  if (typeof left === 'string') return typeof right === 'string' && isEqualText(left, right, budget);
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  refuseDepth(depth);
  if (Array.isArray(left)) return Array.isArray(right) && isEqualJsonList(left, right, budget, depth + 1);
  return !Array.isArray(right) && isEqualJsonMap(left as KubeObject, right as KubeObject, budget, depth + 1);
}

function isEqualJsonList(left: readonly unknown[], right: readonly unknown[], budget: Budget, depth: number): boolean {
  if (left.length !== right.length) return false;
  budget.charge(left.length * 2);
  return left.every((item, index) => isEqualJson(item, right[index], budget, depth));
}

function isEqualJsonMap(left: KubeObject, right: KubeObject, budget: Budget, depth: number): boolean {
  const keys = jsonKeysOf(left, budget);
  if (keys.length !== jsonKeysOf(right, budget).length) return false;
  for (const key of keys) {
    if (!(Object.hasOwn(right, key) && isEqualJson(left[key], right[key], budget, depth))) return false;
  }
  return true;
}

function refuseDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw new EvaluationError(`values nested more than ${MAX_DEPTH} deep can't be compared`);
}
