import { stringify } from 'yaml';
import { PRODUCT_VERSION } from '../version.ts';
import { type Command, ExitCode } from './command.ts';
import { parseArguments, refuseOperands } from './flags.ts';
import { CLI_API_VERSION } from './report/structured.ts';

const FLAGS = {
  output: { short: 'o', value: 'FORMAT', choices: ['json', 'yaml'], help: 'as a document' },
} as const;

/** `guardrails version`: says which version this is. */
export const versionCommand: Command = {
  name: 'version',
  summary: 'say which version this is',
  about: 'Says which version this is, of the product and of the Node.js that runs it.',
  usage: ['[flags]'],
  operands: { kind: 'None' },
  flags: FLAGS,
  notes: '',
  run: (argv, io) => {
    const { flags, operands } = parseArguments('version', FLAGS, argv);
    refuseOperands('version', operands);
    const version = {
      apiVersion: CLI_API_VERSION,
      kind: 'Version',
      version: PRODUCT_VERSION,
      nodeVersion: process.version,
      platform: `${process.platform}/${process.arch}`,
    };
    if (flags.output === 'json') io.stdout.write(`${JSON.stringify(version, undefined, 2)}\n`);
    else if (flags.output === 'yaml') io.stdout.write(stringify(version));
    else io.stdout.write(`guardrails ${version.version} (Node.js ${version.nodeVersion}, ${version.platform})\n`);
    return Promise.resolve(ExitCode.ok);
  },
};
