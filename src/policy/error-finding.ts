import type { ActionType } from '../api/v1alpha1.ts';
import { type Case, caseOf } from './case.ts';
import type { LoadedGuardrail } from './compiled-guardrail.ts';
import type { Finding, Reason } from './decision.ts';
import { actionsOfError, NOTHING, possibleActions } from './detect.ts';
import { NO_FACTS } from './facts.ts';
import { findingOf, outcomeOfError } from './finding.ts';
import type { ResourceInfo } from './resource-map.ts';
import type { Review } from './review.ts';

/**
 * What a guardrail makes of a review of which something could not be found out that it needs: an error, answered by its
 * failurePolicy.
 */
export function unknownFinding(
  guardrail: LoadedGuardrail,
  review: Review,
  info: ResourceInfo | undefined,
  why: string,
): Finding {
  const subject = caseOf(review, NO_FACTS, info, '');
  const actions = possibleActions(guardrail, subject);
  return errorFinding(guardrail, subject, 'EvaluationError', `It could not be judged: ${why}`, actions);
}

/** An error, answered by failurePolicy. The explanation holds nothing secret. */
export function errorFinding(
  guardrail: LoadedGuardrail,
  subject: Case,
  reason: Reason,
  explanation: string,
  actions: readonly ActionType[] = actionsOfError(guardrail, subject),
): Finding {
  // Without an action of its own it is asked for the labels alone.
  const [first = 'LabelChange', ...more] = actions;
  return findingOf(guardrail, subject.review, {
    outcome: outcomeOfError(guardrail.scope),
    reason,
    actions: [first, ...more],
    told: subject.told(NOTHING.changes),
    explanation: `${explanation}; failurePolicy is ${guardrail.scope.failurePolicy}`,
    targetUid: subject.targetUid,
  });
}
