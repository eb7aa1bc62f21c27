import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { helpOf } from '../../../src/cli/help.ts';
import { folderWith, guardrails } from './support/command-line.ts';

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

const script = async (shell: string): Promise<string> => (await guardrails('/', ['completion', shell])).stdout;

describe.skipIf(!has('bash'))('bash completes', () => {
  test.each<[words: string[], found: string[]]>([
    [['l'], ['lint']],
    [['he'], ['help']],
    [['help', 'ex'], ['explain']],
    [['test', '--re'], ['--require-tests']],
    [
      ['test', '-o', ''],
      ['table', 'json', 'yaml', 'junit', 'github'],
    ],
    [
      ['test', 'a', '--output', '=', 'j'],
      ['json', 'junit'],
    ],
    [
      ['test', 'a', '--output', '='],
      ['table', 'json', 'yaml', 'junit', 'github'],
    ],
    [
      ['test', ''],
      ['a b.yaml', 'folder'],
    ],
    [['lint', 'fo'], ['folder']],
    [['explain', '--request', 'a'], ['a b.yaml']],
    [['explain', 'x', '--operation', 'D'], ['DELETE']],
    [['explain', '--user', ''], []],
    [
      ['sandbox', ''],
      ['up', 'down', 'status', 'kubeconfig'],
    ],
    [
      ['sandbox', 'up', '--audit-log', ''],
      ['Metadata', 'RequestResponse'],
    ],
    [['sandbox', 'status', '--det'], []],
    [['sandbox', 'up', '--det'], ['--detach']],
    [['completion', 'z'], ['zsh']],
    [['version', ''], []],
  ])('%j with %j', async (words, found) => {
    const folder = folderWith({ 'a b.yaml': '', 'folder/c.yaml': '', 'completion.sh': await script('bash') });
    const program = `source ./completion.sh; rm completion.sh
COMP_WORDS=(guardrails "$@"); COMP_CWORD=$#; _guardrails
printf '%s\\n' "\${COMPREPLY[@]}"`;
    const said = execFileSync('bash', ['--norc', '-c', program, 'bash', ...words], { cwd: folder, encoding: 'utf8' });
    expect(new Set(said.split('\n').filter((line) => line !== ''))).toEqual(new Set(found));
  });
});

test.each(['bash', 'zsh', 'fish'])('what is printed for %s can be read by it', async (shell) => {
  const text = await script(shell);
  if (has(shell)) execFileSync(shell, ['-n'], { input: text });
  for (const { name, flags, verbs = {} } of COMMANDS) {
    expect(text).toContain(name);
    const all = [flags, ...Object.values(verbs).map((verb) => verb.flags)].flatMap((some) => Object.keys(some));
    for (const flag of all) expect(text).toMatch(new RegExp(`(--|-l )${flag}\\b`));
  }
});

test('what is completed is what the help texts say', () => {
  for (const command of COMMANDS) {
    const help = helpOf(command);
    const all = [command.flags, ...Object.values(command.verbs ?? {}).map((verb) => verb.flags)];
    for (const [name, { choices }] of all.flatMap((flags) => Object.entries(flags))) {
      expect(help).toContain(`--${name}`);
      if (choices !== undefined) expect(help).toContain(choices.join(', '));
    }
  }
});

test.each([
  [[], 'a shell is missing; it must be one of bash, zsh, fish. See "guardrails completion --help".'],
  [['tcsh'], 'no such shell "tcsh"; it must be one of bash, zsh, fish'],
  [['constructor'], 'no such shell "constructor"'],
  [['bash', 'zsh'], 'no such shell "bash zsh"'],
])('%j is wrong usage', async (argv, message) => {
  const { code, stderr, stdout } = await guardrails('/', ['completion', ...argv]);
  expect(stderr).toContain(message);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});
