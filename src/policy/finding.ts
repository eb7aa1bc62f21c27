import type { ActionType } from '../api/v1alpha1.ts';
import type { GuardrailScope, LoadedGuardrail } from './compiled-guardrail.ts';
import type { Change, Finding, Outcome, Reason } from './decision.ts';
import { cut, describeChanges, oneLine } from './describe.ts';
import { isScalar } from './json.ts';
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

/** What a trip leads to of which nothing graver than a warning may come. */
export function outcomeOfWarning({ enforcement }: GuardrailScope): Outcome {
  return enforcement === 'Audit' ? 'Audited' : 'Warned';
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
  readonly told: Told;
  /** Why, in a sentence of the guardrail's or of the engine's; "" for nothing to add. */
  readonly explanation: string;
  readonly targetUid: string | undefined;
}

/** More than any record holds. */
const MAX_SHOWN = 200;

/** What a record holds, and more than anybody reads. */
const MAX_MESSAGE_LENGTH = 4096;

/** The first changes. Several actions in one request can tell of the same one, and one action of several at a path. */
function firstChanges(changes: readonly Change[]): readonly Change[] {
  const first = new Map<string, Change>();
  for (const change of changes) {
    if (first.size === MAX_SHOWN) break;
    const values = [change.from, change.to].map((value) => (isScalar(value) ? value : null));
    const key = JSON.stringify([change.path, ...values]);
    if (!first.has(key)) first.set(key, change);
  }
  return [...first.values()];
}

/** What may be told of the changes of a review. Found out when it is asked for: many findings are only counted. */
export class Told {
  /** What is done to what, in words, as far as somebody has asked. */
  readonly words = new Map<string, string>();
  readonly #review: Review;
  readonly #all: readonly Change[];
  #changes: readonly Change[] | undefined;

  constructor(review: Review, all: readonly Change[]) {
    this.#review = review;
    this.#all = all;
  }

  /** The changes as they may be shown. */
  get changes(): readonly Change[] {
    this.#changes ??= redactChanges(this.#review, firstChanges(this.#all));
    return this.#changes;
  }
}

/** Makes a finding. */
export function findingOf(guardrail: LoadedGuardrail, review: Review, parts: FindingParts): Finding {
  const { identity, severity, enforcement } = guardrail.scope;
  const { outcome, reason, actions, told, targetUid } = parts;
  // What is told to somebody is put in words at once, so that what goes wrong there goes wrong while it is judged.
  let message = outcome === 'Allowed' ? undefined : messageOf(identity.name, review, parts);
  return {
    guardrail: identity,
    severity,
    enforcement,
    auditAllowed: guardrail.kind === 'Broken' ? 'Record' : guardrail.auditAllowed,
    outcome,
    reason,
    action: actions[0],
    actions,
    targetUid,
    get changes() {
      return told.changes;
    },
    get message() {
      message ??= messageOf(identity.name, review, parts);
      return message;
    },
  };
}

function messageOf(guardrail: string, review: Review, parts: FindingParts): string {
  const { outcome, reason, actions, explanation, told } = parts;
  const what = described(review, actions[0], reason === 'Derived', told);
  const head = `Guardrail "${guardrail}" ${VERBS[outcome]} ${what}`;
  return cut(explanation === '' ? head : `${head}. ${oneLine(explanation)}`, MAX_MESSAGE_LENGTH);
}

/** What is done to what. A thousand guardrails say the same of it, so it is put in words once. */
function described(review: Review, action: ActionType, isDerived: boolean, told: Told): string {
  const { words } = told;
  const key = isDerived ? `Derived ${action}` : action;
  const known = words.get(key);
  if (known !== undefined) return known;
  // What a controller does to the many objects that it owns is told once, of none of them by name.
  const name = isDerived ? '' : review.name;
  const where = review.namespace === '' || isNamespace(review) ? '' : ` in ${review.namespace}`;
  const text = describeChanges(told.changes);
  const what = oneLine(`${action} of ${targetName(review, name)}${where}${text === '' ? '' : `: ${text}`}`);
  words.set(key, what);
  return what;
}
