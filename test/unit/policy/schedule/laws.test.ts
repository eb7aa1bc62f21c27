import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GuardrailSchedule, ScheduleWindow, WeeklyWindow } from '../../../../src/api/v1alpha1.ts';
import { FieldErrors } from '../../../../src/policy/field-error.ts';
import { type CompiledSchedule, compileSchedule } from '../../../../src/policy/schedule/schedule.ts';
import { readingsOf } from './support/wall-clock.ts';

const MINUTE_MS = 60_000;
const DAY = 24 * 60;
const WEEK = 7 * DAY;
/** Readings begin so long before the minutes that are judged, since a window may have begun by then. */
const LEAD = WEEK + 2 * DAY;
const JUDGED = 3 * WEEK;
const DAYS: readonly WeeklyWindow['days'][number][] = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'Africa/Casablanca',
];
/** Around these days, clocks change somewhere: in both directions, by half an hour, by a day. */
const CENTRES = [
  '2026-10-04',
  '2026-10-28',
  '2027-03-14',
  '2027-03-28',
  '2027-04-04',
  '2011-12-30',
  '2025-02-23',
  '2025-04-06',
  '2028-02-29',
  '2026-12-31',
].map((day) => Date.parse(`${day}T00:00:00Z`));

interface Case {
  readonly schedule: GuardrailSchedule;
  /** When the judged minutes begin. */
  readonly from: number;
}

const weekly = (duration: fc.Arbitrary<number>): fc.Arbitrary<ScheduleWindow> =>
  fc
    .record({
      timeZone: fc.constantFrom(...ZONES),
      days: fc.subarray([...DAYS], { minLength: 1 }),
      hour: fc.oneof(fc.constantFrom(0, 1, 2, 3), fc.nat(23)),
      minute: fc.oneof(fc.constantFrom(0, 15, 30), fc.nat(59)),
      duration,
    })
    .map(({ timeZone, days, hour, minute, duration: minutes }) => {
      const two = (number: number) => String(number).padStart(2, '0');
      return { weekly: { timeZone, days, start: `${two(hour)}:${two(minute)}`, duration: `${minutes}m` } };
    });

const absolute = (from: number): fc.Arbitrary<ScheduleWindow> =>
  fc
    .record({ begin: fc.integer({ min: -JUDGED, max: 2 * JUDGED }), minutes: fc.integer({ min: 1, max: JUDGED }) })
    .map(({ begin, minutes }) => {
      const text = (minute: number) => new Date(from + minute * MINUTE_MS).toISOString();
      return { absolute: { from: text(begin), to: text(begin + minutes) } };
    });

const cases: fc.Arbitrary<Case> = fc.constantFrom(...CENTRES).chain((centre) => {
  const from = centre - (JUDGED / 2) * MINUTE_MS;
  const window = fc.oneof(
    { weight: 3, arbitrary: weekly(fc.integer({ min: 1, max: DAY })) },
    { weight: 2, arbitrary: weekly(fc.constantFrom(60, DAY, WEEK, WEEK - 60)) },
    { weight: 1, arbitrary: absolute(from) },
  );
  return fc.record({
    from: fc.constant(from),
    schedule: fc.record({
      active: fc.constantFrom('During' as const, 'Outside' as const),
      windows: fc.array(window, { minLength: 1, maxLength: 4 }),
    }),
  });
});

function compile(schedule: GuardrailSchedule): CompiledSchedule {
  const errors = new FieldErrors();
  const compiled = compileSchedule(schedule, errors);
  expect(errors.all).toEqual([]);
  return compiled;
}

const known = new Map<string, readonly number[]>();
function readings(timeZone: string, from: number): readonly number[] {
  const key = `${timeZone} ${from}`;
  const found = known.get(key) ?? readingsOf(timeZone, from - LEAD * MINUTE_MS, LEAD + JUDGED);
  known.set(key, found);
  return found;
}

