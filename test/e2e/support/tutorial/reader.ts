import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { eventually } from '../poll.ts';
import type { EditStep, RunStep, Step, WriteStep } from './blocks.ts';
import { isAsExpected } from './output.ts';
import type { Shell, ShellResult } from './shell.ts';

/** Records are written after the answer, and statuses later still. */
const EVENTUAL_TIMEOUT_MS = 15_000;

/** What a reader does again until it shows what is told: it changes nothing. */
const isRepeatable = (command: string): boolean => command.startsWith('kubectl get ');

/** A command that was run, and what it has printed. */
export interface Followed {
  readonly step: RunStep;
  readonly lines: readonly string[];
}

/** Follows a tutorial, in one shell, and compares. */
export class Reader {
  readonly #shell: Shell;

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  /** Does what a step says. Throws if a command does something else than that. Returns what was run, if it is a command. */
  async follow(step: Step): Promise<Followed | undefined> {
    switch (step.kind) {
      case 'Write':
        await this.#write(step);
        return undefined;
      case 'Edit': {
        const path = await this.#path(step.file);
        writeFileSync(path, edited(step, readFileSync(path, 'utf8')));
        return undefined;
      }
      case 'Run':
        return { step, lines: await this.#run(step) };
      default:
        throw new Error(`unknown step ${step satisfies never}`);
    }
  }

  async #write({ file, text, isAppended }: WriteStep): Promise<void> {
    const path = await this.#path(file);
    if (isAppended) return appendFileSync(path, text);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  async #run(step: RunStep): Promise<readonly string[]> {
    const once = async (): Promise<readonly string[]> => {
      const result = await this.#shell.run(step.command);
      const { exitCode, lines } = result;
      if (exitCode === step.exitCode && isAsExpected(step.output, lines)) return lines;
      throw new Error(differenceText(step, result));
    };
    if (!isRepeatable(step.command)) return once();
    return eventually(once, { timeoutMs: EVENTUAL_TIMEOUT_MS, intervalMs: 250, message: 'it is so in the end' });
  }

  /** Files are written where the reader is. */
  async #path(file: string): Promise<string> {
    const { lines } = await this.#shell.run('pwd');
    return join(lines[0] ?? '', file);
  }
}

function edited({ file, line, hunks }: EditStep, text: string): string {
  return hunks.reduce((current, { before, after }) => {
    const at = current.indexOf(before);
    if (before === '' || at < 0 || current.indexOf(before, at + 1) >= 0) {
      throw new Error(`line ${line}: these lines must be in ${file} once:\n${before}`);
    }
    return current.slice(0, at) + after + current.slice(at + before.length);
  }, text);
}

const differenceText = ({ line, command, output, exitCode }: RunStep, actual: ShellResult): string =>
  [
    `line ${line}: $ ${command}`,
    `the document says (exit code ${exitCode}):`,
    ...output,
    `it is (exit code ${actual.exitCode}):`,
    ...actual.lines,
  ].join('\n');
