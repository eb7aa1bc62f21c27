import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderWith, guardrails } from './support/command-line.ts';
import { deployment, SCALE, UNTESTED } from './support/guardrails.ts';

const broken = (from: string, to: string): string => {
  expect(SCALE).toContain(from);
  return SCALE.replace(from, to);
};

test('a guardrail that is right is not complained of', async () => {
  const { code, stdout, stderr } = await guardrails(folderWith({ 'a.yaml': SCALE }), ['lint', 'a.yaml']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^1 guardrail in 1 file: nothing to complain of\n$/m);
});

describe('what a cluster would refuse is an error, with its place and rule', () => {
  test.each<[what: string, text: () => string, line: RegExp]>([
    [
      'a word that is no action',
      () => broken('[ScaleDown]', '[ScaleDwn]'),
      /^a\.yaml:9:15: error: spec\.match\.actions\[0\]: must be one of .* \[schema\]$/m,
    ],
    [
      'a field that is not there',
      () => broken('namespaces: {include', 'namespaces: {inclde'),
      /^a\.yaml:10:18: error: spec\.match\.namespaces\.inclde: must not be set: there is no such field \[schema\]$/m,
    ],
    [
      'what is missing, where it would be',
      () => broken('  enforcement: Deny\n', ''),
      /^a\.yaml:5:1: error: spec\.enforcement: must be set \[schema\]$/m,
    ],
    [
      'what the CRD says in CEL',
      () => broken('  failurePolicy: Fail\n', ''),
      /^a\.yaml:5:1: error: spec\.failurePolicy: failurePolicy must be set to Fail or Ignore when enforcement is Deny \[schema\]$/m,
    ],
    [
      'what can not compile',
      () => broken('type: Decreased', 'path: "$.spec[", type: Decreased'),
      /^a\.yaml:12:16: error: spec\.when\[0\]\.change\.path: must be a JSONPath .* \[compile\]$/m,
    ],
    [
      'a field at the top',
      () => `${SCALE}sepc: {}\n`,
      /^a\.yaml:\d+:1: error: sepc: must not be set: there is no such field \[schema\]$/m,
    ],
    [
      'a word twice in a set',
      () => broken('[ScaleDown]', '[ScaleDown, ScaleDown]'),
      /^a\.yaml:9:26: error: spec\.match\.actions\[1\]: must not hold "ScaleDown" twice \[schema\]$/m,
    ],
    [
      'two tests of one name',
      () => broken('more than half', 'halving'),
      /^a\.yaml:22:7: error: spec\.tests\[1\]: must not hold name "halving" twice \[schema\]$/m,
    ],
    [
      'a boolean of YAML 1.1 where a text must be',
      () => broken('name: halving', 'name: yes'),
      /^a\.yaml:15:7: error: spec\.tests\[0\]\.name: must be string \[schema\]$/m,
    ],
  ])('%s', async (_what, text, line) => {
    const { code, stdout } = await guardrails(folderWith({ 'a.yaml': text() }), ['lint', 'a.yaml']);
    expect(stdout).toMatch(line);
    expect(code).toBe(1);
  });
});

test('what both the CRD and the compiler refuse is told once', async () => {
  const text = broken(
    '  when:\n',
    '  schedule:\n    active: During\n    windows: [absolute: {from: "2026-12-26T00:00:00Z", to: "2026-12-24T00:00:00Z"}]\n  when:\n',
  );
  const { stdout } = await guardrails(folderWith({ 'a.yaml': text }), ['lint', 'a.yaml']);
  expect(stdout.match(/: error: .*$/gm)).toEqual([
    expect.stringMatching(/spec\.schedule\.windows\[0\]\.absolute: .*\[schema\]$/),
  ]);
});

