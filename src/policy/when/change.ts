import type { ChangeCondition } from '../../api/v1alpha1.ts';
import type { Change } from '../decision.ts';
import { differs, MAX_CHANGES } from '../diff.ts';
import { EvaluationError } from '../evaluation-context.ts';
import type { FieldErrors } from '../field-error.ts';
import { isObject } from '../json.ts';
import { compileSimpleJsonPath, type PathPair } from '../json-path.ts';
import { parseQuantity } from '../quantity.ts';
import { openEnd } from '../resource-bounds.ts';
import { type ConditionNeeds, NEEDS_NOTHING, type WrittenCondition } from './condition.ts';
import { shownChanges, shownPairs } from './found.ts';
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
export function compileChange(
  condition: ChangeCondition,
  field: string,
  errors: FieldErrors,
): WrittenCondition | undefined {
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
  const label = labelOf(condition);
  if (path === undefined) {
    const test = (change: Change) => holds(change, threshold);
    return {
      needs: NEEDS_NOTHING,
      trips: ({ changes }) => anyHolds(changes, test),
      describe: ({ review, changes }) => sentence(label, changes, test, (some) => shownChanges(review, some)),
    };
  }
  const test = (change: PathPair) => change.from !== change.to && holds(change, threshold);
  return {
    needs: ON_TARGET,
    trips: ({ target }) => path.pairs(target.old, target.new).some(test),
    describe: ({ review, target }) => {
      const pairs = path.pairs(target.old, target.new).filter(({ from, to }) => differs(from, to));
      return sentence(label, pairs, test, (some) => shownPairs(review, some));
    },
  };
}

const ON_TARGET: ConditionNeeds = { target: true, namespace: false };

/** What is asked for, as `Decreased by more than 50%`. */
function labelOf({ path, type, byMoreThan, byAtLeast }: ChangeCondition): string {
  const place = path === undefined ? '' : `${path} `;
  if (byMoreThan !== undefined) return `${place}${type} by more than ${byMoreThan}`;
  return byAtLeast === undefined ? `${place}${type}` : `${place}${type} by at least ${byAtLeast}`;
}

function sentence<C extends Change>(
  label: string,
  changes: readonly C[],
  test: (change: C) => boolean,
  show: (changes: readonly C[]) => string,
): string {
  const those = changes.filter(test);
  if (those.length > 0) return [label, show(those)].filter((text) => text !== '').join(': ');
  const others = show(changes);
  return `${label}: no such change${others === '' ? '' : `, but ${others}`}`;
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
