import type { CompletionFlag, CompletionRow } from './completion-table.ts';

const FILES = '_guardrails_files';

/** The completions for bash. They need nothing but bash. */
export function bashCompletion(rows: readonly CompletionRow[]): string {
  return `# bash completion for guardrails

# Names come a line each, and may hold line breaks: lines that are no file alone are tried together. None is expanded again.
_guardrails_files() {
  local line name=""
  COMPREPLY=()
  compopt -o filenames 2>/dev/null
  while IFS= read -r line; do
    if _guardrails_is_file "$line"; then
      COMPREPLY+=("$line")
      name=""
    else
      name="$name$line"
      if _guardrails_is_file "$name"; then
        COMPREPLY+=("$name")
        name=""
      else
        name="$name"$'\\n'
      fi
    fi
  done < <(compgen -f -- "$cur")
}

_guardrails_is_file() {
  local path="$1"
  [[ $path == "~/"* ]] && path="$HOME/\${path:2}"
  [[ -e $path || -L $path || $path == "~"* ]]
}

_guardrails() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="" path="" word i
  local words flags files
  # Bash takes "=" for a word of its own.
  if [[ $cur == "=" ]]; then
    cur=""
    prev="\${COMP_WORDS[COMP_CWORD-1]}"
  elif (( COMP_CWORD > 1 )) && [[ \${COMP_WORDS[COMP_CWORD-1]} == "=" ]]; then
    prev="\${COMP_WORDS[COMP_CWORD-2]}"
  elif (( COMP_CWORD > 0 )); then
    prev="\${COMP_WORDS[COMP_CWORD-1]}"
  fi
  for (( i = 1; i < COMP_CWORD; i++ )); do
    word="\${COMP_WORDS[i]}"
    case "$path $word" in
${rows
  .filter(({ words }) => words.length > 0)
  .map(({ words }) => `      ${quoted(joined(words.slice(0, -1), words.at(-1) ?? ''))}) path="$path $word" ;;`)
  .join('\n')}
    esac
  done
  COMPREPLY=()
  case "$path $prev" in
${rows.flatMap(valueCases).join('\n')}
  esac
  case "$path" in
${rows.map(pathCase).join('\n')}
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [[ -n $files ]]; then
    ${FILES}
  else
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  fi
}

complete -F _guardrails guardrails kubectl-guardrails
`;
}

const joined = (path: readonly string[], word: string): string => `${path.map((one) => ` ${one}`).join('')} ${word}`;

const quoted = (text: string): string => `"${text}"`;

const namesOf = ({ long, short }: CompletionFlag): string[] => [
  `--${long}`,
  ...(short === undefined ? [] : [`-${short}`]),
];

function valueCases({ words, flags }: CompletionRow): string[] {
  return flags
    .filter(({ values }) => values !== 'None')
    .map((flag) => {
      const pattern = namesOf(flag)
        .map((name) => quoted(joined(words, name)))
        .join('|');
      return `    ${pattern}) ${completionOf(flag.values)}; return ;;`;
    });
}

function completionOf(values: CompletionFlag['values']): string {
  if (values === 'Files') return FILES;
  if (typeof values === 'string') return ':';
  return `COMPREPLY=($(compgen -W "${values.join(' ')}" -- "$cur"))`;
}

function pathCase({ words, next, flags }: CompletionRow): string {
  const path = quoted(words.map((word) => ` ${word}`).join(''));
  const list = typeof next === 'string' ? '' : next.map(({ word }) => word).join(' ');
  const all = flags.flatMap(namesOf).join(' ');
  return `    ${path}) words="${list}"; flags="${all}"; files="${next === 'Files' ? 'yes' : ''}" ;;`;
}
