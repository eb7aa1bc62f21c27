import { isAllowed } from './direct-target.ts';
import type { Endpoint, Fleet } from './fleet.ts';
import { HttpsClient } from './https-client.ts';
import { type LoadResult, runLoad } from './load.ts';
import { orderOf } from './order.ts';
import { cpuSeconds, residentMiB, untilQuiet } from './process-figures.ts';
import { Samples } from './samples.ts';
import type { Stage } from './stage.ts';
import { quantile, type Spread } from './statistics.ts';
import { NOOP, type OperatorName } from './variants.ts';

/** What a webhook takes for a review that is posted straight to it. */
export interface DirectRow {
  readonly variant: string;
  readonly reviewsPerSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** User and system time of the whole process. */
  readonly cpuMs: number;
  /** As a multiple of the no-op webhook's in the same round. */
  readonly cpuToNoop: Spread;
  /** As a multiple of that of one guardrail in the same round. */
  readonly cpuToOne: Spread;
  readonly residentMiB: number;
}

/** Enough to keep the process busy all the time. */
const CONCURRENCY = 8;
/** A clock that counts hundredths of a second needs more of them than a stopwatch. */
const CPU_FACTOR = 1.5;
const LATENCY_FACTOR = 0.5;
const WARM_FACTOR = 0.2;
const QUIET_TIMEOUT_MS = 15_000;
const ONE: OperatorName = 'us-1';

type Figure = 'reviewsPerSecond' | 'p50Ms' | 'p95Ms' | 'p99Ms' | 'cpuMs' | 'residentMiB';

/** Posts the review of the release straight to each webhook, once in each round. */
export async function measureDirect(
  stage: Stage,
  { endpoints, pids }: Fleet,
  rounds: number,
  seconds: number,
): Promise<DirectRow[]> {
  const samples = new Samples<Figure>();
  for (let round = 0; round < rounds; round += 1) {
    for (const endpoint of orderOf(endpoints, round)) {
      stage.progress.update(`direct: round ${round + 1} of ${rounds}, ${endpoint.name}`);
      samples.add(endpoint.name, await measureOnce(stage, endpoint, seconds));
      // Records and counts are written after the answers: they must not be counted as the next one's disturbance.
      await untilQuiet(pids, QUIET_TIMEOUT_MS, stage.signal);
    }
  }
  return endpoints.map(({ name }) => {
    const middle = (figure: Figure): number => samples.figure(name, figure).median;
    return {
      variant: name,
      reviewsPerSecond: middle('reviewsPerSecond'),
      p50Ms: middle('p50Ms'),
      p95Ms: middle('p95Ms'),
      p99Ms: middle('p99Ms'),
      cpuMs: middle('cpuMs'),
      cpuToNoop: samples.ratio(name, NOOP, 'cpuMs'),
      cpuToOne: samples.ratio(name, ONE, 'cpuMs'),
      residentMiB: middle('residentMiB'),
    };
  });
}

async function measureOnce(stage: Stage, endpoint: Endpoint, seconds: number): Promise<Record<Figure, number>> {
  const { pid, peer, path } = endpoint;
  const client = new HttpsClient(peer, CONCURRENCY, stage.signal);
  const load = (concurrency: number, share: number): Promise<LoadResult> =>
    runLoad({
      client,
      request: { method: 'POST', path, body: stage.review },
      concurrency,
      seconds: seconds * share,
      isExpected: isAllowed,
    });
  try {
    await load(CONCURRENCY, WARM_FACTOR);
    const before = cpuSeconds(pid);
    const busy = await load(CONCURRENCY, CPU_FACTOR);
    const cpu = cpuSeconds(pid) - before;
    const { latenciesMs } = await load(1, LATENCY_FACTOR);
    return {
      reviewsPerSecond: busy.requests / busy.seconds,
      p50Ms: quantile(latenciesMs, 0.5),
      p95Ms: quantile(latenciesMs, 0.95),
      p99Ms: quantile(latenciesMs, 0.99),
      cpuMs: (cpu * 1_000) / busy.requests,
      residentMiB: residentMiB(pid),
    };
  } finally {
    client.close();
  }
}
