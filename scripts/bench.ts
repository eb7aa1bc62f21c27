/**
 * Measures the product on a local control plane: `make bench`, or `node scripts/bench.ts --help`. What is measured, and how,
 * is in docs/performance.md.
 */
import { ExitCode, UsageError } from '../src/cli/command.ts';
import { SILENT, streamProgress } from '../src/sandbox/progress.ts';
import { HELP, parseOptions } from './bench/options.ts';
import { reportText } from './bench/report.ts';
import { runBenchmark } from './bench/run.ts';

async function main(argv: readonly string[], signal: AbortSignal): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(HELP);
    return ExitCode.ok;
  }
  const progress = process.stderr.isTTY ? streamProgress(process.stderr) : undefined;
  try {
    const options = parseOptions(argv);
    const report = await runBenchmark(options, progress ?? SILENT, signal);
    progress?.clear();
    process.stdout.write(reportText(report, options.format));
    const isMissed = report.targets.some(({ result }) => result === 'Missed');
    return options.isCheck && isMissed ? ExitCode.failed : ExitCode.ok;
  } catch (error) {
    progress?.clear();
    const message = signal.aborted ? 'interrupted; nothing of it is left' : (error as Error).message;
    process.stderr.write(`bench: ${message}\n`);
    return error instanceof UsageError ? ExitCode.usage : ExitCode.environment;
  }
}

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => interrupted.abort());
process.exitCode = await main(process.argv.slice(2), interrupted.signal);
