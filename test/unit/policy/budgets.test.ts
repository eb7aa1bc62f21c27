import { expect, test } from 'vitest';
import type { WhenEntry } from '../../../src/api/v1alpha1.ts';
import { exec } from '../../../src/policy/actions/connect.ts';
import { compileGuardrail } from '../../../src/policy/compile.ts';
import { EvaluationError } from '../../../src/policy/evaluation-context.ts';
import { PolicySyntaxError } from '../../../src/policy/field-error.ts';
import { compileRegularExpression } from '../../../src/policy/regular-expression.ts';
import type { Review } from '../../../src/policy/review.ts';
import { compiled as compiledGuardrail, EVERYTHING, judge } from './support/judge.ts';
import { review } from './support/reviews.ts';

test.each([
  ['a name', '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'],
  ['a host', '([a-z0-9-]{1,63}\\.){1,8}[a-z]{2,63}'],
])('%s is a small enough expression', (_name, pattern) => {
  expect(() => compileRegularExpression(pattern)).not.toThrow();
});

test.each([
  ['one count after the other', 'a{1000}'.repeat(100)],
  ['much at a time', `(${'a'.repeat(500)}){100}`],
  ['an open count', 'a{900,}'.repeat(100)],
])('an expression that is written out to very much is refused: %s', (_name, pattern) => {
  expect(() => compileRegularExpression(pattern)).toThrow(PolicySyntaxError);
});

test.each([
  ['a small program, a long text', '[a-z]+', 300_000, true],
  ['a large program, a short text', '([ab]*a[ab]{200}){4}c', 2000, false],
])('an expression is held against a text: %s', (_name, pattern, length, expected) => {
  expect(compileRegularExpression(pattern)('a'.repeat(length))).toBe(expected);
});

test.each([
  ['a small program, a very long text', '[a-z]+', 600_000],
  ['a large program, a long text', '([ab]*a[ab]{200}){4}c', 3000],
])('what takes too long can not be told: %s', (_name, pattern, length) => {
  expect(() => compileRegularExpression(pattern)('a'.repeat(length))).toThrow(EvaluationError);
});

const matches = (count: number): WhenEntry => ({
  field: {
    path: '$.metadata.name',
    operator: 'Matches',
    values: Array.from({ length: count }, (_, index) => `a${index}`),
  },
});

const compiled = (...when: WhenEntry[]) =>
  compileGuardrail({
    apiVersion: 'guardrails.dev/v1alpha1',
    kind: 'Guardrail',
    metadata: { name: 'g', uid: 'u', generation: 1 },
    spec: { enforcement: 'Audit', match: { actions: ['ScaleDown'] }, when },
  });

test('a guardrail has a hundred regular expressions at most, wherever they stand', () => {
  expect(compiled(matches(60), { anyOf: [matches(40)] }).kind).toBe('Compiled');
  expect(compiled(matches(60), { anyOf: [matches(41)] })).toMatchObject({
    kind: 'Broken',
    errors: [{ field: 'spec.when', message: 'must not have more than 100 regular expressions in all' }],
  });
});

const shown = (command: readonly string[]): unknown => {
  const review = { subresource: 'exec', object: { command } } as unknown as Review;
  return exec.detect({ review, target: {}, info: undefined })?.find(({ path }) => path === '$.command')?.to;
};

test.each([
  [['sh'], 'sh'],
  [['mysql', '-uroot', '-phunter3'], 'mysql (and 2 more)'],
  [['mysql -uroot -phunter3'], 'mysql (and 1 more)'],
  [['  mysql\t-phunter3', 'x'], 'mysql (and 2 more)'],
])('of the command %j only the program is told', (command, told) => {
  expect(shown(command)).toBe(told);
});

test.each<[string, (index: number) => WhenEntry['field'] & {}]>([
  [
    'globs',
    (index) => ({
      path: '$.data.*',
      operator: 'NotGlob',
      quantifier: 'All',
      values: Array.from({ length: 64 }, (_, pattern) => `*${'a'.repeat(40)}b${index}${pattern}?`),
    }),
  ],
  [
    'expressions',
    (index) => ({
      path: '$.data.*',
      operator: 'NotMatches',
      quantifier: 'All',
      values: Array.from({ length: 6 }, (_, pattern) => `(a|b|c|d)*x${index}${pattern}`),
    }),
  ],
])('all %s of a guardrail together take a bounded time', (_name, field) => {
  const when = Array.from({ length: 16 }, (_, index): WhenEntry => ({ field: field(index) }));
  const data = Object.fromEntries(Array.from({ length: 14 }, (_, index) => [`k${index}`, 'a'.repeat(30_000)]));
  const [finding] = judge(
    [compiledGuardrail({ actions: ['Create'], resources: EVERYTHING }, { when })],
    review({ operation: 'CREATE', group: '', resource: 'configmaps', object: { metadata: { name: 'web' }, data } }),
  ).findings;
  expect(finding).toMatchObject({ outcome: 'Denied', reason: 'EvaluationError' });
  expect(finding?.message).toContain('it takes too long to match all values of the object');
});