describe('what can not be read is wrong input', () => {
  test.each<[what: string, files: Record<string, string | Buffer>, argv: string[], line: RegExp]>([
    [
      'a file that is not there',
      {},
      ['none.yaml'],
      /^none\.yaml:1:1: error: can not be read: there is no such file or folder \[input\]$/m,
    ],
    [
      'a folder without guardrails',
      { 'a/pod.yaml': deployment(1) },
      ['a'],
      /^a:1:1: error: must hold a Guardrail: there is none/m,
    ],
    [
      'a file without guardrails',
      { 'pod.yaml': deployment(1) },
      ['pod.yaml'],
      /^pod\.yaml:1:1: error: must hold a Guardrail/m,
    ],
    ['an empty file', { 'a.yaml': '' }, ['a.yaml'], /^a\.yaml:1:1: error: must hold a Guardrail/m],
    ['an empty standard input', {}, ['-'], /^-:1:1: error: must hold a Guardrail/m],
    ['bad YAML', { 'a.yaml': 'a:\n\tb: 1\n' }, ['a.yaml'], /^a\.yaml:2:\d+: error: is no YAML: /m],
    [
      'what is not UTF-8',
      { 'a.yaml': Buffer.from([0x61, 0xff]) },
      ['a.yaml'],
      /^a\.yaml:1:1: error: must be text in UTF-8/m,
    ],
    [
      'UTF-16',
      { 'a.yaml': Buffer.from(`\ufeff${SCALE}`, 'utf16le') },
      ['a.yaml'],
      /^a\.yaml:1:1: error: must be text in UTF-8/m,
    ],
    [
      'what is too large',
      { 'a.yaml': Buffer.alloc(8 * 1024 * 1024 + 1, '#') },
      ['a.yaml'],
      /^a\.yaml:1:1: error: must not be larger than 8 MiB/m,
    ],
    [
      'a guardrail without a name',
      { 'a.yaml': SCALE.replace('name: no-sudden-scale-down', 'labels: {}') },
      ['a.yaml'],
      /^a\.yaml:3:1: error: metadata\.name: must be set/m,
    ],
    [
      'a name that no object can have',
      { 'a.yaml': SCALE.replace('no-sudden-scale-down', 'No_Scale') },
      ['a.yaml'],
      /^a\.yaml:4:3: error: metadata\.name: must be lower-case/m,
    ],
    [
      'another version',
      { 'a.yaml': SCALE.replace('v1alpha1', 'v2') },
      ['a.yaml'],
      /^a\.yaml:1:1: error: apiVersion: must be guardrails\.dev\/v1alpha1/m,
    ],
    [
      'two of one name',
      { 'a.yaml': SCALE, 'b.yaml': SCALE },
      ['.'],
      /^b\.yaml:4:3: error: metadata\.name: must be of one Guardrail only: "no-sudden-scale-down" stands at a\.yaml:4:3 too/m,
    ],
  ])('%s', async (_what, files, argv, line) => {
    const { code, stdout } = await guardrails(folderWith(files), ['lint', ...argv]);
    expect(stdout).toMatch(line);
    expect(code).toBe(2);
  });

  test('a link that leads to itself, and one to the folder that it is in', async () => {
    const folder = folderWith({ 'a.yaml': SCALE });
    symlinkSync('loop.yaml', join(folder, 'loop.yaml'));
    symlinkSync('.', join(folder, 'again'));
    const { code, stdout } = await guardrails(folder, ['lint', '.']);
    expect(stdout).toMatch(/^loop\.yaml:1:1: error: can not be read: it is a link that leads in a circle/m);
    expect(stdout).toMatch(/^1 guardrail in 1 file: 1 error$/m);
    expect(code).toBe(2);
  });

  test.skipIf(process.getuid?.() === 0)('a file that may not be read', async () => {
    const folder = folderWith({ 'a.yaml': SCALE });
    chmodSync(join(folder, 'a.yaml'), 0);
    expect((await guardrails(folder, ['lint', 'a.yaml'])).stdout).toContain('it may not be read');
  });

  test('one file does not keep others from being looked at', async () => {
    const folder = folderWith({ 'a.yaml': 'a: [', 'b.yaml': SCALE.replace('ScaleDown', 'x') });
    const { code, stdout } = await guardrails(folder, ['lint', '.']);
    expect(stdout).toMatch(/^a\.yaml:.*\[input\]$/m);
    expect(stdout).toMatch(/^b\.yaml:9:15: error/m);
    expect(code).toBe(2);
  });
});

