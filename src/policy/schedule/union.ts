import type { WeeklySpans } from './weekly-window.ts';
import type { Window } from './window.ts';

const DAY_MS = 86_400_000;
/**
 * Windows that cover the whole week in one season may leave an hour of another. What no season of two years does is taken
 * for what never happens.
 */
const SEASONS_MS = 2 * 366 * DAY_MS;
/** So much is looked at in a row: most windows leave something soon. */
const BLOCK_MS = 28 * DAY_MS;

/** Until when the windows last that have begun by this time; -Infinity if none has. */
export function endOfBegun(windows: readonly Window[], time: number): number {
  return Math.max(...windows.map((window) => window.endOfBegun(time)));
}

/** When windows that come once are left, from a time on: that time itself if it is in none. */
export function endOfAll(windows: readonly Window[], time: number): number {
  let end = time;
  for (let reach = endOfBegun(windows, end); reach > end; reach = endOfBegun(windows, end)) end = reach;
  return end;
}

/**
 * When windows that come again every week are left, from a time on: that time itself if it is in none, Infinity if they
 * leave nothing of two years. Each of their spans is looked at once, whatever their number.
 */
export function endOfWeekly(windows: readonly WeeklySpans[], time: number): number {
  let end = Math.max(time, endOfBegun(windows, time));
  if (end === time) return time;
  const horizon = time + SEASONS_MS;
  for (let from = time; from < horizon; from += BLOCK_MS) {
    for (const { begin, until } of spansIn(windows, from, from + BLOCK_MS)) {
      if (begin > end) return end;
      end = Math.max(end, until);
    }
    if (end <= from + BLOCK_MS) return end;
  }
  return Number.POSITIVE_INFINITY;
}

/** The spans that begin after one time and up to another, in the order in which they do. */
function spansIn(windows: readonly WeeklySpans[], after: number, until: number) {
  const spans = windows.flatMap((window) =>
    window.beginsIn(after, until).map((begin) => ({ begin, until: begin + window.length })),
  );
  return spans.sort((a, b) => a.begin - b.begin);
}
