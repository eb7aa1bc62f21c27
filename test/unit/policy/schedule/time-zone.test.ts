import { describe, expect, test } from 'vitest';
import { TimeZone } from '../../../../src/policy/schedule/time-zone.ts';
import { clockOf } from './support/wall-clock.ts';

const zoneOf = (name: string): TimeZone => {
  const zone = TimeZone.of(name);
  if (zone === undefined) throw new Error(`there is no time zone ${name}`);
  return zone;
};
const firstAt = (name: string, reading: string) =>
  new Date(zoneOf(name).firstAt(Date.parse(`${reading}Z`))).toISOString().replace('.000', '');

describe('a time zone', () => {
  test.each(['Europe/Berlin', 'UTC', 'Etc/GMT+1', 'US/Eastern', 'europe/berlin', 'America/Argentina/Buenos_Aires'])(
    'is known as %s',
    (name) => expect(TimeZone.of(name)).toBeDefined(),
  );

  test.each([
    'Europe/Berln',
    'Berlin',
    '',
    'Z',
    '+01:00',
    '-05',
    '2026-01-01T00:00[Europe/Berlin]',
    'Europe/',
    '/UTC',
    'Europe/Berlin ',
    'constructor',
    '__proto__',
  ])('is not known as %j', (name) => expect(TimeZone.of(name)).toBeUndefined());
});

describe('a reading of the clocks', () => {
  test.each<[string, string, string, string]>([
    ['is at the moment they show it', 'Europe/Berlin', '2026-07-01T12:00', '2026-07-01T10:00:00Z'],
    ['ends with a skip', 'Europe/Berlin', '2027-03-28T01:59', '2027-03-28T00:59:00Z'],
    ['that begins a skip is at the skip', 'Europe/Berlin', '2027-03-28T02:00', '2027-03-28T01:00:00Z'],
    ['that is skipped is at the skip', 'Europe/Berlin', '2027-03-28T02:30', '2027-03-28T01:00:00Z'],
    ['after a skip is at the skip', 'Europe/Berlin', '2027-03-28T03:00', '2027-03-28T01:00:00Z'],
    ['that is shown twice is at the first time', 'Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30:00Z'],
    ['that begins again is at the first time', 'Europe/Berlin', '2026-10-25T02:00', '2026-10-25T00:00:00Z'],
    ['after those is shown once', 'Europe/Berlin', '2026-10-25T03:00', '2026-10-25T02:00:00Z'],
    ['skipped in New York', 'America/New_York', '2027-03-14T02:30', '2027-03-14T07:00:00Z'],
    ['shown twice in New York', 'America/New_York', '2026-11-01T01:30', '2026-11-01T05:30:00Z'],
    ['skipped by half an hour', 'Australia/Lord_Howe', '2026-10-04T02:15', '2026-10-03T15:30:00Z'],
    ['shown twice for half an hour', 'Australia/Lord_Howe', '2027-04-04T01:45', '2027-04-03T14:45:00Z'],
    ['a quarter of an hour off', 'Asia/Kathmandu', '2026-11-22T00:00', '2026-11-21T18:15:00Z'],
    ['on a day that is skipped', 'Pacific/Apia', '2011-12-30T09:00', '2011-12-30T10:00:00Z'],
    ['on the day after it', 'Pacific/Apia', '2011-12-31T09:00', '2011-12-30T19:00:00Z'],
    ['skipped at the end of a fast', 'Africa/Casablanca', '2025-04-06T02:30', '2025-04-06T02:00:00Z'],
    ['shown twice at its beginning', 'Africa/Casablanca', '2025-02-23T02:30', '2025-02-23T01:30:00Z'],
    ['at the turn of a year', 'Pacific/Kiritimati', '2027-01-01T00:00', '2026-12-31T10:00:00Z'],
    ['far behind UTC', 'Etc/GMT+12', '2026-12-31T23:59', '2027-01-01T11:59:00Z'],
    ['before there was summer time', 'Europe/Berlin', '1970-07-01T12:00', '1970-07-01T11:00:00Z'],
    ['centuries ahead', 'Europe/Berlin', '2199-07-01T12:00', '2199-07-01T10:00:00Z'],
  ])('%s (%s %s)', (_name, zone, reading, expected) => expect(firstAt(zone, reading)).toBe(expected));

  test('is found for what Intl shows, in a tenth of all zones, in the seasons of two years', () => {
    const from = Date.UTC(2025, 11, 20, 9, 30);
    const step = 100 * 3_600_000;
    for (const name of Intl.supportedValuesOf('timeZone').filter((_, index) => index % 10 === 0)) {
      const zone = zoneOf(name);
      const shown = clockOf(name);
      for (let time = from; time < from + 180 * step; time += step) {
        const reading = shown(time);
        const first = zone.firstAt(reading);
        expect(`${name} ${shown(first)}`).toBe(`${name} ${reading}`);
        expect(first).toBeLessThanOrEqual(time);
        // What is shown twice is shown again within three hours.
        expect(time - first).toBeLessThanOrEqual(3 * 3_600_000);
      }
    }
  });
});
