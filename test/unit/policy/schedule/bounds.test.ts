import { afterEach, describe, expect, test, vi } from 'vitest';
import type { GuardrailSchedule, ScheduleWindow } from '../../../../src/api/v1alpha1.ts';
import { isInEffectAt } from '../../../../src/policy/candidate.ts';
import { EvaluationError } from '../../../../src/policy/evaluation-context.ts';
import { FieldErrors } from '../../../../src/policy/field-error.ts';
import { compileSchedule } from '../../../../src/policy/schedule/schedule.ts';
import { TimeZone } from '../../../../src/policy/schedule/time-zone.ts';
import { compiled, findingOf } from '../support/judge.ts';
import { captured } from '../support/reviews.ts';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const NOW = new Date('2026-06-03T12:00:00Z');

/** A window of every day, which begins at that half hour and lasts 50 minutes. */
const daily = (halfHour: number, timeZone = 'UTC'): ScheduleWindow => {
  const start = `${String(Math.floor(halfHour / 2)).padStart(2, '0')}:${halfHour % 2 === 0 ? '00' : '30'}`;
  return { weekly: { timeZone, days: [...DAYS], start, duration: '50m' } };
};
const year = (number: number): ScheduleWindow => ({
  absolute: { from: `${number}-01-01T00:00:00Z`, to: `${number}-12-31T00:00:00Z` },
});
/** The whole week, of eight windows that touch. */
const always: readonly ScheduleWindow[] = Array.from({ length: 8 }, (_, index) => ({
  weekly: { timeZone: 'UTC', days: [...DAYS], start: `${String(index * 3).padStart(2, '0')}:00`, duration: '3h' },
}));

const compile = (windows: readonly ScheduleWindow[], active: GuardrailSchedule['active'] = 'During') =>
  compileSchedule({ active, windows: [...windows] }, new FieldErrors());

afterEach(() => vi.restoreAllMocks());

describe('what the next change takes to be found', () => {
  test.each<[string, readonly ScheduleWindow[]]>([
    [
      'windows that nearly cover the day, and one of a time to come',
      [...always.slice(0, 7), ...Array.from({ length: 24 }, (_, n) => daily(n + 20)), year(2199)],
    ],
    ['windows that cover all, and one of a time to come', [...always, year(2199)]],
    [
      'windows that cover all, and many that come once',
      [...always, ...Array.from({ length: 24 }, (_, n) => year(2030 + n * 7))],
    ],
    [
      'windows in many zones',
      [
        ...Array.from({ length: 31 }, (_, n) => daily(n, ['UTC', 'Asia/Kathmandu', 'America/New_York'][n % 3])),
        year(2199),
      ],
    ],
  ])('is bounded: %s', (_name, windows) => {
    const schedule = compile(windows);
    const asked = vi.spyOn(TimeZone.prototype, 'firstAt');
    void schedule.at(NOW).nextChange;
    expect(asked.mock.calls.length).toBeGreaterThan(0);
    expect(asked.mock.calls.length).toBeLessThan(60_000);
  });

  test('is nothing while requests only ask whether it is in effect', () => {
    const schedule = compile([...always, year(2199)]);
    schedule.at(NOW);
    const asked = vi.spyOn(TimeZone.prototype, 'firstAt');
    for (let ms = 0; ms < 1_000; ms++) schedule.at(new Date(NOW.getTime() + ms));
    expect(asked).not.toHaveBeenCalled();
  });

  test('is exact behind a window that comes once', () => {
    const schedule = compile([
      ...always.slice(0, 4),
      { absolute: { from: '2026-06-03T12:00:00Z', to: '2026-06-05T02:00:00Z' } },
    ]);
    // The absolute one ends in a weekly one, which ends at noon.
    expect(schedule.at(NOW)).toMatchObject({ inEffect: true, nextChange: new Date('2026-06-05T12:00:00Z') });
  });
});

describe.each<[string, readonly ScheduleWindow[]]>([
  ['weekly', [daily(24)]],
  ['absolute', [year(2026)]],
])('a time that is none, of %s windows', (_name, windows) => {
  test.each(['During', 'Outside'] as const)('can not be told to be %s them', (active) => {
    const schedule = compile(windows, active);
    expect(() => schedule.at(new Date(Number.NaN))).toThrow(EvaluationError);
    expect(() => schedule.at(new Date('+012000-01-01T00:00:00Z'))).toThrow(EvaluationError);
  });

  test('leaves the guardrail a candidate, and failurePolicy answers', () => {
    const schedule: GuardrailSchedule = { active: 'During', windows: [...windows] };
    const now = new Date(Number.NaN);
    const guardrail = compiled({ actions: ['ScaleDown'] }, { schedule });
    expect(isInEffectAt(guardrail, now)).toBe(true);
    expect(findingOf(guardrail, captured('deployment-scale'), { now })).toMatchObject({
      outcome: 'Denied',
      reason: 'EvaluationError',
    });
  });
});

test('what is known of a zone is known once', () => {
  expect(TimeZone.of('Europe/Berlin')).toBe(TimeZone.of('Europe/Berlin'));
});
