import { lint } from '../policy/lint/lint.ts';
import { RULES } from '../policy/lint/rules.ts';
import { type CheckedGuardrail, checkGuardrail } from './checking/check-guardrail.ts';
import { type Command, type CommandIo, ExitCode, UsageError } from './command.ts';
import { leftOutText } from './documents/load.ts';
import type { Problem } from './documents/problem.ts';
import { parseArguments, refuseOperands, seeHelp } from './flags.ts';
import { formatOf, REPORT_FORMATS } from './report/formats.ts';
import { LINT_LEVELS, type LintEntry, type LintLevel, lintText } from './report/lint-report.ts';
import { type Paint, paintFor } from './report/paint.ts';
import { readWithProgress } from './slow-progress.ts';

const FLAGS = {
  output: { short: 'o', value: 'FORMAT', choices: REPORT_FORMATS, help: 'how to print what is found; default table' },
  'fail-on': { value: 'LEVEL', choices: LINT_LEVELS, help: 'what makes the exit code 1; default error' },
  'list-rules': { help: 'print the rules, and do nothing else' },
  'no-color': { help: 'no colours; as the environment variable NO_COLOR' },
  verbose: { short: 'v', help: 'say what was read and left out' },
} as const;

/** `guardrails lint`: finds what is wrong with Guardrails, without a cluster. */
export const lintCommand: Command = {
  name: 'lint',
  summary: 'find what is wrong with guardrails, without a cluster',
  about: `Finds what is wrong with Guardrails, without a cluster: what the API server or the operator would refuse, each with
file, line and column, and what they would take but is hardly what its author means.

PATH is a file, a folder (all .yaml, .yml and .json files below it), or - for the standard input. A file may hold several
documents, and objects of other kinds.`,
  usage: ['PATH... [flags]', '--list-rules'],
  operands: { kind: 'Paths', name: 'PATH' },
  flags: FLAGS,
  notes: `Exit codes: 0 no errors, 1 errors (with --fail-on also graver or equal findings), 2 wrong arguments or files that can
not be read.`,
  run: async (argv, io) => {
    const { flags, operands } = parseArguments('lint', FLAGS, argv);
    if (flags['list-rules']) {
      refuseOperands('lint', operands);
      io.stdout.write(ruleList());
      return ExitCode.ok;
    }
    if (operands.length === 0) throw new UsageError(`a PATH is missing. ${seeHelp('lint')}`);
    const failOn = LINT_LEVELS.find((level) => level === flags['fail-on']) ?? 'error';
    return run(
      operands,
      { format: flags.output, failOn, isVerbose: flags.verbose },
      paintFor(io, flags['no-color']),
      io,
    );
  },
};

interface Options {
  readonly format: string | undefined;
  readonly failOn: LintLevel;
  readonly isVerbose: boolean;
}

async function run(paths: readonly string[], options: Options, paint: Paint, io: CommandIo): Promise<number> {
  const loaded = await readWithProgress(io, paths, 'Guardrails');
  if (options.isVerbose) {
    io.stderr.write(leftOutText(loaded));
  }
  const now = new Date();
  const unreadable = loaded.problems.map(inputEntry);
  const found = loaded.guardrails.map(checkGuardrail).flatMap((checked) => entriesOf(checked, now));
  const report = {
    entries: [...unreadable, ...found].sort(byPlace),
    guardrails: loaded.guardrails.map(({ name, document }) => ({ name, position: document.at('metadata.name') })),
    files: loaded.files,
  };
  io.stdout.write(lintText(report, formatOf(options.format), paint, io.cwd));
  if (unreadable.length > 0) return ExitCode.usage;
  const grave = LINT_LEVELS.slice(0, LINT_LEVELS.indexOf(options.failOn) + 1);
  return report.entries.some(({ level }) => grave.includes(level)) ? ExitCode.failed : ExitCode.ok;
}

const inputEntry = ({ position, field, message }: Problem): LintEntry => ({
  level: 'error',
  rule: 'input',
  position,
  guardrail: undefined,
  field,
  message,
});

function entriesOf(checked: CheckedGuardrail, now: Date): LintEntry[] {
  const { name, problems, compiled, guardrail, document } = checked;
  const errors = problems.map(
    ({ rule, position, field, message }): LintEntry => ({
      level: 'error',
      rule,
      position,
      guardrail: name,
      field,
      message,
    }),
  );
  if (compiled === undefined) return errors;
  const findings = lint(guardrail, compiled, now).map(
    ({ rule, level, field, message }): LintEntry => ({
      level,
      rule,
      position: document.at(field),
      guardrail: name,
      field,
      message,
    }),
  );
  return [...errors, ...findings];
}

function byPlace({ position: a }: LintEntry, { position: b }: LintEntry): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

/** What is found before the rules of the linter are asked. */
const ERRORS = [
  ['input', 'a file that can not be read, a Guardrail without a name, or two of one name'],
  ['schema', 'what does not fit the schema of the CRD, as the API server would say'],
  ['compile', 'what the operator could not compile'],
] as const;

function ruleList(): string {
  const rows = [
    ...ERRORS.map(([rule, text]) => [rule, 'error', text]),
    ...RULES.map(({ rule, level, summary }) => [rule, level, summary]),
  ];
  const width = Math.max(...rows.map(([rule = '']) => rule.length)) + 2;
  return rows
    .map(([rule = '', level = '', text = '']) => `${rule.padEnd(width)}${level.padEnd(9)}${text}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('');
}
