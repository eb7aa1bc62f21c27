import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import type { WebhookEntry } from '../../src/controller/webhook-entries.ts';
import type { ControlPlane } from '../../src/sandbox/control-plane.ts';
import type { LocalOperator } from '../../src/sandbox/local-operator.ts';
import { GuardrailView } from './guardrail-view.ts';

/** The operator is measured as it is shipped: compiled. */
const LOCAL_OPERATOR = new URL('../../dist/sandbox/local-operator.js', import.meta.url).href;

/** What starts operators as they are shipped. Throws if it was not built. */
export async function shippedOperators(): Promise<typeof import('../../src/sandbox/local-operator.ts')> {
  try {
    return await import(LOCAL_OPERATOR);
  } catch (error) {
    throw new Error('the operator is measured as it is shipped: run "make build" first', { cause: error });
  }
}

const READY_TIMEOUT_MS = 30_000;
/** As exact as the time to be ready is told. */
const READY_STEP_MS = 5;

/** Our own entry for Guardrails themselves has nothing to do with the requests that are measured. */
const GUARDRAIL_ENTRY = 'guardrails.validate.guardrails.dev';

/** An operator that knows one set of guardrails, and what it wants the API server to send. */
export interface SetOperator {
  readonly operator: LocalOperator;
  /** The entries by which requests come to it. */
  readonly entries: () => readonly WebhookEntry[];
  stop(): Promise<void>;
}

/** Waits until an operator says that it is ready. Throws, with what it has logged, if it does not become so. */
export async function untilReady(operator: LocalOperator, signal: AbortSignal): Promise<void> {
  const end = performance.now() + READY_TIMEOUT_MS;
  while (!(await operator.isReady())) {
    if (performance.now() > end) throw new Error(`the operator was not ready in time:\n${operator.log()}`);
    await sleep(READY_STEP_MS, undefined, { signal });
  }
}

/** Starts an operator that sees the guardrails of one set alone, and returns when it is ready. */
export async function startSetOperator(
  controlPlane: ControlPlane,
  set: string,
  signal: AbortSignal,
): Promise<SetOperator> {
  const { OPERATOR_ACCOUNT, spawnLocalOperator } = await shippedOperators();
  const view = await GuardrailView.start(controlPlane, set);
  try {
    const kubeconfig = join(controlPlane.directory, `${set}.kubeconfig`);
    const text = readFileSync(await controlPlane.serviceAccountKubeconfig(OPERATOR_ACCOUNT), 'utf8');
    writeFileSync(kubeconfig, through(view, text), { mode: 0o600 });
    const operator = await spawnLocalOperator(controlPlane, { env: process.env, kubeconfig });
    // Nothing of the sandbox is needed any more when it ends: there is no use in an orderly end.
    const stop = async (): Promise<void> => {
      await operator.kill();
      view.close();
    };
    await untilReady(operator, signal).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    return {
      operator,
      entries: () => view.configuration.entries.filter(({ name }) => name !== GUARDRAIL_ENTRY),
      stop,
    };
  } catch (error) {
    view.close();
    throw error;
  }
}

/** A kubeconfig that leads through a view. */
function through(view: GuardrailView, kubeconfig: string): string {
  const config = parse(kubeconfig);
  const cluster = {
    server: view.url,
    'certificate-authority-data': Buffer.from(view.caCertificate).toString('base64'),
  };
  return stringify({ ...config, clusters: [{ name: config.clusters[0].name, cluster }] });
}
