import type { Condition } from './v1alpha1.ts';

/** What a condition should say. The rest follows from what it said before. */
export type DesiredCondition = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** When, and of which generation, conditions are set. */
export interface ConditionContext {
  readonly observedGeneration: number;
  readonly now: Date;
}

/** The time as metav1.Time has it: whole seconds. */
export const toKubeTime = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');

/**
 * Returns the conditions with one of them set. `lastTransitionTime` moves only when `status` does. Returns the same array if
 * nothing differs, so that the caller can tell. Conditions of other types, whoever set them, stay as they are.
 */
export function setCondition(
  conditions: readonly Condition[],
  desired: DesiredCondition,
  { observedGeneration, now }: ConditionContext,
): readonly Condition[] {
  const index = conditions.findIndex(({ type }) => type === desired.type);
  const previous = conditions[index];
  const lastTransitionTime = previous?.status === desired.status ? previous.lastTransitionTime : toKubeTime(now);
  const { type, status, reason, message } = desired;
  const next: Condition = { type, status, observedGeneration, lastTransitionTime, reason, message };
  if (previous === undefined) {
    return [...conditions, next];
  }
  const isSame =
    previous.status === status &&
    previous.reason === reason &&
    previous.message === message &&
    previous.observedGeneration === observedGeneration;
  return isSame ? conditions : conditions.with(index, next);
}
