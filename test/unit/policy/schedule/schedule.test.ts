import { describe, expect, test } from 'vitest';
import type { GuardrailSchedule, ScheduleWindow, WeeklyWindow } from '../../../../src/api/v1alpha1.ts';
import { compileErrorText, compileGuardrail } from '../../../../src/policy/compile.ts';
import { FieldErrors } from '../../../../src/policy/field-error.ts';
import { type CompiledSchedule, compileSchedule } from '../../../../src/policy/schedule/schedule.ts';
import { guardrail } from '../support/judge.ts';

const ALL_DAYS: WeeklyWindow['days'] = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

const weekly = (timeZone: string, days: WeeklyWindow['days'], start: string, duration: string): ScheduleWindow => ({
  weekly: { timeZone, days, start, duration },
});
const absolute = (from: string, to: string): ScheduleWindow => ({ absolute: { from, to } });

function compile(windows: ScheduleWindow[], active: GuardrailSchedule['active'] = 'During'): CompiledSchedule {
  const errors = new FieldErrors();
  const schedule = compileSchedule({ active, windows }, errors);
  expect(errors.all).toEqual([]);
  return schedule;
}

const textOf = (time: Date) => time.toISOString().replace('.000', '').replace(':00Z', 'Z');

/** The moments at which a schedule changes, from one on: so many of them, with what it changes to. */
function changes(schedule: CompiledSchedule, from: string, count: number): string[] {
  const told: string[] = [];
  let { nextChange } = schedule.at(new Date(from));
  while (told.length < count && nextChange !== undefined) {
    const before = schedule.at(new Date(nextChange.getTime() - 1));
    const after = schedule.at(nextChange);
    expect(before.nextChange).toEqual(nextChange);
    expect(after.inEffect).toBe(!before.inEffect);
    told.push(`${textOf(nextChange)} ${after.inEffect ? 'on' : 'off'}`);
    nextChange = after.nextChange;
  }
  return told;
}

