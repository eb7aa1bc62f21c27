import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type CommandResult, runToEnd } from './kubectl.ts';

/** The compiled command line, as it is shipped. */
const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

export type CliEnvironment = Readonly<Record<string, string | undefined>>;

/** Runs `guardrails` from dist to its end and returns code, stdout and stderr. */
export const guardrails = (args: readonly string[], env: CliEnvironment): Promise<CommandResult> =>
  runToEnd(process.execPath, [CLI, ...args], { env });

/** A running `guardrails` and what it has said so far. */
export interface RunningCli {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly output: { stdout: string; stderr: string };
  /** Resolves with the exit code, or the signal, when it has ended. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** Starts `guardrails` from dist and returns at once. With `ownGroup` it leads a process group, as a shell's job does. */
export function startGuardrails(
  args: readonly string[],
  env: CliEnvironment,
  { ownGroup = false }: { readonly ownGroup?: boolean } = {},
): RunningCli {
  const child = spawn(process.execPath, [CLI, ...args], {
    env,
    detached: ownGroup,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  return { process: child, output, ended };
}
