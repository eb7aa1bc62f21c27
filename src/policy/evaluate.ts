import type { ActionType } from '../api/v1alpha1.ts';
import { labelChange } from './actions/metadata.ts';
import { type Case, caseOf } from './case.ts';
import type { BrokenGuardrail, CompiledGuardrail, LoadedGuardrail } from './compiled-guardrail.ts';
import { contextOf } from './condition-context.ts';
import { type Change, type Decision, decide, type Finding, type Reason } from './decision.ts';
import { detect, detectNamed, withLabelChange } from './detect.ts';
import { errorFinding } from './error-finding.ts';
import { EvaluationError } from './evaluation-context.ts';
import type { Facts } from './facts.ts';
import { formatFieldErrors } from './field-error.ts';
import { findingOf, outcomeOfError, outcomeOfTrip, outcomeOfWarning } from './finding.ts';
import { beginBudget, endBudget } from './matching-budget.ts';
import type { ResourceInfo } from './resource-map.ts';
import type { Review } from './review.ts';
import { escapes, missingTarget, requireNamespace, selectsNamespace, selectsObject, whyMissing } from './scope.ts';

/**
 * Judges a review by candidates that match it statically: one finding for each that matches it as a whole. Pure and
 * synchronous; what had to be looked up is in `facts`. A condition that can't be evaluated is a finding too, never a "no
 * match". `cause` tells why something is judged that the request does not name.
 */
export function evaluate(
  candidates: readonly LoadedGuardrail[],
  review: Review,
  facts: Facts,
  info: ResourceInfo | undefined,
  cause = '',
): Decision {
  const subject = caseOf(review, facts, info, cause);
  const findings: Finding[] = [];
  for (const guardrail of candidates) {
    const finding = judge(guardrail, subject);
    if (finding !== undefined) findings.push(finding);
  }
  return decide(findings);
}

/** What one guardrail makes of a case, of which staticTest holds; undefined if it does not match. */
export function judge(guardrail: LoadedGuardrail, subject: Case): Finding | undefined {
  beginBudget();
  try {
    return guardrail.kind === 'Broken' ? judgeBroken(guardrail, subject) : judgeMatching(guardrail, subject);
  } catch (error) {
    // Only our own errors are worded for strangers: others could quote what they stumbled upon.
    const text = error instanceof EvaluationError ? error.message : 'an internal error occurred';
    return errorFinding(guardrail, subject, 'EvaluationError', `It could not be evaluated: ${text}`);
  } finally {
    endBudget();
  }
}

function judgeMatching(guardrail: CompiledGuardrail, subject: Case): Finding | undefined {
  // Throws where the time can't be told: the schedule is asked here, and not for a candidate.
  if (guardrail.schedule?.at(subject.facts.now).inEffect === false) return undefined;
  const { review } = subject;
  const { match, scope } = guardrail;
  const detected = detectNamed(guardrail, subject);
  const leaving = escapes(guardrail, subject);
  const [first, ...more] = leaving === undefined ? detected.actions : withLabelChange(detected.actions);
  if (first === undefined) return undefined;
  const actions: [ActionType, ...ActionType[]] = [first, ...more];

  if (leaving !== 'Namespace') {
    if (!selectsNamespace(guardrail, subject)) return undefined;
    const missing = missingTarget(guardrail, subject);
    if (missing !== undefined) {
      return findingOf(guardrail, review, {
        outcome: missing === 'Missing' ? outcomeOfTrip(scope) : outcomeOfError(scope),
        reason: missing === 'Missing' ? 'TargetNotFound' : 'EvaluationError',
        actions,
        told: subject.told(detected.changes),
        explanation:
          missing === 'Missing'
            ? 'It could not be judged, since the object does not exist'
            : `It could not be judged: ${whyMissing(subject)}`,
        targetUid: undefined,
      });
    }
    if (!selectsObject(guardrail, subject)) return undefined;
  }

  const result = (outcome: Finding['outcome'], reason: Reason, changes: readonly Change[], explanation: string) =>
    findingOf(guardrail, review, {
      outcome,
      reason,
      actions,
      told: subject.told(changes),
      explanation,
      targetUid: subject.targetUid,
    });
  if (!match.judgesDerived && subject.isDerived()) {
    return result('Allowed', 'Derived', detected.changes, '');
  }
  if (leaving !== undefined) {
    const what = leaving === 'Namespace' ? 'namespaceSelector' : 'objectSelector';
    const changes = [...(subject.found(labelChange) ?? []), ...detected.changes];
    return result(outcomeOfTrip(scope), 'ScopeEscape', changes, `It would leave the ${what} of the guardrail`);
  }
  if (guardrail.when.needs.namespace) requireNamespace(subject);
  const reasons: string[] = [];
  const context = contextOf(guardrail, subject, detected, (text) => void reasons.push(text));
  const verdict = guardrail.when.trips(context);
  if (verdict === false) return result('Allowed', 'NotTripped', detected.changes, '');
  const outcome = verdict === 'Warn' ? outcomeOfWarning(scope) : outcomeOfTrip(scope);
  const texts = [guardrail.message?.render(context) ?? '', ...reasons.slice(0, MAX_REASONS), subject.cause];
  return result(outcome, 'Tripped', detected.changes, sentences(texts));
}

/** What conditions have to say is for people to read. */
const MAX_REASONS = 3;

/** Some texts, each with a full stop of its own or without, as sentences in a row. */
function sentences(texts: readonly string[]): string {
  return texts
    .filter((text) => text !== '')
    .map((text, index, { length }) => (index < length - 1 && text.endsWith('.') ? text.slice(0, -1) : text))
    .join('. ');
}

function judgeBroken(guardrail: BrokenGuardrail, subject: Case): Finding | undefined {
  const { review } = subject;
  if (!guardrail.namesResource(review)) return undefined;
  const { actions, error } = detect(guardrail, subject);
  if (actions.length === 0 && error === undefined) return undefined;
  if (!guardrail.judgesDerived && subject.isDerived()) return undefined;
  return errorFinding(guardrail, subject, 'NotCompiled', `It does not compile: ${formatFieldErrors(guardrail.errors)}`);
}
