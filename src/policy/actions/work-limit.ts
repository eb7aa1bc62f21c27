/** Enough for what people write by far. What can't be compared within it is taken as more than there was. */
const MAX_STEPS = 20_000;

/** Counts the steps of a comparison of everything with everything, so that no object can make it endless. */
export class WorkLimit {
  #left = MAX_STEPS;

  /** Takes some steps. Returns false if not that many are left; then none is left any more. */
  take(steps = 1): boolean {
    this.#left -= steps;
    return this.#left >= 0;
  }

  /** Whether one of the items satisfies the predicate, as far as that can be found out: false once no step is left. */
  some<T>(items: Iterable<T>, holds: (item: T) => boolean, steps: (item: T) => number = () => 1): boolean {
    for (const item of items) {
      if (!this.take(steps(item))) return false;
      if (holds(item)) return true;
    }
    return false;
  }
}
