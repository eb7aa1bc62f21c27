import type { Identity } from './certificates.ts';
import { issueClientCertificate } from './certificates.ts';
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from './control-plane.ts';
import { ADMIN, readAuthority, userKubeconfig } from './credentials.ts';
import { type Environment, stateDirectory } from './environment.ts';
import { httpsRequest } from './https-request.ts';
import { acquireLock, type Lock, lockHolder } from './lock.ts';
import { identifyProcess, isRunning, signalProcess } from './process-identity.ts';
import { type Progress, SILENT } from './progress.ts';
import { readState, removeState, type SandboxState, stateFile, writeState } from './state.ts';
import { waitUntil } from './wait-until.ts';

/** What to start under which name. */
export interface NamedSandboxOptions extends ControlPlaneOptions {
  readonly name: string;
  /** Whether it outlives this process. */
  readonly detach: boolean;
}

/** The name of a sandbox that was given none. */
export const DEFAULT_NAME = 'default';

/** Thrown when a sandbox isn't in the state that a command needs. The message says what to do. */
export class SandboxStateError extends Error {}

/** How a sandbox is doing. `Stale`: its processes are gone, its state and its folder are not. */
export type Phase = 'Starting' | 'Ready' | 'NotReady' | 'Stale';

/** One sandbox, and how it is doing. */
export interface SandboxStatus {
  readonly name: string;
  readonly phase: Phase;
  /** Absent while it starts. */
  readonly state?: SandboxState;
}

/** What a command line needs so that it is about the sandbox of that name: nothing for the default one. */
export const nameFlag = (name: string): string => (name === DEFAULT_NAME ? '' : ` --name ${name}`);

// Longer than a stop can take by its own limits.
const STOP_TIMEOUT_MS = 10_000;

const lockOptions = (env: Environment, name: string) => ({ directory: stateDirectory(env), name: `${name}.lock` });

const takeLock = (env: Environment, name: string, progress: Progress, signal?: AbortSignal): Promise<Lock> =>
  acquireLock({
    ...lockOptions(env, name),
    signal,
    onWait: ({ pid }) => progress.line(`waiting for process ${pid}, which starts or stops sandbox "${name}"`),
  });

/** Waits for a sandbox that ends because the process that it belonged to is gone. Returns whether it has ended. */
const hasEnded = ({ owner, supervisor }: SandboxState, signal?: AbortSignal): Promise<boolean> | boolean =>
  owner !== undefined && !isRunning(owner)
    ? waitUntil(() => !isRunning(supervisor), { timeoutMs: STOP_TIMEOUT_MS, signal })
    : !isRunning(supervisor);

/** Makes way for a new sandbox of that name. Throws if one is up. */
async function clearTheWay({ env, name, progress = SILENT, signal }: NamedSandboxOptions): Promise<void> {
  const state = readState(env, name);
  if (state === undefined) {
    return;
  }
  if (!(await hasEnded(state, signal))) {
    throw new SandboxStateError(
      `sandbox "${name}" is already up at ${state.server}; stop it with "guardrails sandbox down${nameFlag(name)}", or choose another --name`,
    );
  }
  if (readState(env, name) !== undefined) {
    progress.line(`removing what a former sandbox "${name}" left when it was killed: ${state.directory}`);
    removeState(env, state);
  }
}

/** Starts a sandbox under a name, so that other processes find it. Throws a SandboxStateError if one of that name is up. */
export async function startSandbox(options: NamedSandboxOptions): Promise<ControlPlane> {
  const { env, name, detach, progress = SILENT, signal } = options;
  const lock = await takeLock(env, name, progress, signal);
  try {
    await clearTheWay(options);
    const controlPlane = await startControlPlane(options);
    await controlPlane.removeAtEnd(stateFile(env, name));
    writeState(env, stateOf(controlPlane, options));
    if (detach) {
      await controlPlane.detach();
    }
    return controlPlane;
  } finally {
    lock.release();
  }
}

const stateOf = (controlPlane: ControlPlane, { name, detach }: NamedSandboxOptions): SandboxState => ({
  name,
  kubernetesVersion: controlPlane.kubernetesVersion,
  server: controlPlane.server,
  directory: controlPlane.directory,
  adminKubeconfig: controlPlane.adminKubeconfig,
  kubectl: controlPlane.binaries.kubectl,
  auditLogFile: controlPlane.auditLogFile,
  startTime: new Date().toISOString(),
  supervisor: controlPlane.supervisor,
  owner: detach ? undefined : identifyProcess(process.pid),
});

/** Stops the sandbox of that name and returns when nothing of it is left. Returns what there was: `undefined` if there was none. */
export async function stopSandbox(env: Environment, name: string, progress: Progress): Promise<Phase | undefined> {
  const lock = await takeLock(env, name, progress);
  try {
    const state = readState(env, name);
    if (state === undefined) {
      return undefined;
    }
    const phase = isRunning(state.supervisor) ? 'Ready' : 'Stale';
    signalProcess(state.supervisor, 'SIGTERM');
    if (!(await waitUntil(() => !isRunning(state.supervisor), { timeoutMs: STOP_TIMEOUT_MS }))) {
      progress.line(`sandbox "${name}" did not stop in ${STOP_TIMEOUT_MS / 1000} s and is killed`);
      signalProcess(state.supervisor, 'SIGKILL');
    }
    removeState(env, state);
    return phase;
  } finally {
    lock.release();
  }
}

async function isReady(state: SandboxState): Promise<boolean> {
  try {
    const ca = readAuthority(state.directory);
    const client = await issueClientCertificate(ca, ADMIN);
    const peer = { server: state.server, caCertificate: ca.certificate, client };
    return (await httpsRequest(peer, 'GET', '/readyz')).status === 200;
  } catch {
    // Whatever keeps it from answering, it isn't ready.
    return false;
  }
}

/** Returns how the sandbox of that name is doing, or `undefined` if there is none. */
export async function sandboxStatus(env: Environment, name: string): Promise<SandboxStatus | undefined> {
  const state = readState(env, name);
  if (state === undefined) {
    return lockHolder(lockOptions(env, name)) === undefined ? undefined : { name, phase: 'Starting' };
  }
  if (!isRunning(state.supervisor)) {
    return { name, phase: 'Stale', state };
  }
  return { name, phase: (await isReady(state)) ? 'Ready' : 'NotReady', state };
}

/** Returns the text of a kubeconfig for an identity in the sandbox of that name. Throws a SandboxStateError if it isn't up. */
export async function sandboxKubeconfig(env: Environment, name: string, identity: Identity = ADMIN): Promise<string> {
  const state = readState(env, name);
  if (state === undefined || !isRunning(state.supervisor)) {
    throw new SandboxStateError(`sandbox "${name}" is not up; start it with "guardrails sandbox up${nameFlag(name)}"`);
  }
  return userKubeconfig({ server: state.server, ca: readAuthority(state.directory) }, identity);
}
