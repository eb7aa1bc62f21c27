import type {
  GuardrailViolationSpec,
  ViolationAction,
  ViolationChange,
  ViolationGuardrail,
  ViolationSubject,
} from '../api/v1alpha1.ts';
import type { Finding, GuardrailIdentity } from '../policy/decision.ts';
import { stringAt } from '../policy/json.ts';
import { isNamespace, serviceAccountOf } from '../policy/match.ts';
import type { Review, Subject } from '../policy/review.ts';
import { targetName } from '../policy/target-name.ts';
import { microTime } from './micro-time.ts';
import { truncate } from './truncate.ts';
import { valueText } from './value-text.ts';

/** How much of a request a record repeats, where that can be a lot. */
export interface SpecLimits {
  readonly changes: number;
  readonly groups: number;
  readonly message: number;
}

/** What the CRD allows. */
export const CRD_LIMITS: SpecLimits = { changes: 20, groups: 64, message: 4096 };

// The limits of the other fields, as the CRD has them.
const MAX_NAME = 253;
const MAX_NAMESPACE = 63;
const MAX_WORD = 64;
const MAX_USERNAME = 1024;
const MAX_USER_UID = 256;
const MAX_GROUP = 1024;
const MAX_TARGET = 800;
const MAX_TYPES = 32;
const MAX_PATH = 512;
const MAX_VALUE = 256;
const MAX_FIELD_MANAGER = 128;

/** Which decision of which run of the operator, and when it was made. */
export interface DecisionMark {
  readonly operatorInstance: string;
  readonly sequence: number;
  readonly time: Date;
}

/** What the records of one review's findings have in common, where they are of the same action and changes. */
export type SharedSpec = Pick<
  GuardrailViolationSpec,
  'action' | 'changes' | 'changesTruncated' | 'subject' | 'fieldManager'
>;

/**
 * The common part of the record of a finding, within the limits of the CRD. Reads nothing of the objects in the review: they may
 * hold secrets, and what the finding says is redacted.
 */
export function sharedSpec(finding: Finding, review: Review, limits: SpecLimits = CRD_LIMITS): SharedSpec {
  // Of what a controller does to many objects, each changes from something else.
  const all = finding.reason === 'Derived' ? [] : finding.changes;
  const changes = all.slice(0, limits.changes);
  const more = all.length - changes.length;
  const fieldManager = stringAt(review.options, 'fieldManager');
  return {
    action: actionOf(finding, review),
    ...(changes.length > 0 && { changes: changes.map(changeOf) }),
    ...(more > 0 && { changesTruncated: more }),
    subject: subjectOf(review.subject, limits.groups),
    ...(fieldManager !== undefined && { fieldManager: truncate(fieldManager, MAX_FIELD_MANAGER) }),
  };
}

/** The spec of the record of a finding: its own part, and the common one. */
export function recordSpec(
  finding: Finding,
  shared: SharedSpec,
  mark: DecisionMark,
  limits: SpecLimits = CRD_LIMITS,
): GuardrailViolationSpec {
  const { action, changes, changesTruncated, subject, fieldManager } = shared;
  return {
    decision: finding.outcome,
    reason: truncate(finding.reason, MAX_WORD),
    guardrail: guardrailOf(finding.guardrail),
    severity: finding.severity,
    enforcement: finding.enforcement,
    message: truncate(finding.message, limits.message),
    action,
    ...(changes !== undefined && { changes }),
    ...(changesTruncated !== undefined && { changesTruncated }),
    subject,
    ...(fieldManager !== undefined && { fieldManager }),
    time: microTime(mark.time),
    operatorInstance: truncate(mark.operatorInstance, MAX_WORD),
    sequence: mark.sequence,
  };
}

/** The namespace of what the review is about; "" for cluster-scoped objects. A Namespace carries its own name, and is cluster-scoped. */
export function objectNamespace(review: Review): string {
  return isNamespace(review) ? '' : review.namespace;
}

/** The guardrail as a record names it. */
export const guardrailOf = ({ name, uid, generation }: GuardrailIdentity): ViolationGuardrail => ({
  name: truncate(name, MAX_NAME),
  uid: truncate(uid, MAX_WORD),
  generation,
});

function actionOf(finding: Finding, review: Review): ViolationAction {
  // What a controller does to the many objects that it owns is one record, which names none of them.
  const name = finding.reason === 'Derived' ? '' : review.name;
  // The API server makes a new uid for each attempt to create.
  const uid = review.operation === 'CREATE' || name === '' ? undefined : finding.targetUid;
  return {
    type: truncate(finding.action, MAX_WORD),
    types: [...new Set(finding.actions)].slice(0, MAX_TYPES).map((type) => truncate(type, MAX_WORD)),
    operation: review.operation,
    ...optional('group', review.group, MAX_NAME),
    ...optional('version', review.version, MAX_WORD),
    resource: truncate(review.resource, MAX_NAME),
    ...optional('subresource', review.subresource, MAX_WORD),
    ...optional('namespace', objectNamespace(review), MAX_NAMESPACE),
    ...optional('name', name, MAX_NAME),
    ...optional('uid', uid, MAX_WORD),
    target: truncate(targetName(review, name), MAX_TARGET),
  };
}

const changeOf = ({ path, from, to }: Finding['changes'][number]): ViolationChange => ({
  path: truncate(path, MAX_PATH),
  ...(from !== undefined && { from: valueText(from, MAX_VALUE) }),
  ...(to !== undefined && { to: valueText(to, MAX_VALUE) }),
});

function subjectOf({ username, uid, groups }: Subject, maxGroups: number): ViolationSubject {
  const listed = groups.slice(0, maxGroups).map((group) => truncate(group, MAX_GROUP));
  const serviceAccount = serviceAccountOf(username);
  return {
    username: truncate(username, MAX_USERNAME),
    ...optional('uid', uid, MAX_USER_UID),
    ...(listed.length > 0 && { groups: listed }),
    ...(serviceAccount !== undefined && {
      serviceAccount: {
        namespace: truncate(serviceAccount.namespace, MAX_NAMESPACE),
        name: truncate(serviceAccount.name, MAX_NAME),
      },
    }),
  };
}

function optional<K extends string>(key: K, value: string | undefined, limit: number): { [key in K]?: string } {
  const result: { [key in K]?: string } = {};
  if (value !== undefined && value !== '') {
    result[key] = truncate(value, limit);
  }
  return result;
}
