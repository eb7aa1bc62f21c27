import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Environment, stateDirectory } from './environment.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { DIRECTORY_PREFIX } from './supervisor-protocol.ts';

/** What other processes need to know of a sandbox that is up. */
export interface SandboxState {
  readonly name: string;
  readonly kubernetesVersion: string;
  readonly server: string;
  readonly directory: string;
  readonly adminKubeconfig: string;
  readonly kubectl: string;
  readonly auditLogFile?: string | undefined;
  /** When it was ready, in RFC 3339. */
  readonly startTime: string;
  /** The process that holds the children. */
  readonly supervisor: ProcessIdentity;
  /** The process that it ends with. Absent if it was detached. */
  readonly owner?: ProcessIdentity | undefined;
}

const SUFFIX = '.json';

/** The file that describes the sandbox of that name while it is up. */
export const stateFile = (env: Environment, name: string): string => join(stateDirectory(env), `${name}${SUFFIX}`);

/** Returns the state of the sandbox of that name, or `undefined` if there is none. It may be stale: its processes may have died. */
export function readState(env: Environment, name: string): SandboxState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile(env, name), 'utf8')) as SandboxState;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return undefined;
    }
    throw new Error(`can't read ${stateFile(env, name)}; if no sandbox is up, delete it`, { cause: error });
  }
}

/** Returns the names of all sandboxes that have a state. */
export function sandboxNames(env: Environment): readonly string[] {
  mkdirSync(stateDirectory(env), { recursive: true });
  return readdirSync(stateDirectory(env))
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();
}

/** Writes the state: readers see the former one or the new one, never a part. */
export function writeState(env: Environment, state: SandboxState): void {
  mkdirSync(stateDirectory(env), { recursive: true });
  const file = stateFile(env, state.name);
  writeFileSync(`${file}.new`, JSON.stringify(state, undefined, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Removes the state and the sandbox's folder. */
export function removeState(env: Environment, { name, directory }: SandboxState): void {
  // The path comes from a file: delete only what a supervisor can have made.
  if (basename(directory).startsWith(DIRECTORY_PREFIX)) {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
  rmSync(stateFile(env, name), { force: true });
}
