import { expect, test } from 'vitest';
import { type Composition, guardrailsOf, policiesOf, SET_LABEL } from '../../../scripts/bench/guardrail-set.ts';
import { OPERATORS, THOUSAND, titleOf, USUAL } from '../../../scripts/bench/variants.ts';
import { compileErrorText, compileGuardrail } from '../../../src/policy/compile.ts';

test.each(OPERATORS.map(({ name, composition }): [string, Composition] => [name, composition]))(
  'every guardrail of %s compiles',
  (name, composition) => {
    const errors = guardrailsOf(name, composition, undefined).map((one) => compileErrorText(compileGuardrail(one)));
    expect(errors.filter((error) => error !== undefined)).toEqual([]);
  },
);

test.each([
  ['the usual set', USUAL, 100],
  ['the large set', THOUSAND, 1_000],
])('%s has as many guardrails as it says', (_name, composition, size) => {
  const guardrails = guardrailsOf('s', composition, undefined);
  expect(guardrails).toHaveLength(size);
  expect(new Set(guardrails.map(({ metadata }) => metadata?.name)).size).toBe(size);
  expect(guardrails.every(({ metadata }) => metadata?.labels?.[SET_LABEL] === 's')).toBe(true);
});

test('the default of audit is left to the API server', () => {
  expect(guardrailsOf('s', { matching: 1 }, undefined)[0]?.spec).not.toHaveProperty('audit');
  expect(guardrailsOf('s', { matching: 1 }, 'Log')[0]?.spec.audit).toEqual({ allowed: 'Log' });
});

test('there is one policy, and one binding of it, for each guardrail', () => {
  const names = guardrailsOf('s', USUAL, undefined).map(({ metadata }) => metadata?.name);
  const policies = policiesOf('s', USUAL);
  expect(policies.map(({ policy }) => policy)).toMatchObject(names.map((name) => ({ metadata: { name } })));
  expect(policies.map(({ binding }) => binding)).toMatchObject(names.map((policyName) => ({ spec: { policyName } })));
});

test('every operator has a title of its own', () => {
  const titles = OPERATORS.map(({ name }) => titleOf(name));
  expect(new Set(titles).size).toBe(OPERATORS.length);
  expect(titles).not.toContain(OPERATORS[0].name);
});
