import type { Change } from './decision.ts';
import { cut } from './describe.ts';
import { isObject, own } from './json.ts';
import { type AlignedItem, alignLists, isReordered } from './named-list.ts';

/** Objects nested deeper are taken as changed: a comparison must not run out of stack. */
const MAX_DEPTH = 100;

/**
 * A diff stops here: an object of 3 MiB can have a million differences. Far more than people make, so that nobody hides
 * one change behind others, and a condition that has not found what it looks for can't tell.
 */
export const MAX_CHANGES = 20_000;

/** The longest keys that Kubernetes itself has are of labels (317); a custom resource can have some of a megabyte. */
const MAX_KEY_LENGTH = 317;

/** Writes a key into a path: `.spec` or `['app.kubernetes.io/name']`. A key that is too long is cut. */
export function keySegment(key: string): string {
  if (key.length > MAX_KEY_LENGTH) return `['${cut(key, MAX_KEY_LENGTH)}']`;
  return /^[A-Za-z_][\w-]*$/.test(key) ? `.${key}` : `['${key}']`;
}

/** How two values are compared. */
export interface DiffOptions {
  /** How many changes are enough. */
  readonly limit?: number;
  /** Whether another order of named things is a change as well, as it is to what runs them one after the other. */
  readonly ordered?: boolean;
}

/**
 * The differences between two JSON values, as the changes of their innermost parts. Lists of named things are compared by
 * name. An added or removed part is one change.
 */
export function diff(from: unknown, to: unknown, path: string, options: DiffOptions = {}): Change[] {
  const { limit = MAX_CHANGES, ordered = false } = options;
  const comparison = new Comparison(path, limit, ordered);
  comparison.compare(from ?? undefined, to ?? undefined, 0);
  return comparison.changes;
}

/** Whether two JSON values differ, in the sense of `diff`. */
export function differs(from: unknown, to: unknown): boolean {
  return diff(from, to, '$', { limit: 1 }).length > 0;
}

/** Lists in lists are looked at twice, as a whole and item by item, so only down to here. */
const MAX_LIST_LEVELS = 4;

class Comparison {
  readonly changes: Change[] = [];
  readonly #root: string;
  readonly #limit: number;
  readonly #ordered: boolean;
  // Most parts do not differ: where they are is written down for those alone that do.
  readonly #place: (string | AlignedItem)[] = [];
  #lists = 0;

  constructor(root: string, limit: number, ordered: boolean) {
    this.#root = root;
    this.#limit = limit;
    this.#ordered = ordered;
  }

  compare(from: unknown, to: unknown, depth: number): void {
    if (from === to || this.changes.length >= this.#limit) return;
    if (depth > MAX_DEPTH) {
      this.#add(from, to);
    } else if (isObject(from) && isObject(to)) {
      for (const key of Object.keys(from)) this.#part(key, from[key] ?? undefined, own(to, key), depth);
      for (const key of Object.keys(to)) {
        if (!Object.hasOwn(from, key)) this.#part(key, undefined, to[key] ?? undefined, depth);
      }
    } else if (Array.isArray(from) && Array.isArray(to)) {
      this.#compareLists(from, to, depth);
    } else {
      this.#add(from, to);
    }
  }

  #part(at: string | AlignedItem, from: unknown, to: unknown, depth: number): void {
    if (from === to) return;
    this.#place.push(at);
    this.compare(from, to, depth + 1);
    this.#place.pop();
  }

  #compareLists(from: readonly unknown[], to: readonly unknown[], depth: number): void {
    if (this.#lists < MAX_LIST_LEVELS && isSame(from, to, depth)) return;
    this.#lists += 1;
    const items = alignLists(from, to);
    if (this.#ordered && isReordered(items)) this.#addOrder(items);
    for (const item of items) {
      if (this.changes.length >= this.#limit) break;
      this.#part(item, item.from ?? undefined, item.to ?? undefined, depth);
    }
    this.#lists -= 1;
  }

  #addOrder(items: readonly AlignedItem[]): void {
    const names = (of: readonly AlignedItem[]) => of.map(({ label }) => label);
    const after = items.filter(({ position }) => position !== undefined);
    this.#add(
      names(items.filter(({ from }) => from !== undefined)),
      names(after.toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0))),
    );
  }

  #add(from: unknown, to: unknown): void {
    const segments = this.#place.map((at) => (typeof at === 'string' ? keySegment(at) : `[${at.label}]`));
    this.changes.push({ path: this.#root + segments.join(''), from, to });
  }
}

/** Whether two values are the same, lists item by item. Quick to tell of what is; null counts as missing. */
function isSame(from: unknown, to: unknown, depth: number): boolean {
  if (from === to) return true;
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(from)) {
    return (
      Array.isArray(to) &&
      from.length === to.length &&
      from.every((item, index) => isSame(item ?? undefined, to[index] ?? undefined, depth + 1))
    );
  }
  if (!isObject(from) || !isObject(to)) return false;
  return (
    Object.keys(from).every((key) => isSame(from[key] ?? undefined, own(to, key), depth + 1)) &&
    Object.keys(to).every((key) => Object.hasOwn(from, key) || (to[key] ?? undefined) === undefined)
  );
}
