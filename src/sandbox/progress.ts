import type { Writable } from 'node:stream';

/** Where the sandbox says what it does while its caller waits. */
export interface Progress {
  /** Says something that stays on the screen. */
  line(text: string): void;
  /** Says how far a long step has come; a later word takes its place. */
  update(text: string): void;
}

/** Progress on a stream that others write to as well. */
export interface StreamProgress extends Progress {
  /** Takes the last update off the screen, so that the next one who writes begins on an empty line. */
  clear(): void;
}

/** For callers that don't want to know. */
export const SILENT: Progress = { line: () => {}, update: () => {} };

// Often enough to show that it goes on, seldom enough to keep a CI log short.
const PLAIN_INTERVAL_MS = 20_000;
const CLEAR_LINE = '\r\u001b[2K';

/**
 * Says it on a stream: on a terminal an update is one line that changes, elsewhere a plain line at most every 20 s.
 * `now` tells the time in milliseconds.
 */
export function streamProgress(
  stream: Writable & { readonly isTTY?: boolean },
  now: () => number = performance.now.bind(performance),
): StreamProgress {
  let nextPlain = 0;
  let isLineOpen = false;
  const clear = () => {
    if (isLineOpen) {
      stream.write(CLEAR_LINE);
      isLineOpen = false;
    }
  };
  return {
    clear,
    line(text) {
      clear();
      stream.write(`${text}\n`);
    },
    update(text) {
      if (stream.isTTY === true) {
        stream.write(`${CLEAR_LINE}${text}`);
        isLineOpen = true;
      } else if (now() >= nextPlain) {
        stream.write(`${text}\n`);
        nextPlain = now() + PLAIN_INTERVAL_MS;
      }
    },
  };
}
