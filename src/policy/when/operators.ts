import type { FieldCondition } from '../../api/v1alpha1.ts';
import { EvaluationError } from '../evaluation-context.ts';
import type { FieldErrors } from '../field-error.ts';
import { compileGlobs } from '../glob.ts';
import { isScalar, type Scalar } from '../json.ts';
import { parseQuantity } from '../quantity.ts';
import { compileRegularExpression } from '../regular-expression.ts';

/** Tells whether one value satisfies an operator; undefined is a missing value. */
export type ValueTest = (value: unknown) => boolean;

type OperatorName = FieldCondition['operator'];

interface Operator {
  /** How many operands it takes. */
  readonly operands: 'none' | 'one' | 'some';
  compile(operands: readonly Scalar[], field: string, errors: FieldErrors): ValueTest;
}

const equals: Operator = {
  operands: 'one',
  compile:
    ([wanted]) =>
    (value) =>
      value === wanted,
};

const oneOf: Operator = {
  operands: 'some',
  compile: (operands) => {
    const wanted = new Set<unknown>(operands);
    return (value) => wanted.has(value);
  },
};

const glob: Operator = {
  operands: 'some',
  compile: (operands, field, errors) => {
    const matches = compileGlobs(texts(operands, field, errors));
    return (value) => isScalar(value) && matches(String(value));
  },
};

const regularExpression: Operator = {
  operands: 'some',
  compile: (operands, field, errors) => {
    const tests = texts(operands, field, errors).map((pattern, index) =>
      errors.try(`${field}[${index}]`, () => compileRegularExpression(pattern)),
    );
    return (value) => isScalar(value) && tests.some((matches) => matches?.(bounded(String(value))));
  },
};

/** All annotations of an object together may have 256 KiB. An expression takes time in proportion to the text. */
const MAX_MATCHED_LENGTH = 256 * 1024;

function bounded(text: string): string {
  if (text.length <= MAX_MATCHED_LENGTH) return text;
  throw new EvaluationError(`a value of more than ${MAX_MATCHED_LENGTH} characters can't be matched`);
}

/** Every operator. What a negation says of a missing value follows from `not`: it holds. */
const OPERATORS: Readonly<Record<OperatorName, Operator>> = {
  Exists: { operands: 'none', compile: () => (value) => value !== undefined },
  DoesNotExist: { operands: 'none', compile: () => (value) => value === undefined },
  Equals: equals,
  NotEquals: not(equals),
  In: oneOf,
  NotIn: not(oneOf),
  Glob: glob,
  NotGlob: not(glob),
  Matches: regularExpression,
  NotMatches: not(regularExpression),
  GreaterThan: comparison((value, operand) => value > operand),
  GreaterThanOrEqual: comparison((value, operand) => value >= operand),
  LessThan: comparison((value, operand) => value < operand),
  LessThanOrEqual: comparison((value, operand) => value <= operand),
};

/** Compiles an operator with its operands. Notes an error for what it can't take; the test must not be used then. */
export function compileOperator(
  name: OperatorName,
  operands: readonly unknown[],
  field: string,
  errors: FieldErrors,
): ValueTest {
  const operator = OPERATORS[name];
  const scalars = operands.filter(isScalar);
  if (scalars.length < operands.length) errors.add(field, 'must be strings, numbers or booleans');
  if (operator.operands === 'one' && operands.length !== 1) errors.add(field, `must be exactly one value for ${name}`);
  if (operator.operands === 'some' && operands.length === 0)
    errors.add(field, `must be one or more values for ${name}`);
  if (operator.operands === 'none' && operands.length > 0) errors.add(field, `must not be set for ${name}`);
  return operator.compile(scalars, field, errors);
}

function not(operator: Operator): Operator {
  return {
    operands: operator.operands,
    compile: (operands, field, errors) => {
      const test = operator.compile(operands, field, errors);
      return (value) => !test(value);
    },
  };
}

function comparison(holds: (value: bigint, operand: bigint) => boolean): Operator {
  return {
    operands: 'one',
    compile: ([operand], field, errors) => {
      const parsed = parseQuantity(operand);
      if (operand !== undefined && parsed === undefined)
        errors.add(field, 'must be a number or a quantity, such as 3 or 512Mi');
      return (value) => {
        const actual = parseQuantity(value);
        return actual !== undefined && parsed !== undefined && holds(actual, parsed);
      };
    },
  };
}

function texts(operands: readonly Scalar[], field: string, errors: FieldErrors): string[] {
  const strings = operands.filter((operand): operand is string => typeof operand === 'string');
  if (strings.length < operands.length) errors.add(field, 'must be strings');
  return strings;
}
