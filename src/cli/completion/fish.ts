import type { CompletionFlag, CompletionRow } from './completion-table.ts';

/** The completions for fish. */
export function fishCompletion(rows: readonly CompletionRow[]): string {
  return `# fish completion for guardrails

# Whether the words before the cursor that are no flags are these, and maybe more where the last argument is "more".
function __guardrails_at
  set -l words (commandline -opc | string match -v -- '-*')
  set -e words[1]
  set -l wanted $argv[1..-2]
  if test $argv[-1] = exact
    test "$words" = "$wanted"
  else
    test (count $words) -ge (count $wanted); or return 1
    test (count $wanted) -eq 0; and return 0
    test "$words[1..(count $wanted)]" = "$wanted"
  end
end

complete -c guardrails -f
${rows.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ words, next, flags }: CompletionRow): string[] {
  const at = (how: 'exact' | 'more') => `-n '__guardrails_at ${[...words, how].join(' ')}'`;
  const nextLines =
    next === 'Files'
      ? [`complete -c guardrails ${at('more')} -F`]
      : typeof next === 'string'
        ? []
        : next.map(({ word, summary }) => `complete -c guardrails ${at('exact')} -a ${word}${described(summary)}`);
  // The flags of no command are those before one.
  const where = at(words.length === 0 ? 'exact' : 'more');
  return [...nextLines, ...flags.map((flag) => `complete -c guardrails ${where} ${flagText(flag)}`)];
}

function flagText({ long, short, help, values }: CompletionFlag): string {
  const names = `-l ${long}${short === undefined ? '' : ` -s ${short}`}`;
  return `${names}${valueText(values)}${described(help)}`;
}

function valueText(values: CompletionFlag['values']): string {
  if (values === 'None') return '';
  if (values === 'Files') return ' -r -F';
  return values === 'Any' ? ' -x' : ` -x -a '${values.join(' ')}'`;
}

const described = (text: string): string =>
  text === '' ? '' : ` -d '${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
