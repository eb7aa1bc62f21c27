import type { Writable } from 'node:stream';

/** What a command may touch of the outside world: nothing else of the process reaches a command. */
export interface CommandIo {
  /** Results, and nothing else. */
  readonly stdout: Writable;
  /** Progress, hints and errors. */
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by SIGINT or SIGTERM: a long-running command stops cleanly and returns. */
  readonly signal: AbortSignal;
}

/** One verb of the command line: `guardrails <name> ...`. */
export interface Command {
  readonly name: string;
  /** One line for `guardrails help`. */
  readonly summary: string;
  /** The full text of `guardrails <name> --help`. */
  readonly help: string;
  /** Runs the command on the arguments after its name. Returns an exit code of `ExitCode`. */
  run(argv: readonly string[], io: CommandIo): Promise<number>;
}

/** The exit codes of every command. */
export const ExitCode = {
  ok: 0,
  /** The command ran, and what it checked did not hold. */
  failed: 1,
  /** Wrong arguments or unreadable input: nothing was done. */
  usage: 2,
  /** The cluster, the network or the machine failed. */
  environment: 3,
} as const;

/** Thrown by a command for wrong arguments or input. The message names the flag or file, what it must be, and what to do. */
export class UsageError extends Error {}