/** Whether the schedule is in effect, minute by minute: found by looking at the clocks each minute. */
function scanned({ schedule: { active, windows }, from }: Case): readonly boolean[] {
  const inside = Array.from({ length: LEAD + JUDGED }, () => false);
  for (const { weekly: one, absolute: once } of windows) {
    if (one !== undefined) {
      for (const begin of beginnings(one, readings(one.timeZone, from))) {
        inside.fill(true, begin, begin + Number.parseInt(one.duration, 10));
      }
    }
    if (once !== undefined) {
      const minute = (text: string) => Math.max(0, (Date.parse(text) - from) / MINUTE_MS + LEAD);
      inside.fill(true, minute(once.from), minute(once.to));
    }
  }
  return inside.slice(LEAD).map((is) => is === (active === 'During'));
}

/** The minutes at which the clocks show, or have passed, a start for the first time. */
function beginnings({ days, start }: WeeklyWindow, shown: readonly number[]): number[] {
  const [hour = 0, minute = 0] = start.split(':').map(Number);
  const begins: number[] = [];
  let passed = (shown[0] ?? 0) - 1;
  for (const [index, reading] of shown.entries()) {
    for (; passed < reading; passed++) {
      const next = passed + 1;
      const day = DAYS[(Math.floor(next / DAY) + 4) % 7];
      if (next % DAY === hour * 60 + minute && day !== undefined && days.includes(day)) begins.push(index);
    }
  }
  return begins;
}

const minuteOf = fc.nat(JUDGED - 1);
const at = (schedule: CompiledSchedule, { from }: Case, minute: number) => {
  const { inEffect, nextChange } = schedule.at(new Date(from + minute * MINUTE_MS));
  return { inEffect, nextChange };
};

describe('a schedule', () => {
  test('is in effect, and changes next, when the clocks say so minute by minute', () => {
    fc.assert(
      fc.property(cases, fc.array(minuteOf, { minLength: 1, maxLength: 40 }), (one, minutes) => {
        const schedule = compile(one.schedule);
        const expected = scanned(one);
        for (const minute of minutes) {
          const { inEffect, nextChange } = at(schedule, one, minute);
          expect(inEffect).toBe(expected[minute]);
          const change = expected.indexOf(!inEffect, minute);
          const told = ((nextChange?.getTime() ?? Number.POSITIVE_INFINITY) - one.from) / MINUTE_MS;
          if (change === -1) expect(told).toBeGreaterThanOrEqual(JUDGED);
          else expect(told).toBe(change);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('says the same whatever it was asked before', () => {
    fc.assert(
      fc.property(cases, fc.array(minuteOf, { minLength: 2, maxLength: 40 }), (one, minutes) => {
        const schedule = compile(one.schedule);
        for (const minute of minutes) {
          expect(at(schedule, one, minute)).toEqual(at(compile(one.schedule), one, minute));
        }
      }),
      { numRuns: 100 },
    );
  });

  test('is in effect Outside when it is not During, and changes at the same moments', () => {
    fc.assert(
      fc.property(cases, fc.array(minuteOf, { minLength: 1, maxLength: 40 }), (one, minutes) => {
        const during = compile({ ...one.schedule, active: 'During' });
        const outside = compile({ ...one.schedule, active: 'Outside' });
        for (const minute of minutes) {
          const inside = at(during, one, minute);
          expect(at(outside, one, minute)).toEqual({ ...inside, inEffect: !inside.inEffect });
        }
      }),
      { numRuns: 200 },
    );
  });

  test('with all its windows a week later is the same a week later, where the clocks never change', () => {
    const steady = ({ weekly: one, absolute: once }: ScheduleWindow, weeks: number): ScheduleWindow => {
      if (one !== undefined) return { weekly: { ...one, timeZone: 'Asia/Kathmandu' } };
      const later = (text = '') => new Date(Date.parse(text) + weeks * WEEK * MINUTE_MS).toISOString();
      return { absolute: { from: later(once?.from), to: later(once?.to) } };
    };
    fc.assert(
      fc.property(cases, fc.integer({ min: -60, max: 60 }), minuteOf, (one, weeks, minute) => {
        const moved = (by: number) =>
          compile({ ...one.schedule, windows: one.schedule.windows.map((window) => steady(window, by)) });
        const now = at(moved(0), one, minute);
        const later = at(moved(weeks), one, minute + weeks * WEEK);
        expect(later.inEffect).toBe(now.inEffect);
        expect(later.nextChange?.getTime()).toBe(now.nextChange && now.nextChange.getTime() + weeks * WEEK * MINUTE_MS);
      }),
      { numRuns: 200 },
    );
  });
});
