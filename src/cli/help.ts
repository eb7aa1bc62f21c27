import type { Command } from './command.ts';
import type { Flag, Flags } from './flags.ts';

/** The text of `guardrails help`. */
export function overview(commands: readonly Command[]): string {
  return [
    'Action-level guardrails for Kubernetes.',
    '',
    'Usage: guardrails <command> [flags]',
    '',
    'Commands:',
    ...commands.map((command) => `  ${command.name.padEnd(12)}${command.summary}`),
    '',
    'Exit codes: 0 ok, 1 a check did not hold, 2 wrong arguments or input, 3 the cluster or the machine failed.',
    'Use "guardrails <command> --help" for more about a command.',
    '',
  ].join('\n');
}

/** The text of `guardrails <command> --help`. */
export function helpOf(command: Command): string {
  const verbs = Object.entries(command.verbs ?? {});
  return [
    command.about,
    usageOf(command),
    ...flagsSection(verbs.length === 0 ? 'Flags' : 'Flags of all of them', command.flags),
    ...verbs.flatMap(([name, { flags }]) => flagsSection(`Flags of ${name}`, flags)),
    ...(command.notes === '' ? [] : [command.notes]),
  ]
    .map((section) => `${section.trimEnd()}\n`)
    .join('\n');
}

function usageOf({ name, usage, verbs = {} }: Command): string {
  const lines = usage.map((line) => `guardrails ${name} ${line}`.trimEnd());
  const width = Math.max(...lines.map(({ length }) => length)) + 3;
  const summaries = Object.values(verbs).map(({ summary }) => summary);
  const [only = '', ...more] = lines;
  if (more.length === 0) return `Usage: ${only}`;
  const described = lines.map((line, index) => `  ${line.padEnd(width)}${summaries[index] ?? ''}`.trimEnd());
  return ['Usage:', ...described].join('\n');
}

/** Of flags that are longer, the text goes beside them, not below. */
const WIDTH = 33;

function flagsSection(title: string, flags: Flags): string[] {
  const lines = Object.entries(flags).map(
    ([name, flag]) => `  ${`${flagText(name, flag)}  `.padEnd(WIDTH)}${describe(flag)}`,
  );
  return lines.length === 0 ? [] : [[`${title}:`, ...lines].join('\n')];
}

const flagText = (name: string, { short, value }: Flag): string =>
  `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;

function describe({ help, choices, isList }: Flag): string {
  const notes = [
    ...(choices === undefined ? [] : [choices.join(', ')]),
    ...(isList ? ['can be given more than once'] : []),
  ];
  return notes.length === 0 ? help : `${help} (${notes.join('; ')})`;
}
