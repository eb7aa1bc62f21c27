import { type Command, ExitCode, UsageError } from './command.ts';
import { leftOutText } from './documents/load.ts';
import { parseArguments, seeHelp } from './flags.ts';
import { counted } from './report/counted.ts';
import { formatOf, REPORT_FORMATS } from './report/formats.ts';
import { paintFor } from './report/paint.ts';
import { hasFailed, testText } from './report/test-report.ts';
import { readWithProgress, slowProgress } from './slow-progress.ts';
import { runAll } from './testing/run-all.ts';

const FLAGS = {
  output: {
    short: 'o',
    value: 'FORMAT',
    choices: REPORT_FORMATS,
    help: 'how to print what comes of it; default table',
  },
  run: {
    value: 'GLOB',
    help: 'only the tests whose guardrail (or suite), name, or both as guardrail/name are like it',
  },
  'require-tests': { help: 'a guardrail that nothing tests fails' },
  'fail-fast': { help: 'stop at the first test that fails' },
  'no-color': { help: 'no colours; as the environment variable NO_COLOR' },
  verbose: { short: 'v', help: 'list the tests that pass, too, and say what was read and left out' },
} as const;

/** `guardrails test`: runs the tests of Guardrails and suites, without a cluster. */
export const testCommand: Command = {
  name: 'test',
  summary: 'run the tests of guardrails, without a cluster',
  about: `Runs the tests of Guardrails (spec.tests), by the engine that judges in the cluster, and suites of tests
(kind GuardrailTestSuite, see docs/test-suites.md).

PATH is a file, a folder (all .yaml, .yml and .json files below it), or - for the standard input. A file may hold several
documents, and objects of other kinds.`,
  usage: ['PATH... [flags]'],
  operands: { kind: 'Paths', name: 'PATH' },
  flags: FLAGS,
  notes: 'Exit codes: 0 all tests passed, 1 some failed, 2 wrong arguments, or files or guardrails that are wrong.',
  run: async (argv, io) => {
    const { flags, operands } = parseArguments('test', FLAGS, argv);
    if (operands.length === 0) throw new UsageError(`a PATH is missing. ${seeHelp('test')}`);
    const loaded = await readWithProgress(io, operands, 'GuardrailsAndSuites');
    if (flags.verbose) {
      io.stderr.write(leftOutText(loaded));
    }
    const progress = slowProgress(io.stderr);
    const report = await runAll(loaded, io, {
      only: flags.run,
      failsFast: flags['fail-fast'],
      requiresTests: flags['require-tests'],
      progress: (done) => progress.update(`${counted(done, 'test')} run`),
    }).finally(progress.clear);
    if (flags.run !== undefined && report.groups.length === 0 && report.problems.length === 0) {
      throw new UsageError(`--run must be like a test: none is like "${flags.run}"`);
    }
    const paint = paintFor(io, flags['no-color']);
    io.stdout.write(testText(report, { format: formatOf(flags.output), paint, isVerbose: flags.verbose, cwd: io.cwd }));
    if (report.problems.length > 0) return ExitCode.usage;
    return hasFailed(report) ? ExitCode.failed : ExitCode.ok;
  },
};
