/** Thrown where a value is too large, or nested too deep, to tell whether it satisfies a schema. */
export class SchemaLimitError extends Error {}

/** How much is looked at: 50 ms at some 25 ns each. */
const MAX_STEPS = 2_000_000;

/** Counts what is looked at. The time that a schema takes is that of the values times that of the schemas they are held to. */
export class Meter {
  #steps = 0;

  /** Begins anew. */
  reset(): void {
    this.#steps = 0;
  }

  /** Counts steps. Throws SchemaLimitError if they are too many. */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > MAX_STEPS) throw new SchemaLimitError('it is too large to be held against the schema');
  }
}
