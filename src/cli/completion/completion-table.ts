import type { Command, Operands } from '../command.ts';
import type { Flag, Flags } from '../flags.ts';

/** What can be completed behind a command, or behind a verb of one. */
export interface CompletionRow {
  /** The words that lead there, such as ["sandbox", "up"]. */
  readonly words: readonly string[];
  readonly summary: string;
  /** What may stand next and is no flag. */
  readonly next: 'Files' | 'Nothing' | readonly CompletionWord[];
  readonly flags: readonly CompletionFlag[];
}

/** A word that may stand next. */
export interface CompletionWord {
  readonly word: string;
  readonly summary: string;
}

/** A flag and its values. */
export interface CompletionFlag {
  readonly long: string;
  readonly short: string | undefined;
  readonly help: string;
  readonly isList: boolean;
  readonly values: 'None' | 'Files' | 'Any' | readonly string[];
}

const HELP_FLAG: Flag = { short: 'h', help: 'print the help' };

/** Everything that can be completed, from the same table as the help texts: the first row stands for no command. */
export function completionTable(commands: readonly Command[]): readonly CompletionRow[] {
  const names = commands.map(({ name, summary }): CompletionWord => ({ word: name, summary }));
  const help: CompletionWord = { word: 'help', summary: 'print the help of a command' };
  return [
    { words: [], summary: '', next: [...names, help], flags: flagsOf({}) },
    { words: ['help'], summary: help.summary, next: names, flags: [] },
    ...commands.flatMap(rowsOf),
  ];
}

function rowsOf({ name, summary, operands, flags, verbs = {} }: Command): CompletionRow[] {
  const second = Object.entries(verbs);
  const verbWords = second.map(([word, verb]): CompletionWord => ({ word, summary: verb.summary }));
  return [
    { words: [name], summary, next: second.length > 0 ? verbWords : nextOf(operands), flags: flagsOf(flags) },
    ...second.map(
      ([word, verb]): CompletionRow => ({
        words: [name, word],
        summary: verb.summary,
        next: 'Nothing',
        flags: flagsOf({ ...flags, ...verb.flags }),
      }),
    ),
  ];
}

function nextOf(operands: Operands): CompletionRow['next'] {
  switch (operands.kind) {
    case 'None':
      return 'Nothing';
    case 'Paths':
      return 'Files';
    case 'Words':
      return operands.words.map((word) => ({ word, summary: '' }));
    default:
      throw new Error(`unknown operands ${operands satisfies never}`);
  }
}

function flagsOf(flags: Flags): CompletionFlag[] {
  return Object.entries<Flag>({ ...flags, help: HELP_FLAG }).map(([long, flag]) => ({
    long,
    short: flag.short,
    help: flag.help,
    isList: flag.isList === true,
    values: valuesOf(flag),
  }));
}

function valuesOf({ value, choices, isPath }: Flag): CompletionFlag['values'] {
  if (value === undefined) return 'None';
  return choices ?? (isPath === true ? 'Files' : 'Any');
}
