import type { KubeObject } from '../review.ts';
import type { Budget } from './budget.ts';
import { fromJson, isJsonObject, type Key, List, MapValue, type Result, type Value } from './values.ts';

/** A list: of an object of the cluster, or made by the expression. */
export type AnyList = readonly unknown[] | List;

/** A map: of an object of the cluster, or made by the expression. */
export type AnyMap = KubeObject | MapValue;

/** Listing the keys of a large object takes about this many steps a key. */
const STEPS_A_KEY = 5;

/** Whether a value is a list. */
export function isList(value: Result): value is AnyList {
  return Array.isArray(value) || value instanceof List;
}

/** Whether a value is a map. */
export function isMap(value: Result): value is AnyMap {
  return isJsonObject(value) || value instanceof MapValue;
}

/** How many items a list has. */
export function lengthOf(list: AnyList): number {
  return list instanceof List ? list.items.length : list.length;
}

/** An item of a list; undefined outside. */
export function itemAt(list: AnyList, index: number): Value | undefined {
  return list instanceof List ? list.items[index] : fromJson(list[index]);
}

/** All items of a list. */
export function itemsOf(list: AnyList, budget: Budget): readonly Value[] {
  budget.charge(lengthOf(list));
  return list instanceof List ? list.items : list.map((item) => fromJson(item) ?? null);
}

/** A value as the key of a map; undefined if it can't be one. */
export function keyOf(value: Value): Key | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined;
  return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint' ? value : undefined;
}

/** The value at a key that the map itself has; undefined if there is none. */
export function lookUp(map: AnyMap, key: Value, budget: Budget): Value | undefined {
  if (typeof key === 'string') budget.chargeText(key.length);
  if (map instanceof MapValue) {
    const own = keyOf(key);
    return own === undefined ? undefined : map.entries.get(own);
  }
  return typeof key === 'string' && Object.hasOwn(map, key) ? fromJson(map[key]) : undefined;
}

/** The keys of maps that have many. Listing them takes a third of the time that the JSON took to parse, so it is done once. */
const MANY_KEYS = new WeakMap<object, readonly string[]>();
const MANY = 1000;

/** The keys of a map. */
export function keysOf(map: AnyMap, budget: Budget): readonly Key[] {
  if (!(map instanceof MapValue)) return jsonKeysOf(map, budget);
  budget.charge(map.entries.size * STEPS_A_KEY);
  return [...map.entries.keys()];
}

/** The keys of a map of an object of the cluster. */
export function jsonKeysOf(map: KubeObject, budget: Budget): readonly string[] {
  const keys = MANY_KEYS.get(map) ?? Object.keys(map);
  if (keys.length > MANY) MANY_KEYS.set(map, keys);
  budget.charge(keys.length * STEPS_A_KEY);
  return keys;
}
