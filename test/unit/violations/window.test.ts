import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOver, takesRepeat, windowAt } from '../../../src/violations/window.ts';

const at = (text: string) => Date.parse(`2026-03-01T${text}Z`);
const window = windowAt(at('12:00:30'), 60_000);

describe('a window', () => {
  test('it is the minute that a time is in', () => {
    expect(window).toEqual({ start: at('12:00:00'), end: at('12:01:00') });
  });

  test('every time is in exactly one, and all replicas agree on it', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 1e6 }), (time, length) => {
        const { start, end } = windowAt(time, length);
        expect(start <= time && time < end && windowAt(start, length).start === start).toBe(true);
      }),
    );
  });

  test.each([
    { name: 'a repeat in the same window stays', previous: '12:00:01', time: '12:00:59', expected: true },
    { name: 'one after its end begins a new record', previous: '12:00:01', time: '12:01:00', expected: false },
    { name: 'one within two seconds stays over the end', previous: '12:00:59', time: '12:01:01', expected: true },
    { name: 'one after more than two seconds does not', previous: '12:00:59', time: '12:01:01.001', expected: false },
    { name: 'a chain of them stays for five seconds', previous: '12:01:03', time: '12:01:04.999', expected: true },
    { name: 'and not longer', previous: '12:01:04', time: '12:01:05', expected: false },
    { name: 'one of a window before does not stay', previous: '12:00:30', time: '11:59:59', expected: false },
    { name: 'a review that was overtaken stays', previous: '12:00:00.100', time: '11:59:59.900', expected: true },
  ])('$name', ({ previous, time, expected }) => {
    expect(takesRepeat(window, at(previous), at(time))).toBe(expected);
  });

  test('no repeat comes in once it is over', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10_000, max: 90_000 }), fc.integer({ min: 0, max: 90_000 }), (previous, time) => {
        const now = window.start + time;
        expect(isOver(window, now) && takesRepeat(window, window.start + previous, now)).toBe(false);
      }),
    );
  });
});
