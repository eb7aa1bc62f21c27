import type { LocalOperator } from '../../src/sandbox/local-operator.ts';
import { directTarget, isAllowed } from './direct-target.ts';
import { guardrailsOf } from './guardrail-set.ts';
import { HttpsClient } from './https-client.ts';
import { runLoad } from './load.ts';
import { shippedOperators, untilReady } from './operators.ts';
import { GUARDRAILS, WEBHOOKS } from './paths.ts';
import { residentMiB, untilQuiet } from './process-figures.ts';
import { Samples } from './samples.ts';
import type { Stage } from './stage.ts';
import type { Spread } from './statistics.ts';
import { THOUSAND } from './variants.ts';

/** How an operator with a thousand guardrails starts, and what it holds. */
export interface StartFigures {
  readonly readySeconds: Spread;
  readonly loadedMiB: Spread;
  readonly burstMiB: Spread;
}

const SET = 'start';
const CONFIGURATION = `${WEBHOOKS}/guardrails.dev`;
const QUIET_TIMEOUT_MS = 15_000;
/** As many as the API server of a busy cluster has under way. */
const BURST_CONCURRENCY = 32;
const BURST_FACTOR = 3;

/** Starts an operator beside a thousand guardrails, once in each round. */
export async function measureStart(stage: Stage, rounds: number, seconds: number): Promise<StartFigures> {
  const { cluster, progress } = stage;
  progress.line('start: creating 1,000 guardrails');
  await cluster.createAll(GUARDRAILS, guardrailsOf(SET, THOUSAND, undefined));
  const samples = new Samples<keyof StartFigures>();
  // The first one makes the certificates and writes the status of every guardrail, as at installation.
  for (let round = -1; round < rounds; round += 1) {
    progress.update(round < 0 ? 'start: for the first time' : `start: round ${round + 1} of ${rounds}`);
    const figures = await startOnce(stage, seconds);
    if (round >= 0) samples.add(SET, figures);
  }
  await cluster.call('DELETE', CONFIGURATION);
  await cluster.call('DELETE', GUARDRAILS);
  return {
    readySeconds: samples.figure(SET, 'readySeconds'),
    loadedMiB: samples.figure(SET, 'loadedMiB'),
    burstMiB: samples.figure(SET, 'burstMiB'),
  };
}

async function startOnce(stage: Stage, seconds: number): Promise<Record<keyof StartFigures, number>> {
  const { controlPlane, signal } = stage;
  const { OPERATOR_ACCOUNT, spawnLocalOperator } = await shippedOperators();
  const kubeconfig = await controlPlane.serviceAccountKubeconfig(OPERATOR_ACCOUNT);
  const started = performance.now();
  const operator = await spawnLocalOperator(controlPlane, { env: process.env, kubeconfig });
  try {
    await untilReady(operator, signal);
    const readySeconds = (performance.now() - started) / 1_000;
    await untilQuiet([operator.pid], QUIET_TIMEOUT_MS, signal);
    const loadedMiB = residentMiB(operator.pid);
    await burst(stage, operator, seconds * BURST_FACTOR);
    return { readySeconds, loadedMiB, burstMiB: residentMiB(operator.pid) };
  } finally {
    await operator.kill();
  }
}

async function burst({ cluster, review, signal }: Stage, operator: LocalOperator, seconds: number): Promise<void> {
  const target = directTarget(await cluster.call('GET', CONFIGURATION), operator.port);
  const client = new HttpsClient(target.peer, BURST_CONCURRENCY, signal);
  try {
    const request = { method: 'POST', path: target.path, body: review };
    await runLoad({ client, request, concurrency: BURST_CONCURRENCY, seconds, isExpected: isAllowed });
  } finally {
    client.close();
  }
}
