import type { WeeklyWindow } from '../../api/v1alpha1.ts';
import { parseDuration } from '../duration.ts';
import type { FieldErrors } from '../field-error.ts';
import type { TimeZone } from './time-zone.ts';
import type { Window } from './window.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_DAYS = 7;
const MAX_DURATION_MS = WEEK_DAYS * DAY_MS;

/** The days as 1970 began with them. */
const DAYS: readonly WeeklyWindow['days'][number][] = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'];

/** A window that comes again every week. */
export interface WeeklySpans extends Window {
  /** How long each of its spans lasts. */
  readonly length: number;
  /** When its spans begin, of those that do after one time and up to another; in their order. */
  beginsIn(after: number, until: number): readonly number[];
}

/** Gives the time zone of a name. */
export type TimeZones = (name: string) => TimeZone | undefined;

/** Compiles a window that comes again every week; undefined if it has errors. */
export function compileWeekly(
  { timeZone, days, start, duration }: WeeklyWindow,
  field: string,
  zones: TimeZones,
  errors: FieldErrors,
): WeeklySpans | undefined {
  const zone = zones(timeZone);
  if (zone === undefined) {
    errors.add(`${field}.timeZone`, 'must be the name of a time zone that IANA knows, such as Europe/Berlin or UTC');
  }
  const length = parseDuration(duration) ?? 0;
  if (length < MINUTE_MS || length > MAX_DURATION_MS) {
    errors.add(`${field}.duration`, 'must be from 1m to 7d');
  }
  if (zone === undefined || length < MINUTE_MS || length > MAX_DURATION_MS) return undefined;
  const listed = DAYS.map((day) => days.includes(day));
  const [hours = 0, minutes = 0] = start.split(':').map(Number);
  return new Weekly(zone, listed, hours * HOUR_MS + minutes * MINUTE_MS, length);
}

class Weekly implements WeeklySpans {
  readonly length: number;
  readonly #zone: TimeZone;
  /** Whether it begins on a day, from the one of 1970-01-01 on. */
  readonly #days: readonly boolean[];
  readonly #start: number;

  constructor(zone: TimeZone, days: readonly boolean[], start: number, length: number) {
    this.#zone = zone;
    this.#days = days;
    this.#start = start;
    this.length = length;
  }

  endOfBegun(time: number): number {
    // The clocks may be a day ahead of UTC.
    for (let day = dayOf(time) + 1; ; day--) {
      const begin = this.#beginOn(day);
      if (begin !== undefined && begin <= time) return begin + this.length;
    }
  }

  nextBegin(time: number): number {
    // Or behind it.
    for (let day = dayOf(time) - 1; ; day++) {
      const begin = this.#beginOn(day);
      if (begin !== undefined && begin > time) return begin;
    }
  }

  beginsIn(after: number, until: number): readonly number[] {
    const begins: number[] = [];
    // Behind UTC at one end, ahead of it at the other.
    for (let day = dayOf(after) - 1; day <= dayOf(until) + 1; day++) {
      const begin = this.#beginOn(day);
      if (begin !== undefined && begin > after && begin <= until) begins.push(begin);
    }
    return begins;
  }

  /** When the span of a day, counted since 1970, begins; undefined if none begins on that day. */
  #beginOn(day: number): number | undefined {
    const weekday = ((day % WEEK_DAYS) + WEEK_DAYS) % WEEK_DAYS;
    return this.#days[weekday] ? this.#zone.firstAt(day * DAY_MS + this.#start) : undefined;
  }
}

function dayOf(time: number): number {
  return Math.floor(time / DAY_MS);
}
