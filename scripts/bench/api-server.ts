import { type AdmissionVariant, admissionVariants } from './admission-variants.ts';
import type { Fleet } from './fleet.ts';
import { type ClientRequest, HttpsClient } from './https-client.ts';
import { runLoad } from './load.ts';
import { orderOf } from './order.ts';
import { DRY_UPDATE } from './paths.ts';
import { untilQuiet } from './process-figures.ts';
import { Samples } from './samples.ts';
import type { Stage } from './stage.ts';
import { quantile, type Spread } from './statistics.ts';
import { NONE, NOOP } from './variants.ts';

/** What an update takes through the API server, with so many under way. */
export interface ApiServerRow {
  readonly variant: string;
  readonly concurrency: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** The median latency as a multiple of that without any policy, in the same round. */
  readonly p50ToNone: Spread;
  /** And of that with the no-op webhook. */
  readonly p50ToNoop: Spread;
}

/** How many requests are under way. */
export const CONCURRENCIES = [1, 8, 32] as const;

const WARM_FACTOR = 0.2;
const QUIET_TIMEOUT_MS = 10_000;

type Figure = 'requestsPerSecond' | 'p50Ms' | 'p95Ms' | 'p99Ms';

/** Updates the Deployment through the API server, as a dry run, with each way to admit it, once in each round. */
export async function measureApiServer(
  stage: Stage,
  fleet: Fleet,
  rounds: number,
  seconds: number,
): Promise<ApiServerRow[]> {
  const { cluster, progress, signal } = stage;
  const client = new HttpsClient(cluster.peer, Math.max(...CONCURRENCIES), signal);
  const request = { method: 'PUT', path: DRY_UPDATE, body: Buffer.from(JSON.stringify(stage.release)) };
  const samples = new Samples<Figure>();
  const variants = admissionVariants(stage, fleet);
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const variant of orderOf(variants, round)) {
        progress.update(`through the API server: round ${round + 1} of ${rounds}, ${variant.name}`);
        await measureOnce(variant, client, request, samples, seconds);
        await untilQuiet(fleet.pids, QUIET_TIMEOUT_MS, signal);
      }
    }
  } finally {
    client.close();
  }
  return variants.flatMap(({ name }) => CONCURRENCIES.map((concurrency) => rowOf(samples, name, concurrency)));
}

async function measureOnce(
  variant: AdmissionVariant,
  client: HttpsClient,
  request: ClientRequest,
  samples: Samples<Figure>,
  seconds: number,
): Promise<void> {
  const load = (concurrency: number, share: number) =>
    runLoad({
      client,
      request,
      concurrency,
      seconds: seconds * share,
      isExpected: ({ status }) => status === 200,
    });
  await variant.on();
  for (const concurrency of CONCURRENCIES) {
    await load(concurrency, WARM_FACTOR);
    const { requests, seconds: taken, latenciesMs } = await load(concurrency, 1);
    samples.add(keyOf(variant.name, concurrency), {
      requestsPerSecond: requests / taken,
      p50Ms: quantile(latenciesMs, 0.5),
      p95Ms: quantile(latenciesMs, 0.95),
      p99Ms: quantile(latenciesMs, 0.99),
    });
  }
  await variant.off();
}

const keyOf = (variant: string, concurrency: number): string => `${variant} at ${concurrency}`;

function rowOf(samples: Samples<Figure>, variant: string, concurrency: number): ApiServerRow {
  const key = keyOf(variant, concurrency);
  const middle = (figure: Figure): number => samples.figure(key, figure).median;
  return {
    variant,
    concurrency,
    requestsPerSecond: middle('requestsPerSecond'),
    p50Ms: middle('p50Ms'),
    p95Ms: middle('p95Ms'),
    p99Ms: middle('p99Ms'),
    p50ToNone: samples.ratio(key, keyOf(NONE, concurrency), 'p50Ms'),
    p50ToNoop: samples.ratio(key, keyOf(NOOP, concurrency), 'p50Ms'),
  };
}
