import { spawn } from 'node:child_process';
import { type CommandLine, dieWithParent } from './die-with-parent.ts';
import type { Environment } from './environment.ts';

/** How a program is run. */
export interface RunOptions {
  readonly env: Environment;
  readonly cwd?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a program ended, and what it said. */
export interface RunResult {
  /** `null` if a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

// What is kept of each stream: errors come last, and a build can say a lot before.
const KEPT_CHARACTERS = 64 * 1024;

/** Runs a program to its end. Returns how that was. Throws if it can't be run, or when the signal aborts: the program and its children are then killed. */
export function runCommand(commandLine: CommandLine, { env, cwd, signal }: RunOptions): Promise<RunResult> {
  const [command, ...args] = dieWithParent(commandLine, env.PATH ?? '');
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    // A group of its own, so that all of it can be killed.
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] = (output[name] + text).slice(-KEPT_CHARACTERS);
      });
    }
    const abort = () => {
      try {
        process.kill(-(child.pid ?? Number.NaN), 'SIGKILL');
      } catch {
        // It has ended, or never began.
      }
    };
    signal?.addEventListener('abort', abort, { once: true });
    child.once('error', (error) => {
      signal?.removeEventListener('abort', abort);
      reject(error);
    });
    child.once('close', (code) => {
      signal?.removeEventListener('abort', abort);
      if (signal?.aborted) {
        reject(signal.reason);
      } else {
        resolve({ code, ...output });
      }
    });
  });
}
