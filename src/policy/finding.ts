import type { ActionType } from '../api/v1alpha1.ts';
import type { GuardrailScope, LoadedGuardrail } from './compiled-guardrail.ts';
import type { Change, Finding, Outcome, Reason } from './decision.ts';
import { describeChanges, oneLine } from './describe.ts';
import { redactChanges } from './redact.ts';
import type { Review } from './review.ts';
import { targetName } from './target-name.ts';

/** How each outcome is told, after the name of the guardrail. */
const VERBS: Readonly<Record<Outcome, string>> = {
  Denied: 'denied',
  Warned: 'warns of',
  Audited: 'recorded',
  Allowed: 'allowed',
};

const TRIPPED: Readonly<Record<Finding['enforcement'], Outcome>> = { Deny: 'Denied', Warn: 'Warned', Audit: 'Audited' };

/** What a trip leads to. */
export function outcomeOfTrip({ enforcement }: GuardrailScope): Outcome {
  return TRIPPED[enforcement];
}

/** What an error leads to. The one place where failing open or closed is decided. */
export function outcomeOfError({ failurePolicy }: GuardrailScope): Outcome {
  return failurePolicy === 'Fail' ? 'Denied' : 'Allowed';
}

/** What goes into a finding. */
export interface FindingParts {
  readonly outcome: Outcome;
  readonly reason: Reason;
  /** The actions that the review is, the most specific first; never empty. */
  readonly actions: readonly [ActionType, ...ActionType[]];
  readonly changes: readonly Change[];
  /** Why, in a sentence of the guardrail's or of the engine's; "" for nothing to add. */
  readonly explanation: string;
  readonly targetUid: string | undefined;
}

/** Makes a finding, with its message. */
export function findingOf(guardrail: LoadedGuardrail, review: Review, parts: FindingParts): Finding {
  const { identity, severity, enforcement } = guardrail.scope;
  const { outcome, reason, actions, explanation, targetUid } = parts;
  const changes = redactChanges(review, parts.changes);
  return {
    guardrail: identity,
    severity,
    enforcement,
    auditAllowed: guardrail.kind === 'Broken' ? 'Record' : guardrail.auditAllowed,
    outcome,
    reason,
    action: actions[0],
    actions,
    changes,
    message: messageOf(identity.name, review, outcome, actions[0], changes, explanation),
    ...(targetUid !== undefined && { targetUid }),
  };
}

function messageOf(
  name: string,
  review: Review,
  outcome: Outcome,
  action: ActionType,
  changes: readonly Change[],
  explanation: string,
): string {
  const where = review.namespace === '' || review.namespace === review.name ? '' : ` in ${review.namespace}`;
  const what = `${action} of ${targetName(review, review.name)}${where}`;
  const changed = describeChanges(changes);
  const head = `Guardrail "${name}" ${VERBS[outcome]} ${what}${changed === '' ? '' : `: ${changed}`}`;
  return oneLine(explanation === '' ? head : `${head}. ${explanation}`);
}
