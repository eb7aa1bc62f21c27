import { expect, test } from 'vitest';
import { Backoff } from '../../../src/kube/backoff.ts';

const waits = (backoff: Backoff, count: number): readonly number[] =>
  Array.from({ length: count }, () => backoff.next());

test('waits double up to the cap', () => {
  const backoff = new Backoff({ baseMs: 100, capMs: 2_000 }, () => 1);
  expect(waits(backoff, 7)).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000]);
});

test('a wait is any part of its bound', () => {
  const parts = [0, 0.25, 0.999];
  const backoff = new Backoff({ baseMs: 100, capMs: 2_000 }, () => parts.shift() ?? 0);
  expect(waits(backoff, 3)).toEqual([0, 50, 399.6]);
});

test('after a reset the waits are short again', () => {
  const backoff = new Backoff({ baseMs: 100, capMs: 2_000 }, () => 1);
  waits(backoff, 2_000);
  expect(backoff.next()).toBe(2_000);
  backoff.reset();
  expect(backoff.next()).toBe(100);
});
