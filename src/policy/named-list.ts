import { isScalar, own } from './json.ts';

/** A name is written into paths: a longer one is cut, since a stranger chose it. */
const MAX_LABEL_LENGTH = 256;

/** One thing that may stand in an old and a new list. */
export interface AlignedItem {
  /** How the item is written in a path: its name, or its index where the list has no names. */
  readonly label: string;
  readonly from?: unknown;
  readonly to?: unknown;
  /** Where a named item stands in the new list; undefined if it is not there. */
  readonly position?: number;
}

/**
 * The properties that name the items of the API's lists, in the order in which they are tried. Ports often have no name,
 * mounts are known by their path, owners by uid, conditions by type.
 */
const NAMES: readonly (readonly string[])[] = [
  ['name'],
  ['containerPort', 'protocol'],
  ['port', 'protocol'],
  ['mountPath'],
  ['devicePath'],
  ['uid'],
  ['type'],
];

/**
 * Pairs the items of two lists: by name where every item of both has one, else by position. So a reordered list of named
 * things is the same list, and an item that was put in the middle doesn't shift the others.
 */
export function alignLists(from: readonly unknown[], to: readonly unknown[]): AlignedItem[] {
  const same = inSameOrder(from, to);
  if (same !== undefined) return same;
  for (const properties of NAMES) {
    const fromByName = byName(from, properties);
    const toByName = byName(to, properties);
    if (fromByName !== undefined && toByName !== undefined) return pair(fromByName, toByName);
  }
  return byPlace(from, to);
}

/** The usual case, told quickly: items of the same names at the same places. Undefined for any other. */
function inSameOrder(from: readonly unknown[], to: readonly unknown[]): AlignedItem[] | undefined {
  if (from.length !== to.length) return undefined;
  const items: AlignedItem[] = [];
  const labels = new Set<string>();
  for (let position = 0; position < from.length; position++) {
    const label = own(from[position], 'name');
    if (typeof label !== 'string' || label.length > MAX_LABEL_LENGTH || label !== own(to[position], 'name'))
      return undefined;
    items.push({ label, from: from[position], to: to[position], position });
    labels.add(label);
  }
  return labels.size === items.length ? items : undefined;
}

/**
 * Undefined if an item has no such name. A name that occurs again (env may) is told apart by its count, which is kept: to
 * count from 2 each time would take a list of one name, a hundred thousand times, hours.
 */
function byName(list: readonly unknown[], properties: readonly string[]): Map<string, unknown> | undefined {
  const result = new Map<string, unknown>();
  const counts = new Map<string, number>();
  for (const item of list) {
    const name = nameOf(item, properties);
    if (name === undefined) return undefined;
    let count = counts.get(name) ?? 1;
    let label = count === 1 ? name : `${name}#${count}`;
    for (; result.has(label); label = `${name}#${count}`) count++;
    counts.set(name, count);
    result.set(label, item);
  }
  return result;
}

/** Only scalars name an item: an object as a name would be no name, and could fail to become text. */
function nameOf(item: unknown, properties: readonly string[]): string | undefined {
  const parts = properties.map((property) => own(item, property));
  if (!isScalar(parts[0])) return undefined;
  return parts.filter(isScalar).join('/').slice(0, MAX_LABEL_LENGTH);
}

/** Items at the same place. Their order is what they are told apart by, so none has a position of its own. */
function byPlace(from: readonly unknown[], to: readonly unknown[]): AlignedItem[] {
  const items: AlignedItem[] = [];
  for (let index = 0; index < Math.max(from.length, to.length); index++) {
    items.push({ label: String(index), from: from[index], to: to[index] });
  }
  return items;
}

/** Whether items that are in both lists stand in another order. */
export function isReordered(items: readonly AlignedItem[]): boolean {
  let last = -1;
  for (const { from, position } of items) {
    if (from === undefined || position === undefined) continue;
    if (position < last) return true;
    last = position;
  }
  return false;
}

function pair(from: Map<string, unknown>, to: Map<string, unknown>): AlignedItem[] {
  const positions = new Map([...to.keys()].map((label, position) => [label, position]));
  const there = (label: string) => {
    const position = positions.get(label);
    return position === undefined ? {} : { to: to.get(label), position };
  };
  const kept = [...from].map(([label, item]) => ({ label, from: item, ...there(label) }));
  const added = [...to.keys()].filter((label) => !from.has(label)).map((label) => ({ label, ...there(label) }));
  return [...kept, ...added];
}
