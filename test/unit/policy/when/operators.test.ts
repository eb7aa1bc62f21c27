import { describe, expect, test } from 'vitest';
import type { FieldCondition } from '../../../../src/api/v1alpha1.ts';
import { FieldErrors } from '../../../../src/policy/field-error.ts';
import { compileOperator } from '../../../../src/policy/when/operators.ts';

type Operator = FieldCondition['operator'];

/** Compiles and asks; errors of compilation are texts. */
function ask(operator: Operator, operands: readonly unknown[], value: unknown): boolean | string {
  const errors = new FieldErrors();
  const holds = compileOperator(operator, operands, 'values', errors);
  return errors.all[0]?.message ?? holds(value);
}

/** For each operator: operands, values that it holds of, values that it does not hold of, and whether it holds of nothing. */
const TABLE: readonly [Operator, readonly unknown[], readonly unknown[], readonly unknown[], boolean][] = [
  ['Exists', [], ['', 0, false, {}, []], [], false],
  ['DoesNotExist', [], [], ['', 0, false, {}, []], true],
  ['Equals', ['a'], ['a'], ['A', 'aa', 1, {}], false],
  ['Equals', [1], [1], ['1', 2, true], false],
  ['NotEquals', ['a'], ['b', 1, {}, []], ['a'], true],
  ['In', ['a', 2], ['a', 2], ['2', 'b'], false],
  ['NotIn', ['a', 2], ['2', 'b'], ['a', 2], true],
  ['Glob', ['web-*', 'x?'], ['web-', 'web-1', 'xy'], ['web', 'x', 'xyz', {}], false],
  ['Glob', ['8*'], [80, '80'], [90], false],
  ['NotGlob', ['web-*'], ['web', {}, 1], ['web-1'], true],
  ['Matches', ['a+', 'b'], ['aa', 'b'], ['ab', 'xa', '', 'a\n', {}], false],
  ['NotMatches', ['a+'], ['ab', 'xa', {}], ['aa'], true],
  ['GreaterThan', [3], [4, '3001m', '1k'], [3, '3', 2, 'many', {}, true], false],
  ['GreaterThanOrEqual', ['512Mi'], ['512Mi', '0.5Gi', 536870912], ['511Mi', 536870911], false],
  ['LessThan', ['1'], ['999m', 0, -1], ['1000m', 1, 'few'], false],
  ['LessThanOrEqual', [1], ['1000m', 1, 0], ['1001m', 2, null, []], false],
];

describe('operators', () => {
  test.each(TABLE)(
    '%s %j holds of %j, not of %j, and of a missing value: %s',
    (operator, operands, yes, no, missing) => {
      for (const value of yes) expect(ask(operator, operands, value), JSON.stringify(value)).toBe(true);
      for (const value of no) expect(ask(operator, operands, value), JSON.stringify(value)).toBe(false);
      expect(ask(operator, operands, undefined)).toBe(missing);
    },
  );

  test('every operator is in the table', () => {
    const all: Operator[] = ['Exists', 'DoesNotExist', 'Equals', 'NotEquals', 'In', 'NotIn', 'Glob', 'NotGlob'];
    all.push('Matches', 'NotMatches', 'GreaterThan', 'GreaterThanOrEqual', 'LessThan', 'LessThanOrEqual');
    expect(new Set(TABLE.map(([operator]) => operator))).toEqual(new Set(all));
  });

  test.each([
    ['Exists', [1], 'must not be set for Exists'],
    ['DoesNotExist', ['a'], 'must not be set for DoesNotExist'],
    ['Equals', [], 'must be exactly one value for Equals'],
    ['NotEquals', ['a', 'b'], 'must be exactly one value for NotEquals'],
    ['In', [], 'must be one or more values for In'],
    ['In', [{}], 'must be strings, numbers or booleans'],
    ['NotIn', [null], 'must be strings, numbers or booleans'],
    ['Glob', [1], 'must be strings'],
    ['NotMatches', [true], 'must be strings'],
    ['LessThan', ['few'], 'must be a number or a quantity, such as 3 or 512Mi'],
    ['GreaterThan', [1, 2], 'must be exactly one value for GreaterThan'],
    ['GreaterThan', [true], 'must be a number or a quantity, such as 3 or 512Mi'],
  ] as const)('%s refuses the operands %j: %s', (operator, operands, message) => {
    expect(ask(operator, operands, 'a')).toBe(message);
  });

  test.each(['(?=a)', 'a{1001}', '(', '(a)\\1'])('Matches refuses %s, with its position', (pattern) => {
    const errors = new FieldErrors();
    compileOperator('Matches', ['ok', pattern], 'spec.values', errors);
    expect(errors.all).toEqual([
      { field: 'spec.values[1]', message: expect.stringMatching(/^must be an RE2 regular expression: /) },
    ]);
  });

  test('a value that is too long to match is an error, not a no', () => {
    const holds = compileOperator('Matches', ['a*'], 'values', new FieldErrors());
    expect(holds('a'.repeat(256 * 1024))).toBe(true);
    expect(() => holds('a'.repeat(256 * 1024 + 1))).toThrow("a value of more than 262144 characters can't be matched");
  });
});
