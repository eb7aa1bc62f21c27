import { API_VERSION, Label } from '../api/group-version.ts';
import type { GuardrailViolation, GuardrailViolationSpec } from '../api/v1alpha1.ts';
import type { Finding } from '../policy/decision.ts';
import type { Review } from '../policy/review.ts';
import { keyWith, sharedKey } from './record-key.ts';
import {
  CRD_LIMITS,
  type DecisionMark,
  guardrailOf,
  objectNamespace,
  recordSpec,
  type SharedSpec,
  type SpecLimits,
  sharedSpec,
} from './record-spec.ts';

/** A record may not be larger, in bytes of JSON: etcd and the API server's memory are shared with everybody. */
export const MAX_RECORD_BYTES = 64 * 1024;

const MAX_LABEL = 63;

// What the subject chooses, such as changes full of control characters, must not make a record too large to be written. Each
// step leaves more out; the last is below the limit whatever the characters.
const STEPS: readonly SpecLimits[] = [
  CRD_LIMITS,
  { ...CRD_LIMITS, changes: 5 },
  { changes: 2, groups: 16, message: 2048 },
  { changes: 0, groups: 2, message: 512 },
];

/** A character of a message takes at most so many bytes, where JSON spells it out. */
const MESSAGE_BYTES = 6;
/** Labels, names and the frame of the object take less. */
const FRAME_BYTES = 3 * 1024;

/** The common part of some records, as far as the size of a record allows. */
interface Shared {
  readonly spec: SharedSpec;
  readonly limits: SpecLimits;
  readonly key: string;
}

/**
 * Makes the records of the findings of one review. What they have in common is made once: a thousand guardrails can match the
 * same request.
 */
export class RecordMaker {
  readonly #review: Review;
  /** By what is changed, and then by action. */
  readonly #shared = new Map<Finding['changes'], Map<string, Shared>>();

  constructor(review: Review) {
    this.#review = review;
  }

  /** The key of the record of a finding. */
  key(finding: Finding): string {
    const { outcome, reason, guardrail } = finding;
    return keyWith({ decision: outcome, reason, guardrail: guardrailOf(guardrail) }, this.#sharedOf(finding).key);
  }

  /** The spec of the record of a finding, with as much as the size of a record allows. */
  spec(finding: Finding, mark: DecisionMark): GuardrailViolationSpec {
    const { spec, limits } = this.#sharedOf(finding);
    return recordSpec(finding, spec, mark, limits);
  }

  #sharedOf(finding: Finding): Shared {
    const { changes, actions, reason, targetUid } = finding;
    let byAction = this.#shared.get(changes);
    if (byAction === undefined) {
      byAction = new Map();
      this.#shared.set(changes, byAction);
    }
    const key = `${actions.join()} ${reason === 'Derived'} ${targetUid ?? ''}`;
    let shared = byAction.get(key);
    if (shared === undefined) {
      shared = bounded(finding, this.#review);
      byAction.set(key, shared);
    }
    return shared;
  }
}

function bounded(finding: Finding, review: Review): Shared {
  let limits = CRD_LIMITS;
  let spec = sharedSpec(finding, review, limits);
  for (const step of STEPS.slice(1)) {
    const bytes = Buffer.byteLength(JSON.stringify(spec)) + MESSAGE_BYTES * limits.message + FRAME_BYTES;
    if (bytes <= MAX_RECORD_BYTES) break;
    limits = step;
    spec = sharedSpec(finding, review, limits);
  }
  return { spec, limits, key: sharedKey(spec) };
}

/** The namespace that a record belongs into: that of the object, or the operator's for cluster-scoped objects. */
export function recordNamespace(review: Review, operatorNamespace: string): string {
  return objectNamespace(review) || operatorNamespace;
}

/** The object that is written for a decision. */
export function recordBody(name: string, namespace: string, spec: GuardrailViolationSpec): GuardrailViolation {
  const labels = { [Label.guardrail]: labelValue(spec.guardrail.name), [Label.decision]: spec.decision };
  return { apiVersion: API_VERSION, kind: 'GuardrailViolation', metadata: { name, namespace, labels }, spec };
}

/** The same record for another namespace than its own, labelled with its own. */
export function relocated(body: GuardrailViolation, namespace: string): GuardrailViolation {
  const own = body.spec.action.namespace;
  const labels = { ...body.metadata?.labels, ...(own !== undefined && { [Label.namespace]: own }) };
  return { ...body, metadata: { ...body.metadata, namespace, labels } };
}

/** The beginning of a name that can be the value of a label: at most 63 characters, and the last a letter or a digit. */
export function labelValue(name: string): string {
  return name.slice(0, MAX_LABEL).replace(/[^A-Za-z0-9]+$/, '');
}
