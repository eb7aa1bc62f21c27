import { cut } from '../describe.ts';
import { diff, keySegment } from '../diff.ts';
import { EvaluationError } from '../evaluation-context.ts';
import type { FieldErrors } from '../field-error.ts';
import { asObject, isObject, listAt, own } from '../json.ts';
import { compileSimpleJsonPath, type SimpleJsonPath } from '../json-path.ts';
import { alignLists, isReordered } from '../named-list.ts';
import type { KubeObject } from '../review.ts';
import type { WrittenCondition } from './condition.ts';
import { type Cover, CoveredPaths } from './covered-paths.ts';

/** So many changes are named; one more tells that there are more. */
const MAX_NAMED = 3;
const MAX_PATH_LENGTH = 200;

/** Objects nested deeper are not compared: a comparison must not run out of stack. */
const MAX_DEPTH = 100;

/**
 * What is never counted: what the API server keeps for itself, and the annotation into which kubectl apply writes the whole
 * manifest each time, which says again what has changed elsewhere.
 */
const NEVER_COUNTED: readonly SimpleJsonPath[] = [
  '$.status',
  '$.metadata.managedFields',
  '$.metadata.resourceVersion',
  '$.metadata.generation',
  '$.metadata.creationTimestamp',
  '$.metadata.selfLink',
  "$.metadata.annotations['kubectl.kubernetes.io/last-applied-configuration']",
  // The API server counts the changes of a DaemonSet's template there.
  "$.metadata.annotations['deprecated.daemonset.template.generation']",
].map(compileSimpleJsonPath);

/** Compiles a condition on what changes beyond some paths. */
export function compileChangesOutside(
  paths: readonly string[],
  field: string,
  errors: FieldErrors,
): WrittenCondition | undefined {
  const compiled = paths.map((text, index) => errors.try(`${field}[${index}]`, () => compileSimpleJsonPath(text)));
  const known = compiled.filter((path) => path !== undefined);
  if (known.length < compiled.length) return undefined;
  const covered = new CoveredPaths([...known, ...NEVER_COUNTED]);
  return {
    needs: { target: true, namespace: false },
    trips: ({ target, explain }) => {
      const found = changesOutside(covered, target.old, target.new);
      if (found.length > 0) explain(sentence(found));
      return found.length > 0;
    },
    describe: ({ target }) => {
      const found = changesOutside(covered, target.old, target.new);
      return found.length > 0 ? sentence(found) : 'It changes nothing outside of the paths that may change';
    },
  };
}

function sentence(paths: readonly string[]): string {
  const named = paths.slice(0, MAX_NAMED).map((path) => cut(path, MAX_PATH_LENGTH));
  const more = paths.length > MAX_NAMED ? ' and more' : '';
  return `Outside of the paths that may change, it changes ${named.join(', ')}${more}`;
}

/** The paths of the first changes that are not covered. Throws EvaluationError if there is none, and may be one. */
function changesOutside(paths: CoveredPaths, from: unknown, to: unknown): readonly string[] {
  const search = new Search(paths);
  search.compare(from, to, { path: '$', depth: 0, cover: paths.all });
  if (search.found.length === 0 && search.isCutShort) {
    throw new EvaluationError(`it is nested deeper than ${MAX_DEPTH} levels, so that its changes can't be told`);
  }
  return search.found;
}

/** A place in both objects, and the paths that lead there or through it. */
interface Place {
  readonly path: string;
  readonly depth: number;
  readonly cover: Cover;
}

class Search {
  /** The first changes that are not covered, one more than are named. */
  readonly found: string[] = [];
  /** Whether something was nested too deep to be looked at. */
  isCutShort = false;
  readonly #paths: CoveredPaths;

  constructor(paths: CoveredPaths) {
    this.#paths = paths;
  }

