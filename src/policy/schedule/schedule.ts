import type { GuardrailSchedule, ScheduleWindow } from '../../api/v1alpha1.ts';
import type { FieldErrors } from '../field-error.ts';
import { compileAbsolute } from './absolute-window.ts';
import { TimeZone } from './time-zone.ts';
import { compileWeekly, type TimeZones } from './weekly-window.ts';
import type { Window } from './window.ts';

/** Whether a guardrail with a schedule is in effect at a moment. */
export interface ScheduleState {
  readonly inEffect: boolean;
  /** When that changes; undefined if it never does. Found out when it is read: a request need not know. */
  readonly nextChange: Date | undefined;
}

/** A schedule that can be asked for any moment. */
export interface CompiledSchedule {
  at(now: Date): ScheduleState;
}

/**
 * Windows that cover the whole week in one season may leave an hour of another. What no season of two years does is taken
 * for what never happens.
 */
const SEASONS_MS = 2 * 366 * 86_400_000;

/** Compiles a schedule. What is wrong with it is noted in `errors`. */
export function compileSchedule({ active, windows }: GuardrailSchedule, errors: FieldErrors): CompiledSchedule {
  const zones = knownZones();
  const compiled = windows
    .map((window, index) => compileWindow(window, `spec.schedule.windows[${index}]`, zones, errors))
    .filter((window) => window !== undefined);
  return new Schedule(compiled, active === 'During');
}

function compileWindow(
  { weekly, absolute }: ScheduleWindow,
  field: string,
  zones: TimeZones,
  errors: FieldErrors,
): Window | undefined {
  if (weekly !== undefined && absolute === undefined) return compileWeekly(weekly, `${field}.weekly`, zones, errors);
  if (absolute !== undefined && weekly === undefined) return compileAbsolute(absolute, `${field}.absolute`, errors);
  errors.add(field, 'must have exactly one of weekly and absolute');
  return undefined;
}

/** Windows of the same zone share what is known of its clocks. */
function knownZones(): TimeZones {
  const zones = new Map<string, TimeZone | undefined>();
  return (name) => {
    if (!zones.has(name)) zones.set(name, TimeZone.of(name));
    return zones.get(name);
  };
}

/** A span in which nothing changes. */
interface Span {
  readonly from: number;
  readonly until: number;
  readonly state: ScheduleState;
}

class Schedule implements CompiledSchedule {
  readonly #windows: readonly Window[];
  readonly #isActiveInside: boolean;
  /** When the last of the windows that come once ends. */
  readonly #lastEnd: number;
  /** Requests come one after the other: most are in the span of the one before. */
  #span: Span | undefined;

  constructor(windows: readonly Window[], isActiveInside: boolean) {
    this.#windows = windows;
    this.#isActiveInside = isActiveInside;
    this.#lastEnd = Math.max(...windows.map(({ lastEnd }) => lastEnd));
  }

  at(now: Date): ScheduleState {
    const time = now.getTime();
    const known = this.#span;
    const isKnown = known !== undefined && known.from <= time && time < known.until;
    const span = isKnown ? known : this.#spanFrom(time);
    this.#span = span;
    return span.state;
  }

  #spanFrom(time: number): Span {
    const end = this.#reach(time);
    const isInside = end > time;
    const until = isInside ? end : this.#nextBegin(time);
    const inEffect = isInside === this.#isActiveInside;
    return { from: time, until, state: stateOf(inEffect, () => (isInside ? this.#endOfUnion(end) : until)) };
  }

  /** When all windows are left, however they follow upon each other; Infinity if that never happens. */
  #endOfUnion(time: number): number {
    const horizon = Math.max(time, this.#lastEnd) + SEASONS_MS;
    let end = time;
    for (let reach = this.#reach(end); reach > end; reach = this.#reach(end)) {
      if (reach > horizon) return Number.POSITIVE_INFINITY;
      end = reach;
    }
    return end;
  }

  /** Until when the windows last that have begun by this time. */
  #reach(time: number): number {
    return Math.max(...this.#windows.map((window) => window.endOfBegun(time)));
  }

  #nextBegin(time: number): number {
    return Math.min(...this.#windows.map((window) => window.nextBegin(time)));
  }
}

function stateOf(inEffect: boolean, findChange: () => number): ScheduleState {
  let found: number | undefined;
  return {
    inEffect,
    get nextChange() {
      found ??= findChange();
      return Number.isFinite(found) ? new Date(found) : undefined;
    },
  };
}
