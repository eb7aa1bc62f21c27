import type { SimpleJsonPath } from '../json-path.ts';

/** A set of paths, one bit each: those that a place on the way down still fits. */
export type Cover = bigint;

/** What the paths say of one depth: which of them take which step there. */
interface Level {
  readonly keys: Map<string, Cover>;
  readonly indices: Map<number, Cover>;
  /** The paths that take any step: `*`. */
  any: Cover;
  /** The paths that have an index here. */
  indexed: Cover;
  /** The paths that are at their end here. They cover all that is below. */
  ends: Cover;
}

const NONE = 0n;
const NO_LEVEL: Level = { keys: new Map(), indices: new Map(), any: NONE, indexed: NONE, ends: NONE };

/**
 * Several simple paths, followed in an object at once. One step costs the same however many paths there are and however
 * they overlap.
 */
export class CoveredPaths {
  /** All paths: where the way down begins. */
  readonly all: Cover;
  readonly #levels: readonly Level[];

  constructor(paths: readonly SimpleJsonPath[]) {
    const levels = Array.from({ length: Math.max(...paths.map(({ steps }) => steps.length), 0) + 1 }, emptyLevel);
    for (const [index, { steps }] of paths.entries()) {
      const path = 1n << BigInt(index);
      for (const [depth, level] of levels.entries()) {
        const step = steps[depth];
        if (depth === steps.length) level.ends |= path;
        if (step?.kind === 'all') level.any |= path;
        if (step?.kind === 'key') add(level.keys, step.key, path);
        if (step?.kind === 'index') {
          add(level.indices, step.index, path);
          level.indexed |= path;
        }
      }
    }
    this.all = (1n << BigInt(paths.length)) - 1n;
    this.#levels = levels;
  }

  /** Whether a path ends here: the place and all below it are covered. */
  covers(cover: Cover, depth: number): boolean {
    return (cover & this.#level(depth).ends) !== NONE;
  }

  /** Whether a path reads an item here by its place in the list. */
  hasIndex(cover: Cover, depth: number): boolean {
    return (cover & this.#level(depth).indexed) !== NONE;
  }

  /** The paths that lead on to a key. */
  atKey(cover: Cover, depth: number, key: string): Cover {
    const { keys, any } = this.#level(depth);
    return cover & (any | (keys.get(key) ?? NONE));
  }

  /** The paths that lead on to a place in a list. */
  atIndex(cover: Cover, depth: number, index: number): Cover {
    const { indices, any } = this.#level(depth);
    return cover & (any | (indices.get(index) ?? NONE));
  }

  /** The paths that lead on to every item of a list. */
  atEach(cover: Cover, depth: number): Cover {
    return cover & this.#level(depth).any;
  }

  #level(depth: number): Level {
    return this.#levels[depth] ?? NO_LEVEL;
  }
}

const emptyLevel = (): Level => ({ keys: new Map(), indices: new Map(), any: NONE, indexed: NONE, ends: NONE });

function add<K>(map: Map<K, Cover>, key: K, path: Cover): void {
  map.set(key, (map.get(key) ?? NONE) | path);
}
