import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { PRODUCT_VERSION } from '../../../src/version.ts';
import { folderWith, guardrails } from './support/command-line.ts';
import { FAILING, SCALE } from './support/guardrails.ts';

test.each<[argv: string[], code: number, stdout: RegExp]>([
  [[], 2, /^Usage: guardrails <command>/m],
  [['help'], 0, /^Usage: guardrails <command>/m],
  [['--help'], 0, /^Usage: guardrails <command>/m],
  [['-h'], 0, /^Usage: guardrails <command>/m],
  [['help', 'lint'], 0, /^Usage:\n {2}guardrails lint PATH\.\.\. \[flags\]$/m],
  [['lint', '--help'], 0, /^Usage:\n {2}guardrails lint/m],
  [['lint', 'a', '-h'], 0, /^Usage:\n {2}guardrails lint/m],
  [['sandbox', 'up', '--help'], 0, /^Flags of up:$/m],
  [['--version'], 0, /^guardrails \d+\.\d+\.\d+ \(Node\.js v/],
  [['version'], 0, /^guardrails \d+\.\d+\.\d+ \(Node\.js v/],
])('guardrails %j', async (argv, code, stdout) => {
  const ran = await guardrails('/', argv);
  expect(ran.stdout).toMatch(stdout);
  expect(ran).toMatchObject({ code, stderr: '' });
});

test.each(COMMANDS.map(({ name }) => name))('the help names the command %s, and there is help for it', async (name) => {
  expect((await guardrails('/', ['help'])).stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
  expect((await guardrails('/', ['help', name])).stdout).toContain(`guardrails ${name}`);
});

test.each<[argv: string[], stderr: string]>([
  [['tset'], 'guardrails: unknown command "tset"; did you mean "test"? Run "guardrails help" for the list.\n'],
  [['frobnicate'], 'guardrails: unknown command "frobnicate". Run "guardrails help" for the list.\n'],
  [['help', 'constructor'], 'guardrails: unknown command "constructor". Run "guardrails help" for the list.\n'],
  [['test'], 'guardrails test: a PATH is missing. See "guardrails test --help".\n'],
  [
    ['test', 'a', '--fail-fst'],
    'guardrails test: unknown flag --fail-fst; did you mean "--fail-fast"? See "guardrails test --help".\n',
  ],
  [['test', 'a', '--constructor'], 'guardrails test: unknown flag --constructor. See "guardrails test --help".\n'],
  [['test', 'a', '-x'], 'guardrails test: unknown flag -x. See "guardrails test --help".\n'],
  [
    ['test', 'a', '--output'],
    'guardrails test: --output must have a value: --output FORMAT. See "guardrails test --help".\n',
  ],
  [
    ['test', 'a', '-o', '-v'],
    'guardrails test: -o must have a value; one that begins with "-" is written --output=-v\n',
  ],
  [
    ['test', 'a', '-o', 'jsn'],
    'guardrails test: --output must be one of table, json, yaml, junit, github, not "jsn"; did you mean "json"?\n',
  ],
  [
    ['test', 'a', '--verbose=yes'],
    'guardrails test: --verbose is a switch, and takes no value. See "guardrails test --help".\n',
  ],
  [['version', 'x'], 'guardrails version: unexpected argument "x". See "guardrails version --help".\n'],
])('guardrails %j is wrong usage', async (argv, stderr) => {
  expect(await guardrails('/nowhere', argv)).toEqual({ code: 2, stdout: '', stderr });
});

test('what stands after -- is no flag', async () => {
  const { code, stdout } = await guardrails('/nowhere', ['lint', '--', '--help']);
  expect(stdout).toContain('--help:1:1: error: can not be read');
  expect(code).toBe(2);
});

test.each(['json', 'yaml'])('the version as %s', async (format) => {
  const { stdout } = await guardrails('/', ['version', '-o', format]);
  expect(parse(stdout)).toMatchObject({ kind: 'Version', version: PRODUCT_VERSION, nodeVersion: process.version });
});

describe('as a process', () => {
  const program = resolve('src/cli.ts');

  test('results go to the standard output, the exit code tells', () => {
    const folder = folderWith({ 'a.yaml': FAILING });
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'test', '.'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stdout).toContain('2 tests: 1 passed, 1 failed');
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  });

  test('the standard input is read', () => {
    const said = execFileSync(process.execPath, [program, 'lint', '-'], { input: SCALE, encoding: 'utf8' });
    expect(said).toContain('1 guardrail in 1 file');
  });

  test('who stops reading hears no complaint, and gets the exit code', async () => {
    const many = Array.from({ length: 400 }, (_, index) => FAILING.replace('no-sudden-scale-down', `g${index}`)).join(
      '---\n',
    );
    const folder = folderWith({ 'a.yaml': many });
    const child = spawn(process.execPath, [program, 'test', '.', '-o', 'json'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const [code] = await once(child, 'close');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  });
});
