#!/usr/bin/env node
import { type Command, type CommandIo, ExitCode, UsageError } from './cli/command.ts';
import { demoCommand } from './cli/demo.ts';
import { operatorCommand } from './cli/operator.ts';
import { sandboxCommand } from './cli/sandbox.ts';

const COMMANDS: readonly Command[] = [demoCommand, operatorCommand, sandboxCommand];

const overview = (): string =>
  [
    'Action-level guardrails for Kubernetes.',
    '',
    'Usage: guardrails <command> [flags]',
    '',
    'Commands:',
    ...COMMANDS.map((command) => `  ${command.name.padEnd(12)}${command.summary}`),
    '',
    'Exit codes: 0 ok, 1 a check did not hold, 2 wrong arguments or input, 3 the cluster or the machine failed.',
    'Use "guardrails <command> --help" for more about a command.',
    '',
  ].join('\n');

async function main(argv: readonly string[], io: CommandIo): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    io.stdout.write(overview());
    return name === undefined ? ExitCode.usage : ExitCode.ok;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    io.stderr.write(`guardrails: unknown command "${name}". Run "guardrails help" for the list.\n`);
    return ExitCode.usage;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    io.stdout.write(command.help);
    return ExitCode.ok;
  }
  try {
    return await command.run(rest, io);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    io.stderr.write(`guardrails ${name}: ${message}\n`);
    return error instanceof UsageError ? ExitCode.usage : ExitCode.environment;
  }
}

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => interrupted.abort());
}
process.exitCode = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: interrupted.signal,
});
