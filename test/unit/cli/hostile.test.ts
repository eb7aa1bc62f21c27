import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { aliasTargets } from '../../../src/cli/documents/alias-targets.ts';
import { folderWith, guardrails } from './support/command-line.ts';

const PROGRAM = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url));

/** A Guardrail with a test, both as told. */
const guardrail = ({ name = 'g', test = 'it', now = '2026-06-03T12:00:00Z', expect: expected = 'NotMatched' } = {}) => `
apiVersion: guardrails.dev/v1alpha1
kind: Guardrail
metadata: { name: ${name} }
spec:
  enforcement: Audit
  match: { actions: [ScaleDown] }
  tests:
    - name: ${JSON.stringify(test)}
      now: ${JSON.stringify(now)}
      expect: ${expected}
      request:
        operation: CREATE
        resource: { version: v1, resource: pods }
        object: { metadata: { name: web } }
`;

describe('aliases', () => {
  test('stand for the latest anchor of their name before them', () => {
    const document = parseDocument('{ a: &x 1, b: *x, c: &x 2, d: [*x, &y { e: *x }], f: *y, g: *z }');
    const targets = [...aliasTargets(document)].map(([alias, node]) => [alias.source, String(node)]);
    expect(targets).toEqual([
      ['x', '1'],
      ['x', '2'],
      ['x', '2'],
      ['y', expect.stringContaining('"e"')],
    ]);
  });

  test('are each looked for once, however many there are', () => {
    const document = parseDocument(`a: &a 1\nb:\n${'  - *a\n'.repeat(20_000)}`);
    expect(aliasTargets(document).size).toBe(20_000);
    // The library, asked for each, would walk the document as often.
  }, 20_000);
});

describe('a command that works without a pause', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('ends by %s at once', async (signal) => {
    const child = spawn(process.execPath, [PROGRAM, 'lint', '-'], { stdio: ['pipe', 'ignore', 'ignore'] });
    // It waits for the rest of its input, which never comes.
    child.stdin.write('a: 1\n');
    await once(child, 'spawn');
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([null, signal]);
  });
});

describe('a file without an end', () => {
  test('is read up to a limit', () => {
    const { status, stdout } = spawnSync(process.execPath, [PROGRAM, 'lint', '/dev/zero'], { encoding: 'utf8' });
    expect(status).toBe(1 + 1);
    expect(stdout).toContain('must not be larger than 8 MiB');
  });

  test('is no problem where it has one after all: a pipe that is named as a file', () => {
    const folder = folderWith({ 'g.yaml': guardrail() });
    // A pipe, as a shell makes it.
    const program = `cat g.yaml | '${process.execPath}' '${PROGRAM}' test /dev/stdin`;
    const { status, stdout } = spawnSync('sh', ['-c', program], { cwd: folder, encoding: 'utf8' });
    expect(stdout).toContain('1 test: 1 passed, 0 failed');
    expect(status).toBe(0);
  });
});

test.each([
  '2026-12-24T23:59:60Z',
  '2026-12-24T23:59:59+01',
  '2026-12-24 23:59:59Z',
  '2026-12-24T23:59:59-0000',
  '2026-02-30T00:00:00Z',
  '2026-12-24',
])('a time that the API server or the engine can not read is told at its field: %s', async (now) => {
  const { code, stdout } = await guardrails(folderWith({ 'g.yaml': guardrail({ now }) }), ['lint', 'g.yaml']);
  expect(stdout).toMatch(/^g\.yaml:10:7: error: spec\.tests\[0\]\.now: must be a time with its offset, such as /m);
  expect(code).toBe(1);
});

describe('names that somebody has thought about', () => {
  test('give no commands to the runner of GitHub Actions', async () => {
    const files = {
      'a\u001b[31m.yaml': guardrail({ test: '##[set-output name=q;]v ::error::\u0007', expect: 'Tripped' }),
    };
    const { stdout } = await guardrails(folderWith(files), ['test', '.', '-o', 'github']);
    expect(stdout).toMatch(/^::error file=a \[31m\.yaml,/);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).not.toContain('##[');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stdout.trimEnd()).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  test('give none to it in a table either', async () => {
    const files = { 'a.yaml': guardrail({ test: '##[set-output name=q;]v', expect: 'Tripped' }) };
    expect((await guardrails(folderWith(files), ['test', '.'])).stdout).not.toContain('##[');
  });
});

describe.skipIf(spawnSync('bash', ['-c', 'true']).status !== 0)('bash completes files', () => {
  test.each<[string, string[]]>([
    ['a star, and nothing that it is like', ['*', 'other']],
    ['brackets', ['a[b]', 'ab']],
    ['a space and a line break', ['a b', 'c\nd']],
    ['what looks like a command', ['$(touch HIT)', '`touch HIT`']],
  ])('by their own names: %s', async (_name, names) => {
    const completion = (await guardrails('/', ['completion', 'bash'])).stdout;
    const folder = folderWith(Object.fromEntries(names.map((name) => [name, ''])));
    const scripts = folderWith({ 'completion.sh': completion });
    const program = `source ${scripts}/completion.sh; COMP_WORDS=(guardrails lint ""); COMP_CWORD=2; _guardrails
printf '%s\\0' "\${COMPREPLY[@]}"`;
    const said = execFileSync('bash', ['--norc', '-c', program], { cwd: folder, encoding: 'utf8' });
    expect(
      said
        .split('\0')
        .filter((name) => name !== '')
        .sort((a, b) => a.localeCompare(b)),
    ).toEqual(names.toSorted((a, b) => a.localeCompare(b)));
  });
});
