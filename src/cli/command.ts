import type { Readable, Writable } from 'node:stream';
import type { Flags } from './flags.ts';

/** A stream that may be a terminal. */
export type OutputStream = Writable & { readonly isTTY?: boolean };

/** What a command may touch of the outside world: nothing else of the process reaches a command. */
export interface CommandIo {
  /** What a command reads where a file is called "-". */
  readonly stdin: Readable;
  /** Results, and nothing else. */
  readonly stdout: OutputStream;
  /** Progress, hints and errors. */
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths begin at. */
  readonly cwd: string;
  /** Aborted by SIGINT, SIGTERM or SIGHUP, for a command that stops in order. */
  readonly signal: AbortSignal;
}

/** What a command takes beside its flags. */
export type Operands =
  | { readonly kind: 'None' }
  /** Files and folders. */
  | { readonly kind: 'Paths'; readonly name: string }
  /** One of some words. */
  | { readonly kind: 'Words'; readonly name: string; readonly words: readonly string[] };

/** A second word of a command, such as `up` in `guardrails sandbox up`. */
export interface Verb {
  readonly summary: string;
  readonly flags: Flags;
}

/** One word of the command line, `guardrails <name> ...`. Help texts and completions are made of it. */
export interface Command {
  readonly name: string;
  /** One line for `guardrails help`. */
  readonly summary: string;
  /** The first paragraphs of its help. */
  readonly about: string;
  /** How it is called, a line each, without "guardrails <name>". */
  readonly usage: readonly string[];
  readonly operands: Operands;
  /** Its flags; where it has verbs, the flags of all of them. */
  readonly flags: Flags;
  readonly verbs?: Readonly<Record<string, Verb>>;
  /** Whether it leaves things behind unless it stops in order when a signal comes. Any other dies of the signal at once. */
  readonly stopsInOrder?: true;
  /** The last paragraphs of its help. */
  readonly notes: string;
  /** Runs the command on the arguments after its name. Returns an exit code of `ExitCode`. */
  run(argv: readonly string[], io: CommandIo): Promise<number>;
}

/** The exit codes of every command. */
export const ExitCode = {
  ok: 0,
  /** The command ran, and what it checked did not hold. */
  failed: 1,
  /** Wrong arguments or unreadable input. */
  usage: 2,
  /** The cluster, the network or the machine failed. */
  environment: 3,
} as const;

/** Thrown by a command for wrong arguments or input. The message names the flag or file, what it must be, and what to do. */
export class UsageError extends Error {}
