import { setTimeout as delay } from 'node:timers/promises';

/** How long to wait for something, how often to look, and what ends the wait early. */
export interface WaitOptions {
  readonly timeoutMs: number;
  readonly intervalMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Returns true as soon as the condition holds, false if it doesn't within the time. Throws what the condition throws, and when the signal aborts. */
export async function waitUntil(condition: () => boolean | Promise<boolean>, options: WaitOptions): Promise<boolean> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    options.signal?.throwIfAborted();
    if (await condition()) {
      return true;
    }
    if (performance.now() >= deadline) {
      return false;
    }
    await delay(options.intervalMs ?? 50);
  }
}
