import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { ActionType, Guardrail } from '../../src/api/v1alpha1.ts';
import { CATALOGUE } from '../../src/policy/actions/catalogue.ts';
import { compileErrorText, compileGuardrail } from '../../src/policy/compile.ts';
import { lint } from '../../src/policy/lint/lint.ts';
import { runTests } from '../../src/simulation/run-tests.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));
const files = globSync('**/*.yaml', { cwd: EXAMPLES })
  .filter((file) => !file.endsWith('kustomization.yaml') && !file.startsWith('tutorial'))
  .sort((a, b) => a.localeCompare(b));
const guardrails = files.map((file) => [file, parse(readFileSync(EXAMPLES + file, 'utf8')) as Guardrail] as const);
const library = guardrails.filter(([file]) => file.startsWith('library/'));

/** What a file says beside its guardrail. */
const commentsOf = (file: string): string =>
  readFileSync(EXAMPLES + file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('#'))
    .join('\n');

const NOW = new Date('2026-06-01T12:00:00Z');
const TRIPS = new Set(['Tripped', 'Denied', 'Warned', 'Audited']);

describe.each(guardrails)('examples/%s', (_file, guardrail) => {
  const loaded = compileGuardrail(guardrail);

  test('compiles, and there is nothing to complain of', () => {
    if (loaded.kind === 'Broken') throw new Error(compileErrorText(loaded));
    expect(lint(guardrail, loaded, NOW)).toEqual([]);
  });

  test('passes its tests', async () => {
    const results = await runTests(guardrail, loaded, 10_000);
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
  });

  test('shows what trips it and what does not', () => {
    const expected = (guardrail.spec.tests ?? []).map(({ expect: verdict }) => TRIPS.has(verdict));
    expect(new Set(expected)).toEqual(new Set([true, false]));
  });
});

describe('the library', () => {
  test('says of each guardrail what it is for and how grave a trip is', () => {
    const silent = library.filter(([, { spec }]) => !spec.description || !spec.severity || !spec.message);
    // Who only keeps a record tells nobody anything.
    expect(silent.map(([file]) => file).filter((file) => !/\/audit-/.test(file))).toEqual([]);
  });

  test('begins harmless', () => {
    const strict = library.filter(([, { spec }]) => spec.enforcement !== 'Audit' || spec.failurePolicy !== undefined);
    expect(strict.map(([file]) => file)).toEqual([]);
  });

  test('guards Delete together with the owners by which the garbage collector deletes, or says that it does not', () => {
    const others: readonly ActionType[] = ['OwnerChange', 'Update'];
    const open = guardrails.filter(([file, { spec }]) => {
      const { actions } = spec.match;
      const isCovered = others.some((action) => actions.includes(action));
      return actions.includes('Delete') && !isCovered && !/\bowners?\b/.test(commentsOf(file));
    });
    expect(open.map(([file]) => file)).toEqual([]);
  });

  test('has each name once, the examples beside it included', () => {
    const names = guardrails.map(([, { metadata }]) => metadata?.name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('has something for every action', () => {
    const used = new Set(library.flatMap(([, { spec }]) => spec.match.actions));
    expect(Object.keys(CATALOGUE).filter((name) => !used.has(name as ActionType))).toEqual([]);
  });
});
