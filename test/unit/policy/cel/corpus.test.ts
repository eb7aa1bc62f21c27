import { describe, expect, test } from 'vitest';
import { corpus, ours, theirs } from './support/corpus.ts';
import { DEVIATIONS } from './support/deviations.ts';

const deviating = new Map(
  DEVIATIONS.flatMap(({ expressions, ours: outcome }) => expressions.map((expression) => [expression, outcome])),
);

describe('what cel-go makes of expressions in Kubernetes', () => {
  test('is known of more than a thousand, of which two thirds have a value', () => {
    const withValue = corpus.cases.filter(({ result }) => result.error === undefined);
    expect(corpus.cases.length).toBeGreaterThan(1000);
    expect(withValue.length).toBeGreaterThan(corpus.cases.length * 0.6);
  });

  test.each(corpus.cases.filter(({ expression }) => !deviating.has(expression)))(
    'we make the same of $expression',
    ({ expression, input, result }) => {
      expect(ours(expression, corpus.inputs[input] ?? {})).toBe(theirs(result));
    },
  );
});

describe('where we deviate', () => {
  const byExpression = new Map(corpus.cases.map((one) => [one.expression, one]));

  test.each(
    DEVIATIONS.flatMap(({ why, expressions, ours: outcome }) => expressions.map((one) => [one, why, outcome] as const)),
  )('%s, since %s: %s', (expression, _why, outcome) => {
    const known = byExpression.get(expression);
    if (known === undefined) throw new Error('it is not in the corpus');
    expect(ours(expression, corpus.inputs[known.input] ?? {})).toBe(outcome);
    expect(theirs(known.result)).not.toBe(outcome);
  });
});
