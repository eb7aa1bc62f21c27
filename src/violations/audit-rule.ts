import type { Finding, Reason } from '../policy/decision.ts';

// An action that passed although nobody could judge it is always of interest.
const ALWAYS_RECORDED: ReadonlySet<Reason> = new Set(['EvaluationError', 'NotCompiled', 'TargetNotFound']);

/** What is to be done with a finding: Record it, only Log it, or nothing. */
export function auditOf({ outcome, reason, auditAllowed }: Finding): Finding['auditAllowed'] {
  return outcome === 'Allowed' && !ALWAYS_RECORDED.has(reason) ? auditAllowed : 'Record';
}
