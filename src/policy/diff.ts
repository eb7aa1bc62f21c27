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
  const changes: Change[] = [];
  collect(from ?? undefined, to ?? undefined, path, 0, { changes, limit, ordered });
  return changes;
}

/** Whether two JSON values differ, in the sense of `diff`. */
export function differs(from: unknown, to: unknown): boolean {
  return diff(from, to, '$', { limit: 1 }).length > 0;
}

interface Collection extends Required<DiffOptions> {
  readonly changes: Change[];
}

function collect(from: unknown, to: unknown, path: string, depth: number, into: Collection): void {
  const { changes, limit } = into;
  if (from === to || changes.length >= limit) return;
  if (depth > MAX_DEPTH) {
    changes.push({ path, from, to });
  } else if (isObject(from) && isObject(to)) {
    for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
      collect(own(from, key), own(to, key), path + keySegment(key), depth + 1, into);
    }
  } else if (Array.isArray(from) && Array.isArray(to)) {
    collectItems(alignLists(from, to), path, depth, into);
  } else {
    changes.push({ path, from, to });
  }
}

function collectItems(items: readonly AlignedItem[], path: string, depth: number, into: Collection): void {
  if (into.ordered && isReordered(items)) {
    const names = (of: readonly AlignedItem[]) => of.map(({ label }) => label);
    const after = items.filter(({ position }) => position !== undefined);
    into.changes.push({
      path,
      from: names(items.filter(({ from }) => from !== undefined)),
      to: names(after.toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0))),
    });
  }
  for (const item of items) {
    if (into.changes.length >= into.limit) return;
    collect(item.from ?? undefined, item.to ?? undefined, `${path}[${item.label}]`, depth + 1, into);
  }
}
