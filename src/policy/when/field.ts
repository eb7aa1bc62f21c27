import type { FieldCondition } from '../../api/v1alpha1.ts';
import { type EvaluationContext, requestObject, targetObject } from '../evaluation-context.ts';
import type { FieldErrors } from '../field-error.ts';
import { compileJsonPath } from '../json-path.ts';
import type { KubeObject } from '../review.ts';
import { type Condition, type ConditionNeeds, NEEDS_NOTHING } from './condition.ts';
import { compileOperator, type ValueTest } from './operators.ts';

type Where = NonNullable<FieldCondition['in']>;

interface Root {
  readonly needs: ConditionNeeds;
  readonly read: (context: EvaluationContext) => KubeObject | undefined;
}

/** What each word of `in` reads. */
const ROOTS: Readonly<Record<Where, Root>> = {
  Object: { needs: NEEDS_NOTHING, read: ({ review }) => review.object },
  OldObject: { needs: NEEDS_NOTHING, read: ({ review }) => review.oldObject },
  Target: { needs: { target: true, namespace: false }, read: ({ target }) => targetObject(target) },
  Options: { needs: NEEDS_NOTHING, read: ({ review }) => review.options },
  Namespace: { needs: { target: false, namespace: true }, read: ({ namespace }) => namespace },
  Request: { needs: NEEDS_NOTHING, read: ({ review }) => requestObject(review) },
};

/** Compiles a condition on the values at a path. */
export function compileField(condition: FieldCondition, field: string, errors: FieldErrors): Condition | undefined {
  const { path: text, in: where = 'Target', operator, values = [], quantifier = 'Any' } = condition;
  const path = errors.try(`${field}.path`, () => compileJsonPath(text));
  const test = compileOperator(operator, values, `${field}.values`, errors);
  if (path === undefined) return undefined;
  const { needs, read } = ROOTS[where];
  const holds = quantifier === 'All' ? holdsForAll : holdsForAny;
  return { needs, trips: (context) => holds(path.values(read(context)), test) };
}

/** No values at all are a missing path: negations hold there. */
function holdsForAny(values: readonly unknown[], test: ValueTest): boolean {
  return values.length === 0 ? test(undefined) : values.some(test);
}

/** All over no values is false, so that a rule can't hold of nothing. */
function holdsForAll(values: readonly unknown[], test: ValueTest): boolean {
  return values.length > 0 && values.every(test);
}
