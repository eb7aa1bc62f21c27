import type { ActionType } from '../api/v1alpha1.ts';
import type { Action } from './actions/action.ts';
import { canHappenTo } from './actions/catalogue.ts';
import { hasRoute } from './candidate.ts';
import type { Case, Detected } from './case.ts';
import { actionNames, type CompiledGuardrail, type LoadedGuardrail } from './compiled-guardrail.ts';
import type { Change } from './decision.ts';
import { EvaluationError } from './evaluation-context.ts';
import type { SimpleJsonPath } from './json-path.ts';

/** What the actions of a guardrail make of a case that is none of them. */
export const NOTHING: Detected = { actions: [], changes: [], error: undefined };

/**
 * What a guardrail's actions make of a case. Guardrails that list the same actions make the same of it, unless one tells where
 * a pod template is.
 */
export function detect(guardrail: LoadedGuardrail, subject: Case): Detected {
  const { actions, includeStatus } = guardrail.scope;
  const podTemplate = guardrail.kind === 'Compiled' ? guardrail.podTemplate(subject.review) : undefined;
  if (podTemplate !== undefined) return detectAll(actions, includeStatus, podTemplate, subject);
  const known = includeStatus ? subject.detectedWithStatus : subject.detected;
  let detected = known.get(actions);
  if (detected === undefined) {
    detected = detectAll(actions, includeStatus, undefined, subject);
    known.set(actions, detected);
  }
  return detected;
}

/**
 * As detect, of a resource that the guardrail names: nothing of any other. Throws the EvaluationError of a row that could not
 * tell, unless another row has found what the guardrail can be judged by.
 */
export function detectNamed(guardrail: CompiledGuardrail, subject: Case): Detected {
  if (!guardrail.namesResource(subject.review)) return NOTHING;
  const detected = detect(guardrail, subject);
  // One row that can't tell must not hide what another has found. What the changes are, though, is then not known.
  if (detected.error !== undefined && (detected.actions.length === 0 || guardrail.hasConditions)) throw detected.error;
  return detected;
}

function detectAll(
  listed: readonly Action[],
  includeStatus: boolean,
  podTemplate: SimpleJsonPath | undefined,
  subject: Case,
): Detected {
  const actions: ActionType[] = [];
  const changes: (readonly Change[])[] = [];
  let error: EvaluationError | undefined;
  for (const action of listed) {
    if (ruledOut(action, includeStatus, podTemplate !== undefined, subject) !== undefined) continue;
    try {
      const some = subject.found(action, podTemplate);
      if (some === undefined) continue;
      actions.push(action.name);
      changes.push(some);
    } catch (thrown) {
      if (!(thrown instanceof EvaluationError)) throw thrown;
      error ??= thrown;
    }
  }
  const [only = []] = changes;
  return { actions, changes: changes.length < 2 ? only : changes.flat(), error };
}

/** By what a review can't be an action, whatever its objects are; undefined if it can be. */
export function ruledOut(
  action: Action,
  includeStatus: boolean,
  hasPodTemplate: boolean,
  { review, info }: Case,
): 'Route' | 'Resource' | undefined {
  if (!hasRoute(action, review, includeStatus)) return 'Route';
  // Of several actions and resources that a guardrail lists, not each can happen to each.
  return info === undefined || canHappenTo(action, review, info, hasPodTemplate) ? undefined : 'Resource';
}

/** What the review is; where just that can't be told, what it can be. */
export function actionsOfError(guardrail: LoadedGuardrail, subject: Case): readonly ActionType[] {
  const { actions } = detect(guardrail, subject);
  return actions.length > 0 ? actions : possibleActions(guardrail, subject);
}

/** What a review can be by its route and resource. */
export function possibleActions({ scope }: LoadedGuardrail, subject: Case): ActionType[] {
  return actionNames(scope.actions.filter((action) => ruledOut(action, true, true, subject) === undefined));
}

/** What a change is that takes labels off: a LabelChange before all else. */
export function withLabelChange(actions: readonly ActionType[]): ActionType[] {
  return ['LabelChange', ...actions.filter((action) => action !== 'LabelChange')];
}
