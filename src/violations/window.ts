/** A window's length unless another is chosen. */
export const WINDOW_MS = 60_000;

/** How far apart the reviews of one user action are at most: exec sends two, the deletion of a pod up to three. */
const SAME_ACTION_MS = 2_000;

/** For how long after its end a window still takes reviews of an action that began in it. */
const OVERTIME_MS = 5_000;

/** The time in which repeats of a decision are one record. Fixed, so that all replicas choose the same. Milliseconds since the epoch. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** The window that a time is in. */
export function windowAt(time: number, length: number): Window {
  const start = Math.floor(time / length) * length;
  return { start, end: start + length };
}

/** Whether a repeat stays in the record of the decision before it, which was made at `previous`. */
export function takesRepeat(window: Window, previous: number, time: number): boolean {
  const isWithin = time >= window.start && time < window.end;
  // Reviews that run side by side may be offered out of order.
  return isWithin || (Math.abs(time - previous) <= SAME_ACTION_MS && time < window.end + OVERTIME_MS);
}

/** Whether no repeat can come into the window any more. */
export function isOver(window: Window, time: number): boolean {
  return time >= window.end + OVERTIME_MS;
}
