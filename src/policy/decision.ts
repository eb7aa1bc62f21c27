import type { ActionType, GuardrailAudit, GuardrailSpec, GuardrailViolationSpec } from '../api/v1alpha1.ts';

/** What was decided on one guardrail: the same words as in a GuardrailViolation. */
export type Outcome = GuardrailViolationSpec['decision'];

/** Why a finding is what it is. */
export type Reason =
  /** The conditions under `when` hold, or there are none. */
  | 'Tripped'
  /** The change would take the object or its namespace out of the guardrail's selectors. */
  | 'ScopeEscape'
  /** The guardrail matched, and at least one condition does not hold. */
  | 'NotTripped'
  /** A built-in controller acts, as itself, on an object that it owns. */
  | 'Derived'
  /** The object that the request acts on does not exist, so that it can't be judged. */
  | 'TargetNotFound'
  /** Something that the guardrail needs could not be found out, or a condition failed. failurePolicy answers. */
  | 'EvaluationError'
  /** The guardrail is stored but can't compile, and no earlier version is loaded. failurePolicy answers. */
  | 'NotCompiled';

/** One difference that an action makes. */
export interface Change {
  /** Where, as a JSONPath on the target. */
  readonly path: string;
  /** The value before; undefined if there was none. */
  readonly from?: unknown;
  /** The value after; undefined if there is none. */
  readonly to?: unknown;
}

/** The guardrail that a finding is of, as loaded. */
export interface GuardrailIdentity {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
}

/** What one matched guardrail makes of one review. */
export interface Finding {
  readonly guardrail: GuardrailIdentity;
  readonly severity: NonNullable<GuardrailSpec['severity']>;
  readonly enforcement: GuardrailSpec['enforcement'];
  /** What the guardrail wants done with findings that are Allowed. */
  readonly auditAllowed: NonNullable<GuardrailAudit['allowed']>;
  readonly outcome: Outcome;
  readonly reason: Reason;
  /** The most specific action of `actions`: the word that people read. */
  readonly action: ActionType;
  /** Every action of the catalogue that the review is, as far as the guardrail asks. */
  readonly actions: readonly ActionType[];
  /** What the action changes. Already redacted: values that may be secret are absent. */
  readonly changes: readonly Change[];
  /** What the subject is told, in one line, without the name of the record. Holds no secret values. */
  readonly message: string;
  /** The uid of the object that is acted on, where it is known. */
  readonly targetUid?: string | undefined;
}

/** The answer to one review. */
export interface Decision {
  readonly allowed: boolean;
  /** One per matched guardrail, in the order of their names. */
  readonly findings: readonly Finding[];
}

/** The decision that a set of findings makes: one Denied finding refuses the request. */
export function decide(findings: readonly Finding[]): Decision {
  return { allowed: findings.every((finding) => finding.outcome !== 'Denied'), findings };
}
