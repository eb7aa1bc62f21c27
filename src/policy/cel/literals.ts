import { keyOf } from './containers.ts';
import { isInt64 } from './integers.ts';
import { type Evaluate, type Node, positionOf, refusal, type Scope, startOf } from './program.ts';
import { Failure, type Key, List, MapValue, type Value } from './values.ts';

const NO_KEY = 'the key of a map must be a string, an int or a bool';
const SAME_KEY = 'a map has the same key twice';

/** Compiles a literal. */
export function compileLiteral(node: Node<'value'>, scope: Scope): Evaluate {
  const value = node.args;
  if (typeof value === 'object' && value !== null)
    throw refusal('bytes and unsigned integers are not supported', positionOf(node));
  if (typeof value === 'bigint' && !isInt64(value)) throw refusal('an integer has more than 64 bits', positionOf(node));
  // The parser reads on where a raw string ends, which is at the first quote.
  const text = scope.program.source.slice(node.range.start, node.range.end);
  if (/^r/i.test(text) && text.includes(`\\${text.charAt(1)}`)) {
    throw refusal('a raw string has a quote after a backslash', positionOf(node));
  }
  return () => value;
}

/** Compiles a list. One of literals alone is made once. */
export function compileList(node: Node<'list'>, scope: Scope): Evaluate {
  const items = node.args.map((item) => scope.compile(item));
  if (node.args.every((item) => item.op === 'value')) {
    const list = new List(node.args.map((item) => item.args as Value));
    return () => list;
  }
  return (frame) => {
    const values: Value[] = [];
    for (const item of items) {
      const value = item(frame);
      if (value instanceof Failure) return value;
      values.push(value);
    }
    return new List(values);
  };
}

/** Compiles a map. */
export function compileMap(node: Node<'map'>, scope: Scope): Evaluate {
  refuseKeys(node);
  const entries = node.args.map(([key, value]) => [scope.compile(key), scope.compile(value), startOf(key)] as const);
  return (frame) => {
    const map = new Map<Key, Value>();
    for (const [keyOfEntry, valueOfEntry, position] of entries) {
      const [written, value] = [keyOfEntry(frame), valueOfEntry(frame)];
      if (written instanceof Failure) return written;
      if (value instanceof Failure) return value;
      const key = keyOf(written);
      if (key === undefined) return new Failure(NO_KEY, position);
      if (map.has(key)) return new Failure(SAME_KEY, position);
      map.set(key, value);
    }
    return new MapValue(map);
  };
}

/** Tells at once of literal keys that can be none, or that are there twice. */
function refuseKeys({ args }: Node<'map'>): void {
  const found = new Set<Key>();
  for (const [node] of args) {
    if (node.op !== 'value') continue;
    const key = keyOf(node.args as Value);
    if (key === undefined) throw refusal(NO_KEY, positionOf(node));
    if (found.has(key)) throw refusal(SAME_KEY, positionOf(node));
    found.add(key);
  }
}
