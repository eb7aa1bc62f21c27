import type { GuardrailTest } from '../api/v1alpha1.ts';
import type { Finding } from '../policy/decision.ts';

/** What a guardrail, or all of them together, make of a request, in the words of a test. */
export type Verdict = Exclude<GuardrailTest['expect'], 'Tripped'>;

const ERRORS: ReadonlySet<Finding['reason']> = new Set(['EvaluationError', 'NotCompiled']);

/** The gravest first. What nobody could evaluate is graver than what passes, and no proof that it would be refused. */
const BY_GRAVITY: readonly Verdict[] = ['Denied', 'Error', 'Warned', 'Audited', 'Allowed'];

/** What one finding says. */
const verdictOfFinding = ({ outcome, reason }: Finding): Verdict => (ERRORS.has(reason) ? 'Error' : outcome);

/** The gravest of what some findings say; NotMatched if there are none. */
export function verdictOf(findings: readonly Finding[]): Verdict {
  const verdicts = new Set(findings.map(verdictOfFinding));
  return BY_GRAVITY.find((verdict) => verdicts.has(verdict)) ?? 'NotMatched';
}

/** The findings that made a verdict what it is. */
export function decisive(findings: readonly Finding[]): readonly Finding[] {
  const verdict = verdictOf(findings);
  return findings.filter((finding) => verdictOfFinding(finding) === verdict);
}

const TRIPPED: ReadonlySet<Verdict> = new Set(['Denied', 'Warned', 'Audited']);

/** Whether a verdict is what a test expects. */
export function meets(verdict: Verdict, expected: GuardrailTest['expect']): boolean {
  return expected === 'Tripped' ? TRIPPED.has(verdict) : verdict === expected;
}
