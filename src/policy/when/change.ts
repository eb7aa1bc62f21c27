import type { ChangeCondition } from '../../api/v1alpha1.ts';
import type { Change } from '../decision.ts';
import { differs } from '../diff.ts';
import type { FieldErrors } from '../field-error.ts';
import { compileSimpleJsonPath } from '../json-path.ts';
import { parseQuantity } from '../quantity.ts';
import { type Condition, NEEDS_NOTHING } from './condition.ts';
import { compileThreshold, type Threshold } from './threshold.ts';

type ChangeType = ChangeCondition['type'];

/** Which changes each type means. A threshold is asked for Increased and Decreased alone. */
const IS: Readonly<Record<ChangeType, (change: Change, threshold: Threshold) => boolean>> = {
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
  const threshold =
    byMoreThan !== undefined
      ? compileThreshold(byMoreThan, false, `${field}.byMoreThan`, errors)
      : byAtLeast !== undefined
        ? compileThreshold(byAtLeast, true, `${field}.byAtLeast`, errors)
        : ANY_DIFFERENCE;
  if (threshold === undefined || (text !== undefined && path === undefined)) return undefined;
  const holds = IS[type];
  if (path === undefined) {
    return { needs: NEEDS_NOTHING, trips: ({ changes }) => changes.some((change) => holds(change, threshold)) };
  }
  return {
    needs: { target: true, namespace: false },
    trips: ({ target }) => path.pairs(target.old, target.new).some((change) => holds(change, threshold)),
  };
}

const ANY_DIFFERENCE: Threshold = (difference) => difference > 0n;

/** Numbers and quantities compare; what is neither is no larger and no smaller. */
function moves({ path, from, to }: Change, threshold: Threshold, sign: 1n | -1n): boolean {
  const before = parseQuantity(from);
  const after = parseQuantity(to);
  if (before !== undefined && after !== undefined) {
    const difference = (after - before) * sign;
    return difference > 0n && threshold(difference, before);
  }
  return (
    (before !== undefined && to === undefined && openEnd(path) === sign) ||
    (after !== undefined && from === undefined && openEnd(path) === -sign)
  );
}

/** Where nothing is set, a limit is infinite and a request is none: removing a limit increases what may be used. */
function openEnd(path: string): 1n | -1n | undefined {
  if (/\.limits\b/.test(path)) return 1n;
  return /\.requests\b/.test(path) ? -1n : undefined;
}
