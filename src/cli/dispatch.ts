import { type Command, type CommandIo, ExitCode, UsageError } from './command.ts';
import { didYouMean } from './did-you-mean.ts';
import { helpOf, overview } from './help.ts';

/** Runs one command line. Returns the exit code of the process; never throws. */
export async function dispatch(commands: readonly Command[], argv: readonly string[], io: CommandIo): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h') {
    io.stdout.write(overview(commands));
    return name === undefined ? ExitCode.usage : ExitCode.ok;
  }
  if (name === 'help') return help(commands, rest, io);
  const command = commandOf(commands, name === '--version' ? 'version' : name, io);
  if (command === undefined) return ExitCode.usage;
  if (asksForHelp(rest)) {
    io.stdout.write(helpOf(command));
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

function help(commands: readonly Command[], [name]: readonly string[], io: CommandIo): number {
  if (name === undefined || name.startsWith('-')) {
    io.stdout.write(overview(commands));
    return ExitCode.ok;
  }
  const command = commandOf(commands, name, io);
  if (command === undefined) return ExitCode.usage;
  io.stdout.write(helpOf(command));
  return ExitCode.ok;
}

function commandOf(commands: readonly Command[], name: string, io: CommandIo): Command | undefined {
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const names = ['help', ...commands.map((candidate) => candidate.name)];
    io.stderr.write(`guardrails: unknown command "${name}"${didYouMean(name, names)} Run "guardrails help" for the list.
`);
  }
  return command;
}

/** What stands after "--" is no flag. */
function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.some((word, index) => (end === -1 || index < end) && (word === '--help' || word === '-h'));
}
