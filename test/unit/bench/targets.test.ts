import { expect, test } from 'vitest';
import type { DirectRow } from '../../../scripts/bench/direct.ts';
import { TEN_OF_THOUSAND } from '../../../scripts/bench/engine.ts';
import type { Spread } from '../../../scripts/bench/statistics.ts';
import { type Measured, targetResults } from '../../../scripts/bench/targets.ts';

const spread = (median: number): Spread => ({ median, least: median / 2, most: median * 2 });

const directRow = (variant: string, cpuToNoop: number, cpuToOne: number): DirectRow => ({
  variant,
  reviewsPerSecond: 1,
  p50Ms: 1,
  p95Ms: 1,
  p99Ms: 1,
  cpuMs: 1,
  cpuToNoop: spread(cpuToNoop),
  cpuToOne: spread(cpuToOne),
  residentMiB: 1,
});

const engine = (tenOfThousand: number, ...conditions: readonly number[]): Measured => ({
  engine: {
    decode: { name: 'decode', microseconds: 1_000 },
    evaluations: [
      { name: 'another', microseconds: 1_000 },
      { name: TEN_OF_THOUSAND, microseconds: tenOfThousand },
    ],
    conditions: conditions.map((microseconds) => ({ name: 'c', microseconds })),
  },
});

const apiServer = (concurrency: number, ratio: number): Measured => ({
  apiServer: [
    {
      variant: 'us-100-10',
      concurrency,
      requestsPerSecond: 1,
      p50Ms: 1,
      p95Ms: 1,
      p99Ms: 1,
      p50ToNone: spread(9),
      p50ToNoop: spread(ratio),
    },
  ],
});

const start = (burstMiB: number, readySeconds: number): Measured => ({
  start: { readySeconds: spread(readySeconds), loadedMiB: spread(1), burstMiB: spread(burstMiB) },
});

const resultsIn = (measured: Measured) =>
  targetResults(measured)
    .filter(({ result }) => result !== 'NotMeasured')
    .map(({ name, value, result }) => ({ name, value, result }));

test.each<[string, Measured, string, string]>([
  ['CPU at its limit', { direct: [directRow('us-100-10', 1.5, 9)] }, 'audit None', 'Met'],
  ['CPU over its limit', { direct: [directRow('us-100-10', 1.51, 9)] }, 'audit None', 'Missed'],
  ['CPU with records', { direct: [directRow('us-100-10-record', 1.6, 9)] }, 'audit Record', 'Missed'],
  ['other kinds', { direct: [directRow('us-1000-others', 9, 1.05)] }, '999 of other kinds', 'Met'],
  ['all match', { direct: [directRow('us-1000', 9, 5.1)] }, '1,000 guardrails that all match', 'Missed'],
  ['latency of one', apiServer(1, 1.1), 'p50 through the API server at 1,', 'Met'],
  ['latency of many', apiServer(32, 1.2), 'p50 through the API server at 32,', 'Missed'],
])('%s', (_name, measured, name, result) => {
  expect(resultsIn(measured)).toEqual([{ name: expect.stringContaining(name), value: expect.any(Number), result }]);
});

test('the engine is judged by its target evaluation and its slowest condition', () => {
  expect(resultsIn(engine(50, 3, 31, 4))).toEqual([
    { name: expect.stringContaining('engine alone'), value: 50, result: 'Met' },
    { name: expect.stringContaining('slowest'), value: 31, result: 'Missed' },
  ]);
});

test('a start is judged by its medians, and the rounds are told', () => {
  expect(targetResults(start(140, 2.1)).slice(-2)).toMatchObject([
    { value: 140, least: 70, most: 280, result: 'Met' },
    { value: 2.1, result: 'Missed' },
  ]);
});

test('what was not measured is neither met nor missed', () => {
  const results = targetResults({});
  expect(new Set(results.map(({ result }) => result))).toEqual(new Set(['NotMeasured']));
  expect(new Set(results.map(({ name }) => name)).size).toBe(results.length);
});
