import { setTimeout as delay } from 'node:timers/promises';

export interface PollOptions {
  /** 15 s if it is left out. */
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
  /** What was waited for: the error begins with it. */
  readonly message: string;
}

/**
 * Calls `fn` until it returns something that isn't `undefined` or `false` and doesn't throw, and returns that.
 * Throws when the time is over, with what `fn` threw or returned last.
 */
export async function eventually<T>(
  fn: () => T | Promise<T>,
  { timeoutMs = 15_000, intervalMs = 50, message }: PollOptions,
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let last: unknown;
    try {
      const result = await fn();
      if (result !== undefined && result !== false) {
        return result as Exclude<T, undefined | false>;
      }
      last = result;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= deadline) {
      const detail = last instanceof Error ? last.message : String(last);
      throw new Error(`${message}: not in ${timeoutMs / 1000} s; last: ${detail}`, { cause: last });
    }
    await delay(intervalMs);
  }
}
