import type { CompletionFlag, CompletionRow, CompletionWord } from './completion-table.ts';

/** The completions for zsh. */
export function zshCompletion(rows: readonly CompletionRow[]): string {
  const [top, ...others] = rows;
  if (top === undefined) return '';
  return `#compdef guardrails kubectl-guardrails

${[...others, top].map((row) => functionOf(row, rows)).join('\n')}
if [[ $funcstack[1] == _guardrails ]]; then
  _guardrails "$@"
else
  compdef _guardrails guardrails kubectl-guardrails
fi
`;
}

const nameOf = (words: readonly string[]): string => ['_guardrails', ...words].join('_').replaceAll('-', '_');

function functionOf({ words, next, flags }: CompletionRow, rows: readonly CompletionRow[]): string {
  const specs = flags.flatMap(flagSpecs);
  const isFollowed = rows.some((row) => row.words.length === words.length + 1 && startsWith(row.words, words));
  if (isFollowed && typeof next !== 'string') return commandFunction(words, next, specs, rows);
  const operand =
    next === 'Files'
      ? ["'*:file:_files'"]
      : typeof next === 'string'
        ? []
        : [`'1:word:(${next.map(({ word }) => word).join(' ')})'`];
  return `${nameOf(words)}() {\n  _arguments -s -S \\\n${lines([...specs, ...operand])}\n}\n`;
}

function commandFunction(
  words: readonly string[],
  next: readonly CompletionWord[],
  specs: readonly string[],
  rows: readonly CompletionRow[],
): string {
  const known = next.filter(({ word }) => rows.some((row) => row.words.join(' ') === [...words, word].join(' ')));
  const described = next.map(({ word, summary }) => `    '${word}:${quoted(summary)}'`).join('\n');
  const cases = known.map(({ word }) => `    ${word}) ${nameOf([...words, word])} ;;`).join('\n');
  return `${nameOf(words)}() {
  local curcontext="$curcontext" state line
  local -a commands
  commands=(
${described}
  )
  _arguments -s -S -C \\
${lines([...specs, "'1:command:->command'", "'*::argument:->argument'"])}
  case $state in
    command) _describe -t commands command commands ;;
    argument)
      case $line[1] in
${cases.replaceAll(/^/gm, '    ')}
      esac
      ;;
  esac
}
`;
}

const startsWith = (words: readonly string[], head: readonly string[]): boolean =>
  head.every((word, index) => words[index] === word);

const lines = (specs: readonly string[]): string => specs.map((spec) => `    ${spec}`).join(' \\\n');

function flagSpecs({ long, short, help, isList, values }: CompletionFlag): string[] {
  const text = `[${quoted(help).replaceAll('[', '\\[').replaceAll(']', '\\]')}]`;
  const value = valueText(values);
  const names = [
    `--${long}${value === '' ? '' : '='}`,
    ...(short === undefined ? [] : [`-${short}${value === '' ? '' : '+'}`]),
  ];
  const others = isList ? '*' : `(${[`--${long}`, ...(short === undefined ? [] : [`-${short}`])].join(' ')})`;
  return names.map((name) => `'${others}${name}${text}${value}'`);
}

function valueText(values: CompletionFlag['values']): string {
  if (values === 'None') return '';
  if (values === 'Files') return ':file:_files';
  return values === 'Any' ? ':value: ' : `:value:(${values.join(' ')})`;
}

/** Within single quotes, where a colon would end a field. */
const quoted = (text: string): string => text.replaceAll("'", "'\\''").replaceAll(':', '\\:');
