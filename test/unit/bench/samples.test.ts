import { expect, test } from 'vitest';
import { Samples } from '../../../scripts/bench/samples.ts';

function noisyMachine(): Samples<'ms'> {
  const samples = new Samples<'ms'>();
  // Each round is another time of the day: whatever is measured takes as many times as long.
  for (const slowness of [1, 10, 3]) {
    samples.add('a', { ms: 2 * slowness });
    samples.add('b', { ms: 3 * slowness });
  }
  return samples;
}

test('a figure is told over all rounds', () => {
  expect(noisyMachine().figure('a', 'ms')).toEqual({ median: 6, least: 2, most: 20 });
});

test('two subjects are compared round by round, so that what disturbs both changes nothing', () => {
  expect(noisyMachine().ratio('b', 'a', 'ms')).toEqual({ median: 1.5, least: 1.5, most: 1.5 });
});

test('what was not measured can not be told or compared', () => {
  expect(() => noisyMachine().figure('c', 'ms')).toThrow('c was not measured');
  expect(() => noisyMachine().ratio('a', 'c', 'ms')).toThrow('c was not measured');
});
