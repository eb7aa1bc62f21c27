import type { ChangeCondition } from '../../api/v1alpha1.ts';
import type { Change } from '../decision.ts';
import { differs, MAX_CHANGES } from '../diff.ts';
import { EvaluationError } from '../evaluation-context.ts';
import type { FieldErrors } from '../field-error.ts';
import { isObject } from '../json.ts';
import { compileSimpleJsonPath, type PathPair } from '../json-path.ts';
import { parseQuantity } from '../quantity.ts';
import { openEnd } from '../resource-bounds.ts';
import { type Condition, NEEDS_NOTHING } from './condition.ts';
import { compileThreshold, parsePercentage, type Threshold } from './threshold.ts';

type ChangeType = ChangeCondition['type'];

/** A change, perhaps of a path: then it is known whether the list items that it is in stand in both objects. */
type ComparedChange = Change & Partial<PathPair>;

/** Which changes each type means. A threshold is asked for Increased and Decreased alone. */
const IS: Readonly<Record<ChangeType, (change: ComparedChange, threshold: Threshold) => boolean>> = {
  Any: ({ from, to }) => differs(from, to),
  Added: ({ from, to }) => from === undefined && to !== undefined,
  Removed: ({ from, to }) => from !== undefined && to === undefined,
  Changed: ({ from, to }) => from !== undefined && to !== undefined && differs(from, to),
  Increased: (change, threshold) => moves(change, threshold, 1n),
  Decreased: (change, threshold) => moves(change, threshold, -1n),
};

/** Compiles a condition on what the action changes. */
export function compileChange(condition: ChangeCondition, field: string, errors: FieldErrors): Condition | undefined {
  const { path: text, type, byMoreThan, byAtLeast } = condition;
  const path = text === undefined ? undefined : errors.try(`${field}.path`, () => compileSimpleJsonPath(text));
  if (byMoreThan !== undefined && byAtLeast !== undefined) {
    errors.add(field, 'must not have both byMoreThan and byAtLeast');
  }
  if ((byMoreThan ?? byAtLeast) !== undefined && type !== 'Increased' && type !== 'Decreased') {
    errors.add(field, 'must not have byMoreThan or byAtLeast unless type is Increased or Decreased');
  }
  const threshold =
    byMoreThan !== undefined
      ? compileThreshold(byMoreThan, false, `${field}.byMoreThan`, errors)
      : byAtLeast !== undefined
        ? compileThreshold(byAtLeast, true, `${field}.byAtLeast`, errors)
        : ANY_DIFFERENCE;
  if (threshold === undefined || (text !== undefined && path === undefined)) return undefined;
  const holds = IS[type];
  if (path === undefined) {
    return { needs: NEEDS_NOTHING, trips: ({ changes }) => anyHolds(changes, (change) => holds(change, threshold)) };
  }
  return {
    needs: { target: true, namespace: false },
    trips: ({ target }) =>
      path.pairs(target.old, target.new).some((change) => change.from !== change.to && holds(change, threshold)),
  };
}

/** A comparison that was cut short may have left out what is looked for: "no" can't be told then. */
function anyHolds(changes: readonly Change[], holds: (change: Change) => boolean): boolean {
  if (changes.some(holds)) return true;
  if (changes.length >= MAX_CHANGES) throw new EvaluationError('it changes more than can be compared');
  return false;
}

const ANY_DIFFERENCE: Threshold = (difference) => difference > 0n;

/** Numbers and quantities compare; what is neither is no larger and no smaller. */
function moves(change: ComparedChange, threshold: Threshold, sign: 1n | -1n): boolean {
  const amounts = amountsOf(change, parseQuantity) ?? amountsOf(change, parsePercentage);
  if (amounts !== undefined) {
    const difference = (amounts.after - amounts.before) * sign;
    return difference > 0n && threshold(difference, amounts.before);
  }
  const { path, from, to, isShared = true } = change;
  if (!isShared) return false;
  return (
    (isSet(from) && to === undefined && openEnd(path) === sign) ||
    (isSet(to) && from === undefined && openEnd(path) === -sign)
  );
}

/** Both values, if both can be read so: a budget of 50% is neither more nor less than one of 3. */
function amountsOf({ from, to }: Change, parse: (value: unknown) => bigint | undefined) {
  const before = parse(from);
  const after = before === undefined ? undefined : parse(to);
  return before === undefined || after === undefined ? undefined : { before, after };
}

/** A quantity, or all the limits or requests of a container at once. */
const isSet = (value: unknown): boolean =>
  parseQuantity(value) !== undefined || (isObject(value) && Object.keys(value).length > 0);
