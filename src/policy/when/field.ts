import type { FieldCondition } from '../../api/v1alpha1.ts';
import type { Change } from '../decision.ts';
import { cut, oneLine } from '../describe.ts';
import { type EvaluationContext, requestObject, targetObject } from '../evaluation-context.ts';
import type { FieldErrors } from '../field-error.ts';
import { isScalar } from '../json.ts';
import { compileJsonPath, compileSimpleJsonPath, type JsonPath } from '../json-path.ts';
import type { GroupResource, KubeObject } from '../review.ts';
import { type ConditionNeeds, NEEDS_NOTHING, type WrittenCondition } from './condition.ts';
import { shownValues, valuesText } from './found.ts';
import { compileOperator, type ValueTest } from './operators.ts';

type Where = NonNullable<FieldCondition['in']>;

interface Root {
  readonly needs: ConditionNeeds;
  readonly read: (context: EvaluationContext) => KubeObject | undefined;
  /** As what its values are redacted where they are shown. Undefined if nothing of it is secret. */
  readonly shownAs: (context: EvaluationContext) => GroupResource | undefined;
}

const ofReview = ({ review }: EvaluationContext): GroupResource => review;
const NAMESPACE: GroupResource = { group: '', resource: 'namespaces' };
/** Of no resource that has values of its own to show. */
const NO_RESOURCE: GroupResource = { group: '', resource: '' };

/** What each word of `in` reads. */
const ROOTS: Readonly<Record<Where, Root>> = {
  Object: { needs: NEEDS_NOTHING, read: ({ review }) => review.object, shownAs: ofReview },
  OldObject: { needs: NEEDS_NOTHING, read: ({ review }) => review.oldObject, shownAs: ofReview },
  Target: {
    needs: { target: true, namespace: false },
    read: ({ target }) => targetObject(target),
    shownAs: ofReview,
  },
  Options: { needs: NEEDS_NOTHING, read: ({ review }) => review.options, shownAs: () => NO_RESOURCE },
  Namespace: {
    needs: { target: false, namespace: true },
    read: ({ namespace }) => namespace,
    shownAs: () => NAMESPACE,
  },
  Request: { needs: NEEDS_NOTHING, read: ({ review }) => requestObject(review), shownAs: () => undefined },
};

/** Compiles a condition on the values at a path. */
export function compileField(
  condition: FieldCondition,
  field: string,
  errors: FieldErrors,
): WrittenCondition | undefined {
  const { path: text, in: where = 'Target', operator, values = [], quantifier = 'Any' } = condition;
  const path = errors.try(`${field}.path`, () => compileJsonPath(text));
  const test = compileOperator(operator, values, `${field}.values`, errors);
  if (path === undefined) return undefined;
  const root = ROOTS[where];
  const { needs, read } = root;
  const holds = quantifier === 'All' ? holdsForAll : holdsForAny;
  return {
    needs,
    trips: (context) => holds(path.values(read(context)), test),
    describe: (context) => `${labelOf(condition, where)}: ${foundText(path, root, context)}`,
  };
}

const MAX_LABEL_LENGTH = 200;

/** What is asked for, as `$.spec.replicas of Target GreaterThan 3`. */
function labelOf({ path, operator, values = [], quantifier }: FieldCondition, where: Where): string {
  const all = quantifier === 'All' ? 'All of ' : '';
  const operands = values.length === 0 ? '' : ` ${values.map(String).join(', ')}`;
  return cut(oneLine(`${all}${path} of ${where} ${operator}${operands}`), MAX_LABEL_LENGTH);
}

/** What stands at a path. Of values whose place is not known, as below `..`, only the number is told. */
function foundText(path: JsonPath, { read, shownAs }: Root, context: EvaluationContext): string {
  const object = read(context);
  const values = path.values(object).filter((value) => value !== undefined && value !== null);
  if (values.length === 0) return 'nothing is there';
  const count = values.length === 1 ? 'one value is there' : `${values.length} values are there`;
  const places = path.isSimple ? placesOf(path.text, object) : [];
  const resource = shownAs(context);
  const text =
    resource === undefined ? valuesText(places.filter(({ to }) => isScalar(to))) : shownValues(resource, places);
  return text === '' ? count : `${count}, ${text}`;
}

/** The values at a simple path, each with the place at which it stands. */
const placesOf = (text: string, object: KubeObject | undefined): Change[] =>
  compileSimpleJsonPath(text)
    .pairs(undefined, object)
    .filter(({ to }) => to !== undefined)
    .map(({ path, to }) => ({ path, to }));

/** No values at all are a missing path: negations hold there. */
function holdsForAny(values: readonly unknown[], test: ValueTest): boolean {
  return values.length === 0 ? test(undefined) : values.some(test);
}

/** All over no values is false, so that a rule can't hold of nothing. */
function holdsForAll(values: readonly unknown[], test: ValueTest): boolean {
  return values.length > 0 && values.every(test);
}
