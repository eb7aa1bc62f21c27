import { API_VERSION, Label } from '../api/group-version.ts';
import type { GuardrailViolation, GuardrailViolationSpec } from '../api/v1alpha1.ts';
import type { Finding } from '../policy/decision.ts';
import type { Review } from '../policy/review.ts';
import { CRD_LIMITS, type DecisionMark, objectNamespace, recordSpec, type SpecLimits } from './record-spec.ts';

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

/** The spec of the record of a finding, with as much as the size of a record allows. */
export function boundedSpec(finding: Finding, review: Review, mark: DecisionMark): GuardrailViolationSpec {
  let spec = recordSpec(finding, review, mark);
  for (const limits of STEPS.slice(1)) {
    // Labels, names and the frame of the object take less than a kibibyte.
    if (Buffer.byteLength(JSON.stringify(spec)) <= MAX_RECORD_BYTES - 1024) {
      break;
    }
    spec = recordSpec(finding, review, mark, limits);
  }
  return spec;
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
