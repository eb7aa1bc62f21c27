import { compileJsonSchema, type Pattern } from '../../api/json-schema.ts';
import { SchemaLimitError } from '../../api/schema-meter.ts';
import type { SchemaViolation } from '../../api/schema-violation.ts';
import { cut } from '../describe.ts';
import { keySegment } from '../diff.ts';
import { EvaluationError, targetObject } from '../evaluation-context.ts';
import { type FieldErrors, PolicySyntaxError } from '../field-error.ts';
import { compileSearchExpression } from '../regular-expression.ts';
import type { WrittenCondition } from './condition.ts';

const MAX_PATH_LENGTH = 200;

/** Compiles a condition on what an object must be like. */
export function compileViolatesSchema(
  schema: unknown,
  field: string,
  errors: FieldErrors,
): WrittenCondition | undefined {
  const refuse = (pointer: string, message: string) =>
    errors.add(pointer === '' ? field : `${field}#${pointer}`, message);
  const compiled = compileJsonSchema(schema, compilePattern, refuse);
  if (compiled === undefined) return undefined;
  return {
    needs: { target: true, namespace: false },
    trips: ({ target, explain }) => {
      const violation = bounded(() => compiled.violation(targetObject(target)));
      if (violation !== undefined) explain(sentence(violation));
      return violation !== undefined;
    },
    describe: ({ target }) => {
      const violation = bounded(() => compiled.violation(targetObject(target)));
      return violation === undefined ? 'The object satisfies the schema' : sentence(violation);
    },
  };
}

function compilePattern(pattern: string): Pattern | string {
  try {
    return compileSearchExpression(pattern);
  } catch (error) {
    if (error instanceof PolicySyntaxError) return error.message;
    throw error;
  }
}

function bounded<T>(find: () => T): T {
  try {
    return find();
  } catch (error) {
    throw error instanceof SchemaLimitError ? new EvaluationError(error.message) : error;
  }
}

function sentence({ path, message }: SchemaViolation): string {
  const place = path.reduce((text, key) => text + (/^\d+$/.test(key) ? `[${key}]` : keySegment(key)), '$');
  return `By the schema, ${path.length === 0 ? 'the object' : cut(place, MAX_PATH_LENGTH)} ${message}`;
}
