import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileExpression } from '../../../../src/policy/cel/expression.ts';
import { Failure, type Result } from '../../../../src/policy/cel/values.ts';
import { EvaluationError } from '../../../../src/policy/evaluation-context.ts';
import { PolicySyntaxError } from '../../../../src/policy/field-error.ts';
import { corpus } from './support/corpus.ts';

/** All expressions of the corpus that compile, which read an object of known keys. */
const expressions = corpus.cases
  .filter(({ input }) => input === 'odd')
  .flatMap(({ expression }) => {
    try {
      return [{ expression, ...compileExpression(expression) }];
    } catch (error) {
      if (!(error instanceof PolicySyntaxError)) throw error;
      return [];
    }
  });

const { odd = {} } = corpus.inputs;
const known = Object.keys(odd.object ?? {});
const key = fc.oneof(
  fc.constantFrom(...known, 'a', 'name', 'size', 'valueOf', '__proto__'),
  fc.string({ maxLength: 3 }),
);

const SECRET = 'hunter2';

/** JSON of the keys that the expressions read, and of any type. */
const json = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      0,
      1,
      -2,
      0.5,
      1e300,
      2 ** 53,
      2 ** 63,
      -(2 ** 63),
      'hello',
      SECRET,
      '',
      '👍',
      '2026-01-01T00:00:00Z',
      '1.5Gi',
    ),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ maxLength: 5, unit: 'binary' }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(key, tie('node'), { maxKeys: 6, noNullPrototype: true }),
  ),
})).node;

const object = fc.dictionary(key, json, { maxKeys: 40, noNullPrototype: true });
const chosen = fc.constantFrom(...expressions);
const RUNS = { numRuns: 5000 };
const TIMEOUT_MS = 60_000;

function run(one: (typeof expressions)[number], value: unknown): Result {
  return one.evaluate(one.reads.map(() => value));
}

/** Whether two outcomes are the same: which of several errors is told may differ. */
function outcome(result: Result): unknown {
  return result instanceof Failure ? 'no value' : result;
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}

describe('laws of expressions', () => {
  test(
    'whatever the object, there is a value, or a reason that quotes nothing, or too much to do',
    () => {
      fc.assert(
        fc.property(chosen, json, (one, value) => {
          try {
            const result = run(one, value);
            if (!(result instanceof Failure)) return;
            expect(result.reason).not.toContain(SECRET);
            expect(result.position).toBeGreaterThan(0);
            expect(result.position).toBeLessThanOrEqual(one.expression.length);
          } catch (error) {
            expect(error).toBeInstanceOf(EvaluationError);
          }
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );

  test(
    'nothing is written into the object',
    () => {
      fc.assert(
        fc.property(chosen, object, (one, value) => {
          const before = structuredClone(value);
          expect(outcome(run(one, frozen(value)))).toEqual(outcome(run(one, before)));
          expect(value).toEqual(before);
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );

  test(
    'a field that no expression names changes nothing',
    () => {
      // These look at all keys.
      const naming = expressions.filter(
        ({ expression }) => !/object(\.(all|exists|map|filter)| [!=]=|\)|$)|(in|==) object\b/.test(expression),
      );
      fc.assert(
        fc.property(fc.constantFrom(...naming), object, json, (one, value, more) => {
          expect(outcome(run(one, { ...value, unheardOf: more }))).toEqual(outcome(run(one, value)));
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );

  test(
    'the sides of && and || can be exchanged',
    () => {
      const conditions = expressions.filter(({ type, expression }) => type === 'bool' && !expression.includes('//'));
      const pair = fc.tuple(
        fc.constantFrom(...conditions),
        fc.constantFrom(...conditions),
        fc.constantFrom('&&', '||'),
      );
      fc.assert(
        fc.property(pair, object, ([one, other, operator], value) => {
          const both = (left: string, right: string) => {
            const { reads, evaluate } = compileExpression(`(${left}) ${operator} (${right})`);
            return outcome(evaluate(reads.map(() => value)));
          };
          expect(both(one.expression, other.expression)).toEqual(both(other.expression, one.expression));
        }),
        { numRuns: 1000 },
      );
    },
    TIMEOUT_MS,
  );
});
