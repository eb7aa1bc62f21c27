import type { ActionType } from '../api/v1alpha1.ts';
import type { GuardrailScope, LoadedGuardrail } from './compiled-guardrail.ts';
import type { Change, Finding, Outcome, Reason } from './decision.ts';
import { cut, describeChanges, oneLine } from './describe.ts';
import { isNamespace } from './match.ts';
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

/** More than any record holds. */
const MAX_CHANGES = 200;

/** What a record holds, and more than anybody reads. */
const MAX_MESSAGE_LENGTH = 4096;

/** The first changes. Several actions in one request can tell of the same one. */
function firstChanges(changes: readonly Change[]): readonly Change[] {
  const byPath = new Map<string, Change>();
  for (const change of changes) {
    if (byPath.size === MAX_CHANGES) break;
    if (!byPath.has(change.path)) byPath.set(change.path, change);
  }
  return [...byPath.values()];
}

/** Makes a finding, with its message. */
export function findingOf(guardrail: LoadedGuardrail, review: Review, parts: FindingParts): Finding {
  const { identity, severity, enforcement } = guardrail.scope;
  const { outcome, reason, actions, targetUid } = parts;
  const changes = redactChanges(review, firstChanges(parts.changes));
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
    message: messageOf(identity.name, review, parts, changes),
    ...(targetUid !== undefined && { targetUid }),
  };
}

function messageOf(guardrail: string, review: Review, parts: FindingParts, changes: readonly Change[]): string {
  const { outcome, reason, actions, explanation } = parts;
  // What a controller does to the many objects that it owns is told once, of none of them by name.
  const name = reason === 'Derived' ? '' : review.name;
  const where = review.namespace === '' || isNamespace(review) ? '' : ` in ${review.namespace}`;
  const what = `${actions[0]} of ${targetName(review, name)}${where}`;
  const changed = describeChanges(changes);
  const head = `Guardrail "${guardrail}" ${VERBS[outcome]} ${what}${changed === '' ? '' : `: ${changed}`}`;
  return cut(oneLine(explanation === '' ? head : `${head}. ${explanation}`), MAX_MESSAGE_LENGTH);
}
