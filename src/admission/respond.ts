import type { Decision, Finding } from '../policy/decision.ts';
import { cut } from '../policy/describe.ts';
import type { AdmissionResponse } from './admission-review.ts';

/** Each finding with the name of the record that it will be in. */
export type NamedFinding = readonly [Finding, string | undefined];

/** kubectl cuts warnings beyond some length, and the API server drops them all if there are too many bytes. */
const MAX_WARNINGS = 10;
const MAX_WARNING_LENGTH = 250;

/** Status is shown in full, but a thousand guardrails must not make it a book. */
const MAX_MESSAGE_LENGTH = 4096;
const MAX_FINDING_LENGTH = 2048;
const MAX_ANNOTATION_LENGTH = 4096;

/** Answers a review: refused if any finding is Denied, with warnings from those that warn. */
export function respond(uid: string, decision: Decision, records: readonly (string | undefined)[]): AdmissionResponse {
  const findings = decision.findings.map((finding, index): NamedFinding => [finding, records[index]]);
  const denied = findings.filter(([{ outcome }]) => outcome === 'Denied');
  const warned = findings.filter(([{ outcome }]) => outcome === 'Warned');
  return {
    uid,
    allowed: decision.allowed && denied.length === 0,
    ...(denied.length > 0 && {
      status: {
        code: 403,
        reason: 'Forbidden',
        message: cut(denied.map((finding) => withRecord(finding, MAX_FINDING_LENGTH)).join('; '), MAX_MESSAGE_LENGTH),
      },
    }),
    ...(warned.length > 0 && {
      warnings: warned.slice(0, MAX_WARNINGS).map((finding) => withRecord(finding, MAX_WARNING_LENGTH)),
    }),
    ...(findings.length > 0 && { auditAnnotations: annotationsOf(findings) }),
  };
}

/** A message with the name of its record, which is kept where the message is cut. */
function withRecord([{ message }, record]: NamedFinding, length: number): string {
  const suffix = record === undefined ? '' : ` [record ${record}]`;
  return cut(message, length - suffix.length) + suffix;
}

/** So that the API server's own audit log, which knows the outcome and the impersonator, can be joined with the trail. */
function annotationsOf(findings: readonly NamedFinding[]): Record<string, string> {
  const decisions = findings.map(([{ guardrail, outcome }]) => `${guardrail.name}=${outcome}`);
  const records = findings.map(([, record]) => record).filter((record) => record !== undefined);
  return {
    decisions: cut(decisions.join(','), MAX_ANNOTATION_LENGTH),
    ...(records.length > 0 && { records: cut(records.join(','), MAX_ANNOTATION_LENGTH) }),
  };
}
