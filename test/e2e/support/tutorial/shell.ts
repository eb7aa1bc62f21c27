import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** What a command has printed, on both streams, and how it ended. */
export interface ShellResult {
  readonly exitCode: number;
  readonly lines: readonly string[];
}

export interface ShellOptions {
  /** A folder of its own. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

/** Printed after a command, with its exit code. */
const END = '\u0001end of the command';

/**
 * One session of a shell, as a reader of a tutorial has it: variables, aliases, the folder and what runs in the background stay
 * from command to command. It leads a process group, in which all is that it starts.
 */
export class Shell {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #options: ShellOptions;
  readonly #ended: Promise<void>;
  #unread = '';
  #onOutput = (): void => {};

  constructor(options: ShellOptions) {
    this.#options = options;
    const { directory, env } = options;
    // The folder is an argument that it makes nothing of: so it is seen whose shell it is.
    const args = ['--noprofile', '--norc', '-O', 'expand_aliases', '-s', directory];
    this.#process = spawn('bash', args, { cwd: directory, env, detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
    this.#process.stdin.on('error', () => {
      // It has ended: the command that waits for it says so.
    });
    this.#process.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#unread += text;
      this.#onOutput();
    });
    this.#ended = new Promise((resolve) => {
      this.#process.once('exit', () => resolve());
    });
    this.#process.stdin.write('exec 2>&1\n');
  }

  /** The process group of all that it runs. */
  get processGroup(): number {
    return this.#process.pid ?? Number.NaN;
  }

  /** Runs a command and returns how that was. Throws if it does not end in time, or ends the shell. */
  async run(command: string): Promise<ShellResult> {
    const { directory, timeoutMs } = this.#options;
    const script = join(directory, '.command');
    writeFileSync(script, `${command}\n`);
    this.#process.stdin.write(`source ${quoted(script)} < /dev/null; printf '%s %d\\n' ${quoted(END)} $?\n`);
    const output = await this.#untilEnd(command, timeoutMs);
    const [text = '', code = ''] = output.split(END);
    return { exitCode: Number(code), lines: text.replace(/\n$/, '').split('\n') };
  }

  /** Ends it, and nothing that runs in the background. */
  async end(): Promise<void> {
    this.#process.stdin.end();
    await this.#ended;
  }

  async #untilEnd(command: string, timeoutMs: number): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#onOutput = () => {
      const end = this.#unread.indexOf(END);
      const length = this.#unread.indexOf('\n', end) + 1;
      if (end < 0 || length === 0) return;
      resolve(this.#unread.slice(0, length));
      this.#unread = this.#unread.slice(length);
    };
    this.#onOutput();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const fail = (why: string) => reject(new Error(`"${command}" ${why}; it has printed:\n${this.#unread}`));
    const timer = setTimeout(() => fail(`did not end in ${timeoutMs / 1000} s`), timeoutMs);
    void this.#ended.then(() => fail('has ended the shell'));
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
