import { directTarget, isAllowed } from './direct-target.ts';
import { guardrailsOf, policiesOf } from './guardrail-set.ts';
import { HttpsClient, type Peer } from './https-client.ts';
import { runLoad } from './load.ts';
import { type Noop, startNoop } from './noop.ts';
import { type SetOperator, startSetOperator } from './operators.ts';
import { GUARDRAILS, POLICIES } from './paths.ts';
import { untilQuiet } from './process-figures.ts';
import type { Stage } from './stage.ts';
import { NOOP, OPERATORS, type OperatorName, POLICIES_USUAL, USUAL } from './variants.ts';

/** A webhook that reviews are posted to, without the API server. */
export interface Endpoint {
  readonly name: string;
  readonly pid: number;
  readonly peer: Peer;
  readonly path: string;
}

/** All that is measured, side by side and warm. */
export interface Fleet {
  readonly noop: Noop;
  readonly operators: ReadonlyMap<OperatorName, SetOperator>;
  readonly endpoints: readonly Endpoint[];
  readonly pids: readonly number[];
}

const WARM_CONCURRENCY = 8;
/** After so many reviews the code of a webhook is compiled, and its heap has the size that it keeps. */
const WARM_REVIEWS = 4_000;
/** A thousand guardrails that match take their time; by then they have been asked often enough. */
const WARM_SECONDS = 15;
const WARM_STEP_SECONDS = 0.5;
const QUIET_TIMEOUT_MS = 30_000;

/** Starts the webhook that does nothing and an operator for each set, and calls `use` when all of them are warm and quiet. */
export async function withFleet<T>(stage: Stage, seconds: number, use: (fleet: Fleet) => Promise<T>): Promise<T> {
  const operators = new Map<OperatorName, SetOperator>();
  const noop = await startNoop();
  try {
    await createSets(stage);
    for (const { name } of OPERATORS) {
      stage.progress.update(`starting operator ${name}`);
      operators.set(name, await startSetOperator(stage.controlPlane, name, stage.signal));
    }
    const pids = [...operators.values()].map(({ operator }) => operator.pid);
    const endpoints = await endpointsOf(stage, noop, operators);
    for (const endpoint of endpoints) {
      stage.progress.update(`warming up ${endpoint.name}`);
      await warmUp(stage, endpoint, Math.min(1, seconds));
    }
    stage.progress.update('waiting until all is written');
    await untilQuiet(pids, QUIET_TIMEOUT_MS, stage.signal);
    return await use({ noop, operators, endpoints, pids });
  } finally {
    await Promise.all([...operators.values()].map((operator) => operator.stop()));
    noop.stop();
  }
}

async function createSets({ cluster, progress }: Stage): Promise<void> {
  for (const variant of OPERATORS) {
    progress.update(`creating guardrails ${variant.name}`);
    const { name, composition } = variant;
    const audit = 'audit' in variant ? variant.audit : undefined;
    await cluster.createAll(GUARDRAILS, guardrailsOf(name, composition, audit));
  }
  // Without bindings they are not asked, and not even compiled.
  const policies = policiesOf(POLICIES_USUAL, USUAL);
  await cluster.createAll(
    POLICIES,
    policies.map(({ policy }) => policy),
  );
}

async function endpointsOf(
  { cluster }: Stage,
  noop: Noop,
  operators: ReadonlyMap<OperatorName, SetOperator>,
): Promise<Endpoint[]> {
  const { pid, url, caCertificate } = noop;
  const endpoints: Endpoint[] = [{ name: NOOP, pid, peer: { url, caCertificate }, path: '/' }];
  for (const [name, { operator, entries }] of operators) {
    await cluster.until(`the entries of ${name}`, async () => entries().length > 0);
    endpoints.push({ name, pid: operator.pid, ...directTarget({ webhooks: entries() }, operator.port) });
  }
  return endpoints;
}

/** Shorter runs are warmed up for less long in proportion. */
async function warmUp({ review, signal }: Stage, { peer, path }: Endpoint, share: number): Promise<void> {
  const client = new HttpsClient(peer, WARM_CONCURRENCY, signal);
  const request = { method: 'POST', path, body: review };
  const end = performance.now() + WARM_SECONDS * share * 1_000;
  try {
    for (let left = WARM_REVIEWS * share; left > 0 && performance.now() < end; ) {
      const load = {
        client,
        request,
        concurrency: WARM_CONCURRENCY,
        seconds: WARM_STEP_SECONDS,
        isExpected: isAllowed,
      };
      left -= (await runLoad(load)).requests;
    }
  } finally {
    client.close();
  }
}
