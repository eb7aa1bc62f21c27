import { type Command, ExitCode, UsageError } from './command.ts';
import { bashCompletion } from './completion/bash.ts';
import { completionTable } from './completion/completion-table.ts';
import { fishCompletion } from './completion/fish.ts';
import { zshCompletion } from './completion/zsh.ts';
import { didYouMean } from './did-you-mean.ts';
import { parseArguments, seeHelp } from './flags.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

const NAMES = Object.keys(SHELLS);

/** `guardrails completion`: prints what makes a shell complete the command line. */
export function completionCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    summary: 'print the completions for a shell',
    about: `Prints what makes a shell complete commands, flags, their values, and files.

  bash   source <(guardrails completion bash)             in ~/.bashrc
  zsh    source <(guardrails completion zsh)              in ~/.zshrc, after compinit
  fish   guardrails completion fish | source              in ~/.config/fish/config.fish`,
    usage: ['bash|zsh|fish'],
    operands: { kind: 'Words', name: 'SHELL', words: NAMES },
    flags: {},
    notes: '',
    run: (argv, io) => {
      const { operands } = parseArguments('completion', {}, argv);
      const [name = '', ...more] = operands;
      const write = Object.hasOwn(SHELLS, name) ? SHELLS[name as keyof typeof SHELLS] : undefined;
      if (write === undefined || more.length > 0) {
        const what = name === '' ? 'a shell is missing' : `no such shell "${[name, ...more].join(' ')}"`;
        throw new UsageError(
          `${what}; it must be one of ${NAMES.join(', ')}${didYouMean(name, NAMES)} ${seeHelp('completion')}`,
        );
      }
      io.stdout.write(write(completionTable(commands())));
      return Promise.resolve(ExitCode.ok);
    },
  };
}
