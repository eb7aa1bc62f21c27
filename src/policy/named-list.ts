import { isObject, own } from './json.ts';

/** One thing that may stand in an old and a new list. */
export interface AlignedItem {
  /** How the item is written in a path: its name, or its index where the list has no names. */
  readonly label: string;
  readonly from?: unknown;
  readonly to?: unknown;
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
  for (const properties of NAMES) {
    const fromByName = byName(from, properties);
    const toByName = byName(to, properties);
    if (fromByName !== undefined && toByName !== undefined) return pair(fromByName, toByName);
  }
  return pair(byIndex(from), byIndex(to));
}

/** Undefined if an item has no such name. A name that occurs again (env may) is told apart by its count. */
function byName(list: readonly unknown[], properties: readonly string[]): Map<string, unknown> | undefined {
  const result = new Map<string, unknown>();
  for (const item of list) {
    if (!isObject(item) || own(item, properties[0] ?? '') === undefined) return undefined;
    const name = properties
      .map((property) => own(item, property))
      .filter((part) => part !== undefined)
      .join('/');
    let label = name;
    for (let count = 2; result.has(label); count++) label = `${name}#${count}`;
    result.set(label, item);
  }
  return result;
}

const byIndex = (list: readonly unknown[]): Map<string, unknown> =>
  new Map(list.map((item, index) => [String(index), item]));

function pair(from: Map<string, unknown>, to: Map<string, unknown>): AlignedItem[] {
  const items: AlignedItem[] = [];
  for (const [label, item] of from) items.push({ label, from: item, to: to.get(label) });
  for (const [label, item] of to) if (!from.has(label)) items.push({ label, to: item });
  return items;
}