describe('what is read', () => {
  const list = (...texts: readonly string[]) =>
    `apiVersion: v1\nkind: List\nitems:\n${texts.map((text) => text.replaceAll(/^/gm, '  ').replace(/^ {2}/, '- ').trimEnd()).join('\n')}\n`;
  test.each<[what: string, files: Record<string, string>, argv: string[], guardrails: number]>([
    ['several documents', { 'a.yaml': `${SCALE}---\n${UNTESTED}` }, ['a.yaml'], 2],
    ['a List', { 'a.yaml': list(SCALE, UNTESTED) }, ['a.yaml'], 2],
    ['what kustomize prints, with other kinds', { 'a.yaml': `${deployment(1)}---\n${SCALE}` }, ['a.yaml'], 1],
    ['folders in folders, by their extensions', { 'a/b/c.yml': SCALE, 'a/d.txt': UNTESTED }, ['a'], 1],
    ['a file of any name, if it is named', { 'a.txt': SCALE }, ['a.txt'], 1],
    [
      'JSON',
      {
        'a.json':
          '{"apiVersion":"guardrails.dev/v1alpha1","kind":"Guardrail","metadata":{"name":"a"},"spec":{"enforcement":"Audit","match":{"actions":["Exec"]}}}',
      },
      ['.'],
      1,
    ],
    [
      'nothing that is hidden, or of node_modules',
      { 'a.yaml': SCALE, '.b/c.yaml': UNTESTED, 'node_modules/d.yaml': UNTESTED },
      ['.'],
      1,
    ],
    ['a file that is named twice, once', { 'a.yaml': SCALE }, ['a.yaml', '.', './a.yaml'], 1],
    [
      'not a Guardrail of somebody else',
      { 'a.yaml': `${SCALE}---\n${UNTESTED.replace('guardrails.dev', 'example.com')}` },
      ['.'],
      1,
    ],
  ])('%s', async (_what, files, argv, count) => {
    const { code, stdout } = await guardrails(folderWith(files), ['lint', '-o', 'json', ...argv]);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'LintReport', summary: { guardrails: count, errors: 0 } });
    expect(code).toBe(0);
  });

  test('the standard input', async () => {
    const { code, stdout } = await guardrails('/', ['lint', '-'], { input: SCALE.replace('ScaleDown', 'x') });
    expect(stdout).toMatch(/^-:9:15: error/m);
    expect(code).toBe(1);
  });

  test('how much was left out is told only if it is asked for', async () => {
    const folder = folderWith({ 'a.yaml': `${deployment(1)}---\n${SCALE}` });
    expect((await guardrails(folder, ['lint', '.'])).stderr).toBe('');
    expect((await guardrails(folder, ['lint', '.', '-v'])).stderr).toBe(
      '1 file read, 1 object of other kinds left out\n',
    );
  });
});

describe('--fail-on', () => {
  test.each([
    [[], 0],
    [['--fail-on', 'error'], 0],
    [['--fail-on', 'warning'], 0],
    [['--fail-on', 'info'], 1],
  ])('%j of a guardrail with an info is %i', async (flags, code) => {
    const ran = await guardrails(folderWith({ 'a.yaml': UNTESTED }), ['lint', 'a.yaml', ...flags]);
    expect(ran.stdout).toMatch(/: info: spec\.tests: .*\[no-tests\]$/m);
    expect(ran.code).toBe(code);
  });
});

test('--list-rules names every rule', async () => {
  const { code, stdout } = await guardrails('/', ['lint', '--list-rules']);
  expect(code).toBe(0);
  for (const rule of ['input', 'schema', 'compile', 'no-tests']) expect(stdout).toMatch(new RegExp(`^${rule} `, 'm'));
});

describe('formats', () => {
  const files = { 'a.yaml': SCALE.replace('ScaleDown', '"100%"'), 'b.yaml': UNTESTED };
  test('github annotates lines of files, from the folder on', async () => {
    const folder = folderWith(files);
    const { stdout } = await guardrails(folder, ['lint', '-o', 'github', folder]);
    expect(stdout).toMatch(
      /^::error file=a\.yaml,line=9,col=15,title=no-sudden-scale-down%3A schema::spec\.match\.actions\[0\]: must be /m,
    );
    expect(stdout).toMatch(/^::notice file=b\.yaml,line=\d+,col=\d+,title=warn-of-deletes%3A no-tests::/m);
  });

  test('junit counts errors, and what is clean', async () => {
    const { stdout } = await guardrails(folderWith(files), ['lint', '-o', 'junit', '.']);
    expect(stdout).toMatch(/<testsuites name="guardrails lint" tests="2" failures="0" errors="1" time="0\.000">/);
    expect(stdout).toMatch(
      /<error message="spec\.match\.actions\[0\]: must be [^"]*" type="schema">a\.yaml:9:15: error: /,
    );
  });

  test('yaml is the same document as json', async () => {
    const { parse } = await import('yaml');
    const folder = folderWith(files);
    const [json, yaml] = await Promise.all(
      ['json', 'yaml'].map((format) => guardrails(folder, ['lint', '.', '-o', format])),
    );
    expect(parse(yaml?.stdout ?? '')).toEqual(JSON.parse(json?.stdout ?? ''));
    expect(JSON.parse(json?.stdout ?? '').findings[0]).toMatchObject({
      level: 'error',
      rule: 'schema',
      file: 'a.yaml',
      line: 9,
      column: 15,
      guardrail: 'no-sudden-scale-down',
      field: 'spec.match.actions[0]',
    });
  });
});