describe('a weekly window', () => {
  test.each<[string, ScheduleWindow[], string, readonly string[]]>([
    [
      'comes on its days',
      [weekly('UTC', ['Mon', 'Wed', 'Fri'], '09:00', '8h')],
      '2026-11-19T12:00:00Z',
      ['2026-11-20T09:00Z on', '2026-11-20T17:00Z off', '2026-11-23T09:00Z on', '2026-11-23T17:00Z off'],
    ],
    [
      'goes on past midnight, and over the end of a week',
      [weekly('Europe/Berlin', ['Fri'], '18:00', '62h')],
      '2026-11-18T00:00:00Z',
      ['2026-11-20T17:00Z on', '2026-11-23T07:00Z off', '2026-11-27T17:00Z on'],
    ],
    [
      'goes on over the end of a year',
      [weekly('Europe/Berlin', ['Thu'], '23:00', '2h')],
      '2026-12-31T12:00:00Z',
      ['2026-12-31T22:00Z on', '2027-01-01T00:00Z off', '2027-01-07T22:00Z on'],
    ],
    [
      'begins on a leap day',
      [weekly('UTC', ['Tue'], '12:00', '1d')],
      '2028-02-26T00:00:00Z',
      ['2028-02-29T12:00Z on', '2028-03-01T12:00Z off'],
    ],
    [
      'goes by the day of its zone, ahead of UTC',
      [weekly('Pacific/Kiritimati', ['Sun'], '01:00', '1h')],
      '2026-11-20T00:00:00Z',
      ['2026-11-21T11:00Z on', '2026-11-21T12:00Z off'],
    ],
    [
      'goes by the day of its zone, behind UTC',
      [weekly('Pacific/Pago_Pago', ['Sun'], '23:00', '1h')],
      '2026-11-20T00:00:00Z',
      ['2026-11-23T10:00Z on', '2026-11-23T11:00Z off'],
    ],
    [
      'begins with the skip that leaves out its start',
      [weekly('Europe/Berlin', ['Sun'], '02:30', '1h')],
      '2027-03-22T00:00:00Z',
      ['2027-03-28T01:00Z on', '2027-03-28T02:00Z off', '2027-04-04T00:30Z on'],
    ],
    [
      'begins at the first of two, once',
      [weekly('Europe/Berlin', ['Sun'], '02:30', '15m')],
      '2026-10-20T00:00:00Z',
      ['2026-10-25T00:30Z on', '2026-10-25T00:45Z off', '2026-11-01T01:30Z on'],
    ],
    [
      'lasts as long in the night that the clocks skip an hour of',
      [weekly('Europe/Berlin', ['Sat'], '20:00', '12h')],
      '2027-03-25T00:00:00Z',
      ['2027-03-27T19:00Z on', '2027-03-28T07:00Z off', '2027-04-03T18:00Z on'],
    ],
    [
      'lasts as long in the night that they show one twice',
      [weekly('America/New_York', ['Sat'], '20:00', '12h')],
      '2026-10-30T00:00:00Z',
      ['2026-11-01T00:00Z on', '2026-11-01T12:00Z off', '2026-11-08T01:00Z on'],
    ],
    [
      'begins with the skip that leaves out its day',
      [weekly('Pacific/Apia', ['Fri'], '09:00', '4h')],
      '2011-12-27T00:00:00Z',
      ['2011-12-30T10:00Z on', '2011-12-30T14:00Z off', '2012-01-05T19:00Z on'],
    ],
    [
      'of half an hour more or less',
      [weekly('Australia/Lord_Howe', ['Sun'], '02:15', '30m')],
      '2026-09-30T00:00:00Z',
      ['2026-10-03T15:30Z on', '2026-10-03T16:00Z off', '2026-10-10T15:15Z on'],
    ],
    [
      'of a minute',
      [weekly('Asia/Kathmandu', ['Mon'], '00:00', '1m')],
      '2026-11-20T00:00:00Z',
      ['2026-11-22T18:15Z on', '2026-11-22T18:16Z off'],
    ],
    [
      'of seven days leaves nothing of most weeks, and an hour of the longest',
      [weekly('Europe/Berlin', ['Mon'], '00:00', '7d')],
      '2026-01-01T00:00:00Z',
      ['2026-10-25T22:00Z off', '2026-10-25T23:00Z on', '2027-10-31T22:00Z off'],
    ],
    [
      'of each whole day leaves that hour as well',
      [weekly('Europe/Berlin', ALL_DAYS, '00:00', '24h')],
      '2026-01-01T00:00:00Z',
      ['2026-10-25T22:00Z off', '2026-10-25T23:00Z on', '2027-10-31T22:00Z off'],
    ],
    ['of each whole day in UTC never changes', [weekly('UTC', ALL_DAYS, '12:00', '1d')], '2026-01-01T00:00:00Z', []],
    [
      'that overlaps itself never changes',
      [weekly('Europe/Berlin', ['Mon', 'Thu'], '08:00', '7d')],
      '2026-01-01T00:00:00Z',
      [],
    ],
    [
      'of two zones is the span of both',
      [weekly('Asia/Tokyo', ['Mon'], '09:00', '9h'), weekly('Europe/Berlin', ['Mon'], '09:00', '9h')],
      '2026-11-22T12:00:00Z',
      ['2026-11-23T00:00Z on', '2026-11-23T17:00Z off'],
    ],
    [
      'after another, without a break, changes nothing',
      [
        weekly('UTC', ['Mon'], '09:00', '1h'),
        weekly('UTC', ['Mon'], '10:00', '1h'),
        weekly('UTC', ['Mon'], '11:01', '1h'),
      ],
      '2026-11-22T12:00:00Z',
      ['2026-11-23T09:00Z on', '2026-11-23T11:00Z off', '2026-11-23T11:01Z on', '2026-11-23T12:01Z off'],
    ],
  ])('%s', (_name, windows, from, expected) => {
    const told = changes(compile(windows), from, Math.max(expected.length, 1));
    expect(told).toEqual(expected);
  });

  test('is in effect from its first millisecond to the last before its end', () => {
    const schedule = compile([weekly('UTC', ['Mon'], '09:00', '1h')]);
    const at = (time: string) => schedule.at(new Date(`2026-11-23T${time}Z`)).inEffect;
    expect(['08:59:59.999', '09:00:00.000', '09:59:59.999', '10:00:00.000'].map(at)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});

describe('an absolute window', () => {
  const FREEZE = absolute('2026-12-20T18:00:00+01:00', '2027-01-04T06:00:00.500Z');

  test.each<[string, ScheduleWindow[], string, readonly string[]]>([
    ['comes once', [FREEZE], '2026-11-22T00:00:00Z', ['2026-12-20T17:00Z on', '2027-01-04T06:00:00.500Z off']],
    ['is over when it ends', [FREEZE], '2027-01-04T06:00:00.500Z', []],
    [
      'overlaps others',
      [
        FREEZE,
        absolute('2027-01-04T00:00:00Z', '2027-01-05T00:00:00Z'),
        absolute('2026-12-24T00:00:00Z', '2026-12-25T00:00:00Z'),
      ],
      '2026-11-22T00:00:00Z',
      ['2026-12-20T17:00Z on', '2027-01-05T00:00Z off'],
    ],
    [
      'goes on in a weekly one',
      [absolute('2026-11-20T00:00:00Z', '2026-11-23T12:00:00Z'), weekly('UTC', ['Mon'], '12:00', '1h')],
      '2026-11-19T00:00:00Z',
      ['2026-11-20T00:00Z on', '2026-11-23T13:00Z off', '2026-11-30T12:00Z on'],
    ],
    [
      'can last for longer than anybody looks ahead',
      [absolute('2026-01-01T00:00:00Z', '2199-01-01T00:00:00Z'), weekly('UTC', ['Mon'], '12:00', '1h')],
      '2025-12-31T00:00:00Z',
      ['2026-01-01T00:00Z on', '2199-01-01T00:00Z off', '2199-01-07T12:00Z on'],
    ],
  ])('%s', (_name, windows, from, expected) => {
    const told = changes(compile(windows), from, Math.max(expected.length, 1));
    expect(told).toEqual(expected);
  });
});

describe('Outside', () => {
  test('is in effect when no window is', () => {
    const windows = [weekly('Europe/Berlin', ['Mon'], '09:00', '9h'), weekly('Europe/Berlin', ['Mon'], '17:00', '2h')];
    expect(changes(compile(windows, 'Outside'), '2026-11-22T00:00:00Z', 2)).toEqual([
      '2026-11-23T08:00Z off',
      '2026-11-23T18:00Z on',
    ]);
  });

  test('of a window that is over is in effect for good', () => {
    const over = compile([absolute('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z')], 'Outside');
    expect(over.at(new Date('2026-01-02T00:00:00Z'))).toEqual({ inEffect: true, nextChange: undefined });
  });

  test('of windows that leave nothing is never in effect', () => {
    const never = compile([weekly('UTC', ALL_DAYS, '00:00', '24h')], 'Outside');
    expect(never.at(new Date('2026-01-02T00:00:00Z'))).toEqual({ inEffect: false, nextChange: undefined });
  });
});

describe('a schedule that can not be meant tells the field and what it must be', () => {
  const errorOf = (schedule: unknown) =>
    compileErrorText(
      compileGuardrail(guardrail({ actions: ['ScaleDown'] }, { schedule: schedule as GuardrailSchedule })),
    );
  const during = (...windows: unknown[]) => ({ active: 'During', windows });
  const good = weekly('UTC', ['Mon'], '09:00', '1h');
  const FIRST = 'spec.schedule.windows[0]';

  test.each<[string, unknown, string]>([
    [
      'a time zone that nobody knows',
      during(weekly('Europe/Berln', ['Mon'], '09:00', '1h')),
      `${FIRST}.weekly.timeZone: must be the name of a time zone that IANA knows, such as Europe/Berlin or UTC`,
    ],
    [
      'an offset',
      during(good, weekly('+01:00', ['Mon'], '09:00', '1h')),
      'spec.schedule.windows[1].weekly.timeZone: must be the name of a time zone',
    ],
    ['no duration', during(weekly('UTC', ['Mon'], '09:00', '0h')), `${FIRST}.weekly.duration: must be from 1m to 7d`],
    [
      'less than a minute',
      during(weekly('UTC', ['Mon'], '09:00', '59s')),
      `${FIRST}.weekly.duration: must be from 1m to 7d`,
    ],
    [
      'more than a week',
      during(weekly('UTC', ['Mon'], '09:00', '169h')),
      `${FIRST}.weekly.duration: must be from 1m to 7d`,
    ],
    [
      'more than a week by far',
      during(weekly('UTC', ['Mon'], '09:00', '999999999999999d')),
      `${FIRST}.weekly.duration: must be from 1m to 7d`,
    ],
    [
      'a duration that is none',
      during(weekly('UTC', ['Mon'], '09:00', '1w')),
      `${FIRST}.weekly.duration: must match pattern`,
    ],
    [
      'a start that is none',
      during(weekly('UTC', ['Mon'], '24:00', '1h')),
      `${FIRST}.weekly.start: must match pattern`,
    ],
    [
      'a day that is none',
      during({ weekly: { timeZone: 'UTC', days: ['Monday'], start: '09:00', duration: '1h' } }),
      `${FIRST}.weekly.days[0]: must be one of Mon, Tue,`,
    ],
    ['no days', during(weekly('UTC', [], '09:00', '1h')), `${FIRST}.weekly.days: must NOT have fewer than 1 items`],
    [
      'an end before the beginning',
      during(absolute('2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z')),
      `${FIRST}.absolute.from: must be before to`,
    ],
    [
      'an end at the beginning',
      during(absolute('2026-01-01T00:00:00Z', '2026-01-01T01:00:00+01:00')),
      `${FIRST}.absolute.from: must be before to`,
    ],
    [
      'an end before the beginning by another offset',
      during(absolute('2026-01-01T00:30:00Z', '2026-01-01T01:00:00+01:00')),
      `${FIRST}.absolute.from: must be before to`,
    ],
    [
      'a day that is in no calendar',
      during(absolute('2026-02-29T00:00:00Z', '2026-03-01T00:00:00Z')),
      `${FIRST}.absolute.from: must`,
    ],
    [
      'an hour that is on no clock',
      during(absolute('2026-02-20T00:00:00Z', '2026-03-01T25:00:00Z')),
      `${FIRST}.absolute.to: must`,
    ],
    [
      'a time without an offset',
      during(absolute('2026-02-01T00:00:00', '2026-03-01T00:00:00Z')),
      `${FIRST}.absolute.from: must`,
    ],
    [
      'a time with a zone',
      during(absolute('2026-02-01T00:00:00Z[Europe/Berlin]', '2026-03-01T00:00:00Z')),
      `${FIRST}.absolute.from: must`,
    ],
    [
      'a time with a blank',
      during(absolute('2026-02-01 00:00:00Z', '2026-03-01T00:00:00Z')),
      `${FIRST}.absolute.from: must be a time with its offset, such as 2026-12-20T18:00:00Z`,
    ],
    [
      'a year long ago',
      during(absolute('0001-01-01T00:00:00Z', '2026-03-01T00:00:00Z')),
      `${FIRST}.absolute.from: must be in the years 1970 to 2199`,
    ],
    [
      'a year far away',
      during(absolute('2026-03-01T00:00:00Z', '9999-12-31T00:00:00Z')),
      `${FIRST}.absolute.to: must be in the years 1970 to 2199`,
    ],
    ['neither kind', during({}), `${FIRST}: must have exactly one of weekly and absolute`],
    [
      'both kinds',
      during({ ...good, ...absolute('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z') }),
      `${FIRST}: must have exactly one of weekly and absolute`,
    ],
    ['no windows', during(), 'spec.schedule.windows: must NOT have fewer than 1 items'],
    ['no word of when', { windows: [good] }, 'spec.schedule.active: must be set'],
    ['another word', { active: 'Always', windows: [good] }, 'spec.schedule.active: must be one of During, Outside'],
  ])('%s', (_name, schedule, told) => expect(errorOf(schedule)).toContain(told));

  test('all of them at once', () => {
    expect(errorOf(during(weekly('X', ['Mon'], '09:00', '0m'), {}))).toBe(
      `${FIRST}.weekly.timeZone: must be the name of a time zone that IANA knows, such as Europe/Berlin or UTC; ${FIRST}.weekly.duration: must be from 1m to 7d; spec.schedule.windows[1]: must have exactly one of weekly and absolute`,
    );
  });
});
