import type { GuardrailSchedule } from '../../api/v1alpha1.ts';
import { EvaluationError } from '../evaluation-context.ts';
import type { FieldErrors } from '../field-error.ts';
import { compileAbsolute } from './absolute-window.ts';
import { TimeZone } from './time-zone.ts';
import { endOfAll, endOfBegun, endOfWeekly } from './union.ts';
import { compileWeekly, type WeeklySpans } from './weekly-window.ts';
import type { Window } from './window.ts';

/** Whether a guardrail with a schedule is in effect at a moment. */
export interface ScheduleState {
  readonly inEffect: boolean;
  /** When that changes; undefined if it never does. Found out when it is read: a request need not know. */
  readonly nextChange: Date | undefined;
}

/** A schedule that can be asked for any moment. */
export interface CompiledSchedule {
  /** Throws EvaluationError for a date that is none, or beyond the years 1 to 9999. */
  at(now: Date): ScheduleState;
}

/** No time of RFC 3339 is beyond these, and no zone is asked about others. */
const FIRST_TIME = Date.parse('0001-01-01T00:00:00Z');
const END_OF_TIME = Date.parse('+010000-01-01T00:00:00Z');

/** Compiles a schedule. What is wrong with it is noted in `errors`. */
export function compileSchedule({ active, windows }: GuardrailSchedule, errors: FieldErrors): CompiledSchedule {
  const weekly: (WeeklySpans | undefined)[] = [];
  const absolute: (Window | undefined)[] = [];
  for (const [index, window] of windows.entries()) {
    const field = `spec.schedule.windows[${index}]`;
    if (window.weekly !== undefined && window.absolute === undefined) {
      weekly.push(compileWeekly(window.weekly, `${field}.weekly`, TimeZone.of, errors));
    } else if (window.absolute !== undefined && window.weekly === undefined) {
      absolute.push(compileAbsolute(window.absolute, `${field}.absolute`, errors));
    } else {
      errors.add(field, 'must have exactly one of weekly and absolute');
    }
  }
  const isKnown = <T>(window: T | undefined): window is T => window !== undefined;
  return new Schedule(weekly.filter(isKnown), absolute.filter(isKnown), active === 'During');
}

/** A span in which nothing changes. */
interface Span {
  readonly from: number;
  readonly until: number;
  readonly state: ScheduleState;
}

class Schedule implements CompiledSchedule {
  readonly #weekly: readonly WeeklySpans[];
  readonly #absolute: readonly Window[];
  readonly #windows: readonly Window[];
  readonly #isActiveInside: boolean;
  /** Requests come one after the other: most are in the span of the one before. */
  #span: Span | undefined;

  constructor(weekly: readonly WeeklySpans[], absolute: readonly Window[], isActiveInside: boolean) {
    this.#weekly = weekly;
    this.#absolute = absolute;
    this.#windows = [...weekly, ...absolute];
    this.#isActiveInside = isActiveInside;
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
    // No comparison holds of NaN.
    if (!(time >= FIRST_TIME && time < END_OF_TIME)) {
      throw new EvaluationError(
        'its schedule can not tell whether it is in effect: the time must be in the years 1 to 9999',
      );
    }
    const end = endOfBegun(this.#windows, time);
    const isInside = end > time;
    const until = isInside ? end : this.#nextBegin(time);
    const inEffect = isInside === this.#isActiveInside;
    return {
      from: time,
      until: Math.min(until, END_OF_TIME),
      state: stateOf(inEffect, () => (isInside ? this.#endOfUnion(end) : until)),
    };
  }

  /**
   * When all windows are left, however they follow upon each other; Infinity if that never happens. Each turn but the last
   * leaves an absolute window behind: there are no more turns than those and one, and each looks at two years at most.
   */
  #endOfUnion(time: number): number {
    let end = time;
    for (;;) {
      end = endOfWeekly(this.#weekly, endOfAll(this.#absolute, end));
      if (endOfBegun(this.#absolute, end) <= end || end === Number.POSITIVE_INFINITY) return end;
    }
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
