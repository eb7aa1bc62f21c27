import type { Change } from './decision.ts';
import { isObject, own } from './json.ts';
import { alignLists } from './named-list.ts';

/** Objects nested deeper are taken as changed: a comparison must not run out of stack. */
const MAX_DEPTH = 100;

/** Enough for any answer: a diff stops there. */
const MAX_CHANGES = 200;

/** Writes a key into a path: `.spec` or `['app.kubernetes.io/name']`. */
export function keySegment(key: string): string {
  return /^[A-Za-z_][\w-]*$/.test(key) ? `.${key}` : `['${key}']`;
}

/**
 * The differences between two JSON values, as the changes of their innermost parts. Lists of named things are compared by
 * name. An added or removed part is one change. Stops at 200 changes.
 */
export function diff(from: unknown, to: unknown, path: string): Change[] {
  const changes: Change[] = [];
  collect(from ?? undefined, to ?? undefined, path, 0, changes);
  return changes;
}

/** Whether two JSON values differ, in the sense of `diff`. */
export function differs(from: unknown, to: unknown): boolean {
  return diff(from, to, '$').length > 0;
}

function collect(from: unknown, to: unknown, path: string, depth: number, changes: Change[]): void {
  if (from === to || changes.length >= MAX_CHANGES) return;
  if (depth > MAX_DEPTH) {
    changes.push({ path, from, to });
  } else if (isObject(from) && isObject(to)) {
    for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
      collect(own(from, key), own(to, key), path + keySegment(key), depth + 1, changes);
    }
  } else if (Array.isArray(from) && Array.isArray(to)) {
    for (const item of alignLists(from, to)) {
      collect(item.from ?? undefined, item.to ?? undefined, `${path}[${item.label}]`, depth + 1, changes);
    }
  } else {
    changes.push({ path, from, to });
  }
}
