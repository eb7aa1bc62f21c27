/** What is left for the answer to travel back before the API server gives up. */
const RESERVE_MS = 250;
/** Used where a request says nothing: the timeout of our own webhook entries. */
const DEFAULT_MS = 5_000;
const MAX_MS = 30_000;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/**
 * How long look-ups may take, in milliseconds, by the `timeout` that the API server adds to the URL (a Go duration such as
 * 5s or 4.98s). At least 100 ms.
 */
export function lookupBudget(timeout: unknown): number {
  const match = typeof timeout === 'string' ? /^(\d{1,6}(?:\.\d{1,9})?)(ms|s|m)$/.exec(timeout) : null;
  const given = match === null ? DEFAULT_MS : Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0);
  return Math.max(100, Math.min(given, MAX_MS) - RESERVE_MS);
}

/** The end of the time that the look-ups of a request may take. */
export interface Deadline {
  /** Aborts then. */
  readonly signal: AbortSignal;
}

/** The deadline in so many milliseconds. Its signal is made when it is first asked for: most requests look nothing up. */
export function deadlineIn(milliseconds: number): Deadline {
  const end = performance.now() + milliseconds;
  let signal: AbortSignal | undefined;
  return {
    get signal() {
      signal ??= AbortSignal.timeout(Math.max(0, Math.round(end - performance.now())));
      return signal;
    },
  };
}
