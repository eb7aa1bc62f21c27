import { isDeepStrictEqual } from 'node:util';
import { isObject, stringAt } from '../../../../src/policy/json.ts';

/**
 * Makes of what is stored what a test makes of its old object: only what differs between old and new is changed, so that what
 * the API server has set stays. Lists of named things are taken by name.
 */
export function carryOver(stored: unknown, before: unknown, after: unknown): unknown {
  if (isDeepStrictEqual(before, after)) return stored;
  // What a test adds is added to what is there all the same.
  if (isObject(stored) && isObject(after) && (before === undefined || isObject(before))) {
    return carryObject(stored, before ?? {}, after);
  }
  if (Array.isArray(stored) && Array.isArray(before) && Array.isArray(after)) return carryList(stored, before, after);
  return after;
}

type Fields = Readonly<Record<string, unknown>>;

function carryObject(stored: Fields, before: Fields, after: Fields): Fields {
  const removed = new Set(Object.keys(before).filter((key) => !Object.hasOwn(after, key)));
  const kept = Object.entries(stored).filter(([key]) => !removed.has(key));
  const changed = Object.keys(after)
    .filter((key) => !isDeepStrictEqual(before[key], after[key]))
    .map((key) => [key, carryOver(stored[key], before[key], after[key])]);
  return Object.fromEntries([...kept, ...changed]);
}

function carryList(stored: readonly unknown[], before: readonly unknown[], after: readonly unknown[]): unknown {
  if (![...stored, ...before, ...after].every((item) => keyOf(item) !== undefined)) return after;
  const find = (items: readonly unknown[], item: unknown) => items.find((other) => keyOf(other) === keyOf(item));
  const added = stored.filter((item) => find(before, item) === undefined && find(after, item) === undefined);
  return [...after.map((item) => carryOver(find(stored, item) ?? item, find(before, item), item)), ...added];
}

/** What a thing in a list is known by: containers and volumes have a name, taints a key and an effect, ports a number. */
function keyOf(item: unknown): string | undefined {
  const name = stringAt(item, 'name') ?? stringAt(item, 'key');
  return name === undefined ? undefined : `${name} ${stringAt(item, 'effect') ?? ''}`;
}