  compare(from: unknown, to: unknown, place: Place): void {
    const { path, depth, cover } = place;
    if (from === to || this.found.length > MAX_NAMED || this.#paths.covers(cover, depth)) return;
    if (cover === 0n) this.#compareUncovered(from, to, place);
    else if (areObjects(from, to)) this.#keys(asObject(from), asObject(to), place);
    else if (areLists(from, to)) this.#lists(listAt(from), listAt(to), place);
    else this.found.push(path);
  }

  /** No path leads here or further, so it is enough to know whether anything differs. */
  #compareUncovered(from: unknown, to: unknown, { path, depth }: Place): void {
    if (this.#isSame(from, to, depth)) return;
    const changes = diff(from, to, path, { limit: MAX_NAMED + 1 - this.found.length, ordered: true });
    this.found.push(...(changes.length > 0 ? changes.map((change) => change.path) : [path]));
  }

  #keys(from: KubeObject, to: KubeObject, { path, depth, cover }: Place): void {
    const compareAt = (key: string) =>
      this.compare(own(from, key), own(to, key), {
        path: path + keySegment(key),
        depth: depth + 1,
        cover: this.#paths.atKey(cover, depth, key),
      });
    for (const key of Object.keys(from)) compareAt(key);
    for (const key of Object.keys(to)) if (!Object.hasOwn(from, key)) compareAt(key);
  }

  /** By name; by place if a path says so with an index: it means what stands there, whatever its name. */
  #lists(from: readonly unknown[], to: readonly unknown[], place: Place): void {
    if (this.#paths.hasIndex(place.cover, place.depth)) this.#itemsByPlace(from, to, place);
    else this.#itemsByName(from, to, place);
  }

  #itemsByName(from: readonly unknown[], to: readonly unknown[], { path, depth, cover }: Place): void {
    const inside = this.#paths.atEach(cover, depth);
    // Paths that cover every item cover their order as well: it could be had by changing all of them.
    if (this.#paths.covers(inside, depth + 1)) return;
    const items = alignLists(from, to);
    if (isReordered(items)) this.found.push(path);
    for (const { label, from: before, to: after } of items) {
      this.compare(before ?? undefined, after ?? undefined, {
        path: `${path}[${label}]`,
        depth: depth + 1,
        cover: inside,
      });
    }
  }

  #itemsByPlace(from: readonly unknown[], to: readonly unknown[], { path, depth, cover }: Place): void {
    for (let index = 0; index < Math.max(from.length, to.length); index++) {
      this.compare(from[index] ?? undefined, to[index] ?? undefined, {
        path: `${path}[${index}]`,
        depth: depth + 1,
        cover: this.#paths.atIndex(cover, depth, index),
      });
    }
  }

  /** Whether two values are the same, their lists in the same order. null is a missing value. */
  #isSame(from: unknown, to: unknown, depth: number): boolean {
    if (from === to) return true;
    if (typeof from !== 'object' || typeof to !== 'object' || from === null || to === null) return false;
    if (depth > MAX_DEPTH) {
      this.isCutShort = true;
      return true;
    }
    if (Array.isArray(from) || Array.isArray(to)) {
      if (!Array.isArray(from) || !Array.isArray(to) || from.length !== to.length) return false;
      return from.every((item, index) => this.#isSame(item ?? undefined, to[index] ?? undefined, depth + 1));
    }
    for (const key of Object.keys(from)) {
      if (!this.#isSame(own(from, key), own(to, key), depth + 1)) return false;
    }
    for (const key of Object.keys(to)) {
      if (!Object.hasOwn(from, key) && own(to, key) !== undefined) return false;
    }
    return true;
  }
}

/**
 * Whether both are objects, or one is and the other is missing: what is added or removed as a whole is judged part by part.
 * One without parts is a change of its own.
 */
function areObjects(from: unknown, to: unknown): boolean {
  if (from === undefined || to === undefined) {
    const whole = from ?? to;
    return isObject(whole) && Object.values(whole).some((value) => value !== null);
  }
  return isObject(from) && isObject(to);
}

/** As areObjects, of lists. */
function areLists(from: unknown, to: unknown): boolean {
  if (from === undefined || to === undefined) {
    const whole = from ?? to;
    return Array.isArray(whole) && whole.some((value) => value !== null);
  }
  return Array.isArray(from) && Array.isArray(to);
}
