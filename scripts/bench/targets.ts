import type { ApiServerRow } from './api-server.ts';
import type { DirectRow } from './direct.ts';
import { type EngineFigures, TEN_OF_THOUSAND } from './engine.ts';
import type { StartFigures } from './start.ts';
import type { Spread } from './statistics.ts';
import type { OperatorName } from './variants.ts';

/** What was measured; a section that was not run is absent. */
export interface Measured {
  readonly engine?: EngineFigures;
  readonly start?: StartFigures;
  readonly direct?: readonly DirectRow[];
  readonly apiServer?: readonly ApiServerRow[];
}

/** A target, and whether it is met. */
export interface TargetResult {
  readonly name: string;
  readonly unit: Unit;
  readonly limit: number;
  /** Undefined if it was not measured. */
  readonly value: number | undefined;
  /** Over the rounds, where it was measured in rounds. */
  readonly least?: number;
  readonly most?: number;
  readonly result: 'Met' | 'Missed' | 'NotMeasured';
}

type Unit = 'times' | 'µs' | 'MiB' | 's';

interface Target {
  readonly name: string;
  readonly unit: Unit;
  readonly limit: number;
  readonly read: (measured: Measured) => Spread | number | undefined;
}

const direct = (measured: Measured, name: OperatorName): DirectRow | undefined =>
  measured.direct?.find(({ variant }) => variant === name);

const p50ToNoop = (concurrency: number): Target => ({
  name: `p50 through the API server at ${concurrency}, 100 guardrails of which 10 match, to the no-op webhook's`,
  unit: 'times',
  limit: 1.15,
  read: ({ apiServer }) =>
    apiServer?.find((row) => row.variant === ('us-100-10' satisfies OperatorName) && row.concurrency === concurrency)
      ?.p50ToNoop,
});

/** Every target, one row each. */
const TARGETS: readonly Target[] = [
  {
    name: "CPU per review, 100 guardrails of which 10 match, audit None, to the no-op webhook's",
    unit: 'times',
    limit: 1.5,
    read: (measured) => direct(measured, 'us-100-10')?.cpuToNoop,
  },
  {
    name: "CPU per review, 100 guardrails of which 10 match, audit Record (default), to the no-op webhook's",
    unit: 'times',
    limit: 1.5,
    read: (measured) => direct(measured, 'us-100-10-record')?.cpuToNoop,
  },
  p50ToNoop(1),
  p50ToNoop(8),
  p50ToNoop(32),
  {
    name: 'CPU per review, 1 guardrail that matches and 999 of other kinds, to 1 alone',
    unit: 'times',
    limit: 1.05,
    read: (measured) => direct(measured, 'us-1000-others')?.cpuToOne,
  },
  {
    name: 'CPU per review, 1,000 guardrails that all match, to 1',
    unit: 'times',
    limit: 5,
    read: (measured) => direct(measured, 'us-1000')?.cpuToOne,
  },
  {
    name: 'engine alone, 10 of 1,000 guardrails match',
    unit: 'µs',
    limit: 50,
    read: ({ engine }) => engine?.evaluations.find(({ name }) => name === TEN_OF_THOUSAND)?.microseconds,
  },
  {
    name: 'the slowest kind of condition',
    unit: 'µs',
    limit: 30,
    read: ({ engine }) => engine && Math.max(...engine.conditions.map(({ microseconds }) => microseconds)),
  },
  {
    name: 'memory with 1,000 guardrails, after a burst',
    unit: 'MiB',
    limit: 150,
    read: ({ start }) => start?.burstMiB,
  },
  { name: 'ready with 1,000 guardrails', unit: 's', limit: 2, read: ({ start }) => start?.readySeconds },
];

/** Every target with what was measured of it. */
export function targetResults(measured: Measured): TargetResult[] {
  return TARGETS.map(({ name, unit, limit, read }) => {
    const found = read(measured);
    if (found === undefined) return { name, unit, limit, value: undefined, result: 'NotMeasured' };
    const value = typeof found === 'number' ? found : found.median;
    const bounds = typeof found === 'number' ? {} : { least: found.least, most: found.most };
    return { name, unit, limit, value, ...bounds, result: value <= limit ? 'Met' : 'Missed' };
  });
}
