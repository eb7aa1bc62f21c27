import { expect, test } from 'vitest';
import { median, quantile, spreadOf } from '../../../scripts/bench/statistics.ts';

test.each([
  ['one value', [7], 7],
  ['an odd number of values', [3, 1, 2], 2],
  ['an even number of values', [4, 1, 2, 3], 2.5],
  ['values that would sort otherwise as text', [10, 9, 100], 10],
])('the median of %s', (_name, values, expected) => {
  expect(median(values)).toBe(expected);
});

test.each([
  [0, 10],
  [0.5, 30],
  [0.95, 48],
  [1, 50],
])('the quantile at %d lies between the values next to it', (share, expected) => {
  expect(quantile([50, 10, 40, 20, 30], share)).toBe(expected);
});

test('no values have no quantile', () => {
  expect(() => quantile([], 0.5)).toThrow('at least one value');
});

test('values are left in their order', () => {
  const values = [3, 1, 2];
  quantile(values, 0.5);
  expect(values).toEqual([3, 1, 2]);
});

test('a spread tells the middle and the ends', () => {
  expect(spreadOf([5, 1, 3])).toEqual({ median: 3, least: 1, most: 5 });
});
