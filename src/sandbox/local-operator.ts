import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ControlPlane } from './control-plane.ts';
import { dieWithParent } from './die-with-parent.ts';
import type { Environment } from './environment.ts';
import { freePort } from './free-port.ts';
import { runCommand } from './run-command.ts';
import { waitUntil } from './wait-until.ts';

const EXTENSION = extname(fileURLToPath(import.meta.url));
/** The command line, compiled or not, as this file is. */
const CLI = fileURLToPath(new URL(`../cli${EXTENSION}`, import.meta.url));
/** CRDs, RBAC and policies: all that an operator outside of the cluster needs. */
const MANIFESTS = fileURLToPath(new URL('../../config/outside', import.meta.url));

/** The operator's account, which has exactly the rights of config/rbac. */
export const OPERATOR_ACCOUNT = { namespace: 'guardrails-system', name: 'guardrails-operator' };

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 15_000;
const CRD_NAMES = ['guardrails.guardrails.dev', 'guardrailviolations.guardrails.dev'];

/** How to start an operator beside a control plane. */
export interface LocalOperatorOptions {
  readonly env: Environment;
  /** Its kubeconfig; that of its own account if it is left out. */
  readonly kubeconfig?: string;
  /** More flags of `guardrails operator`. */
  readonly flags?: readonly string[];
  /** The port of the webhook; a free one if it is left out. */
  readonly port?: number;
}

/** An operator that runs as a process of its own, under its own account's rights. */
export interface LocalOperator {
  readonly pid: number;
  readonly port: number;
  readonly probeUrl: string;
  /** All that it has logged so far. */
  readonly log: () => string;
  /** Whether it says that it is ready. */
  isReady(): Promise<boolean>;
  /** Stops it in order, and returns its exit code. */
  stop(): Promise<number | null>;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
}

/** Installs CRDs, RBAC and policies into a control plane, and waits until they are served. Can be repeated. */
export async function installManifests(controlPlane: ControlPlane, env: Environment): Promise<void> {
  const kubectl = (args: readonly string[]) =>
    runCommand([controlPlane.binaries.kubectl, '--kubeconfig', controlPlane.adminKubeconfig, ...args], {
      env: { ...env, HOME: controlPlane.directory },
    });
  const applied = await kubectl(['apply', '--server-side', '-k', MANIFESTS]);
  if (applied.code !== 0) throw new Error(`config/outside could not be applied: ${applied.stderr.trim()}`);
  const crds = CRD_NAMES.map((name) => `crd/${name}`);
  const served = await kubectl(['wait', '--for=condition=Established', '--timeout=30s', ...crds]);
  if (served.code !== 0) throw new Error(`the CRDs are not served: ${served.stderr.trim()}`);
}

/** Starts an operator and waits until it is ready. Throws, with what it logged, if it does not become so. */
export async function startLocalOperator(
  controlPlane: ControlPlane,
  options: LocalOperatorOptions,
): Promise<LocalOperator> {
  const operator = await spawnLocalOperator(controlPlane, options);
  const isReady = await waitUntil(() => operator.isReady(), { timeoutMs: READY_TIMEOUT_MS }).catch(() => false);
  if (isReady) return operator;
  await operator.kill();
  throw new Error(`the operator was not ready within ${READY_TIMEOUT_MS / 1000} s:\n${operator.log()}`);
}

/** Starts an operator and returns at once. It dies with this process. */
export async function spawnLocalOperator(
  controlPlane: ControlPlane,
  options: LocalOperatorOptions,
): Promise<LocalOperator> {
  const { env } = options;
  const kubeconfig = options.kubeconfig ?? (await controlPlane.serviceAccountKubeconfig(OPERATOR_ACCOUNT));
  const port = options.port ?? (await freePort());
  const probePort = await freePort();
  const [command, ...args] = dieWithParent(
    [
      process.execPath,
      CLI,
      'operator',
      ...['--kubeconfig', kubeconfig],
      ...['--webhook-url', `https://127.0.0.1:${port}`],
      ...['--probe-port', String(probePort)],
      ...['--shutdown-delay', '0s'],
      ...(options.flags ?? []),
    ],
    env.PATH ?? '',
  );
  const child = spawn(command, args, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const probeUrl = `http://127.0.0.1:${probePort}`;
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    const code = await ended;
    clearTimeout(timer);
    return code;
  };
  return {
    pid: child.pid ?? Number.NaN,
    port,
    probeUrl,
    log: () => log,
    isReady: async () => {
      if (child.exitCode !== null) throw new Error('the operator has ended');
      return (await statusOf(`${probeUrl}/readyz`)) === 200;
    },
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL');
    },
  };
}

/** The HTTP status of a URL; undefined if nobody answers. */
function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(undefined));
  });
}
