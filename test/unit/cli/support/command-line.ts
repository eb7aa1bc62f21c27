import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { COMMANDS } from '../../../../src/cli/commands.ts';
import { dispatch } from '../../../../src/cli/dispatch.ts';

/** What a command line wrote and returned. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command line finds, beside its files. */
interface Surroundings {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly isTerminal?: boolean;
}

/** Files by name, in a folder that is removed when the test is over. Returns the folder. */
export function folderWith(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'guardrails-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** Runs a command line in a folder, with streams in memory. */
export async function guardrails(cwd: string, argv: readonly string[], around: Surroundings = {}): Promise<Ran> {
  const stdout = new Kept(around.isTerminal === true);
  const stderr = new Kept(false);
  const stdin = Readable.from(around.input === undefined ? [] : [around.input]);
  const signal = new AbortController().signal;
  const code = await dispatch(COMMANDS, argv, { stdin, stdout, stderr, env: around.env ?? {}, cwd, signal });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class Kept extends Writable {
  readonly isTTY: boolean;
  text = '';

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
