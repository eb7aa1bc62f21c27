import type { Budget } from './budget.ts';
import { isList, isMap, itemAt, keyOf, lookUp } from './containers.ts';
import { compileDottedName } from './names.ts';
import { type Evaluate, type Node, positionOf, type Scope, startOf } from './program.ts';
import { Failure, fromJson, isJsonObject, Optional, type Result, type Value } from './values.ts';

/** A key of this length costs no more than the node that reads it. */
const SHORT = 64;

/** Reads a field, or at an index. `missing` is what to return if there is nothing. */
type Access = (from: Result, key: Value, missing: Failure, budget: Budget) => Result;

/** Compiles `value.name`. */
export function compileField(node: Node<'.'>, scope: Scope): Evaluate {
  return compileDottedName(node, scope) ?? compileNamed(node.args, positionOf(node), scope, access);
}

/** Compiles `value.?name`. */
export function compileOptionalField(node: Node<'.?'>, scope: Scope): Evaluate {
  return compileNamed(node.args, positionOf(node), scope, accessOptional);
}

/** Compiles `value[key]`. */
export function compileIndex(node: Node<'[]'>, scope: Scope): Evaluate {
  return compileIndexed(node.args, scope, access);
}

/** Compiles `value[?key]`. */
export function compileOptionalIndex(node: Node<'[?]'>, scope: Scope): Evaluate {
  return compileIndexed(node.args, scope, accessOptional);
}

/** Compiles what has() asks: whether the field that a node would read is there. */
export function compilePresence(node: Node<'.'>, scope: Scope): Evaluate {
  return compileNamed(node.args, positionOf(node), scope, isPresent);
}

function compileNamed([fromNode, name]: readonly [Node, string], start: number, scope: Scope, read: Access): Evaluate {
  const from = scope.compile(fromNode);
  const missing = new Failure(`no such key ${JSON.stringify(name)}`, start);
  return (frame) => read(from(frame), name, missing, frame.budget);
}

function compileIndexed([fromNode, keyNode]: readonly [Node, Node], scope: Scope, read: Access): Evaluate {
  const [from, key] = [scope.compile(fromNode), scope.compile(keyNode)];
  const missing = new Failure(`no such ${keyText(keyNode)}`, startOf(keyNode));
  return (frame) => {
    const value = from(frame);
    // Of nothing, nothing is read, whatever the key.
    if (value instanceof Failure || value === Optional.none) return value;
    const at = key(frame);
    return at instanceof Failure ? at : read(value, at, missing, frame.budget);
  };
}

/** A key that stands in the expression may be told. One that was read from an object may not. */
function keyText({ op, args }: Node): string {
  if (op !== 'value') return 'key or index';
  return typeof args === 'string' ? `key ${JSON.stringify(args)}` : `index ${String(args)}`;
}

function access(from: Result, key: Value, missing: Failure, budget: Budget): Result {
  if (typeof key === 'string' && isJsonObject(from)) {
    if (key.length > SHORT) budget.chargeText(key.length);
    const found = Object.hasOwn(from, key) ? fromJson(from[key]) : undefined;
    return found === undefined ? missing : found;
  }
  if (from instanceof Failure) return from;
  // What is read of an optional is optional again.
  if (from instanceof Optional) return accessOptional(from, key, missing, budget);
  const found = at(from, key, budget);
  return found === undefined ? missing : found;
}

function accessOptional(from: Result, key: Value, missing: Failure, budget: Budget): Result {
  if (from instanceof Failure) return from;
  const inner = from instanceof Optional ? from.value : from;
  if (inner === undefined) return Optional.none;
  if (!canBeKey(key, inner)) return missing;
  const found = at(inner, key, budget);
  return found === undefined ? Optional.none : new Optional(found);
}

function isPresent(from: Result, key: Value, missing: Failure, budget: Budget): Result {
  if (from instanceof Failure) return from;
  const inner = from instanceof Optional ? from.value : from;
  if (inner === undefined) return false;
  return isList(inner) ? missing : isMap(inner) && lookUp(inner, key, budget) !== undefined;
}

function at(from: Value, key: Value, budget: Budget): Value | undefined {
  if (isMap(from)) return lookUp(from, key, budget);
  const position = isList(from) ? listIndex(key) : undefined;
  return isList(from) && position !== undefined ? itemAt(from, position) : undefined;
}

/** Whether a value could be asked for with such a key. A list is asked for by number: with a name, something else was meant. */
function canBeKey(key: Value, inner: Value): boolean {
  return isList(inner) ? listIndex(key) !== undefined : typeof key === 'number' || keyOf(key) !== undefined;
}

/** A key as the index of a list; undefined if it can't be one. */
function listIndex(key: Value): number | undefined {
  return typeof key === 'bigint' || (typeof key === 'number' && Number.isInteger(key)) ? Number(key) : undefined;
}
