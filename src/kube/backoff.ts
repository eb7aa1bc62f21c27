/** The bounds of a Backoff. */
export interface BackoffSettings {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * Exponential backoff with full jitter: each wait is a random part of a bound that doubles, so that many clients which failed
 * together don't come back together.
 */
export class Backoff {
  readonly #settings: BackoffSettings;
  readonly #random: () => number;
  #attempts = 0;

  constructor(settings: BackoffSettings, random: () => number = Math.random) {
    this.#settings = settings;
    this.#random = random;
  }

  /** The milliseconds to wait before the next attempt. */
  next(): number {
    const { baseMs, capMs } = this.#settings;
    // 2 ** 30 is beyond any cap, and keeps the product finite.
    const bound = Math.min(capMs, baseMs * 2 ** Math.min(this.#attempts, 30));
    this.#attempts += 1;
    return this.#random() * bound;
  }

  /** What was tried works again: the next wait is short. */
  reset(): void {
    this.#attempts = 0;
  }
}
