import { canJudge, matchesStatically } from '../candidate.ts';
import { type Case, caseOf } from '../case.ts';
import type { BrokenGuardrail, CompiledGuardrail, LoadedGuardrail } from '../compiled-guardrail.ts';
import type { Finding } from '../decision.ts';
import { judge } from '../evaluate.ts';
import type { Facts } from '../facts.ts';
import { formatFieldErrors } from '../field-error.ts';
import type { ResourceInfo } from '../resource-map.ts';
import type { Review } from '../review.ts';
import { actionStepOfBroken, actionSteps } from './action-steps.ts';
import type { ExplainableGuardrail, ExplainedOutcome, Explanation, ExplanationStep } from './explanation.ts';
import { NAMES, NAMESPACES } from './name-questions.ts';
import { DERIVED, DERIVED_OF_BROKEN, NAMESPACE, TARGET } from './object-questions.ts';
import { type Asked, type Question, stepOf } from './question.ts';
import { RESOURCES } from './resource-question.ts';
import { SCHEDULE } from './schedule-question.ts';
import { NAMESPACE_SELECTOR, OBJECT_SELECTOR, SELECTOR_PROTECTION } from './selector-questions.ts';
import { FIELD_MANAGERS, SUBJECTS } from './subject-questions.ts';
import { whenSteps } from './when-steps.ts';

/** What is asked before the actions, and after them, each in the order of evaluation. */
const FIRST: readonly Question[] = [NAMES, NAMESPACES, SUBJECTS, FIELD_MANAGERS, SCHEDULE];
const THEN: readonly Question[] = [
  NAMESPACE_SELECTOR,
  TARGET,
  OBJECT_SELECTOR,
  DERIVED,
  SELECTOR_PROTECTION,
  NAMESPACE,
];

/**
 * Explains what a guardrail makes of a review: every question that evaluation asks, and what comes of it. Asks also what
 * evaluation does not come to, as far as the facts tell it. Pure; the arguments are those of `evaluate`.
 */
export function explain(
  { source, loaded }: ExplainableGuardrail,
  review: Review,
  facts: Facts,
  info: ResourceInfo | undefined,
  cause = '',
): Explanation {
  const subject = caseOf(review, facts, info, cause);
  const steps =
    loaded.kind === 'Broken'
      ? stepsOfBroken({ source, guardrail: loaded, subject })
      : stepsOfCompiled({ source, guardrail: loaded, subject });
  const decisive = steps.find(({ answer, isAlternative }) => !isAlternative && ENDS.has(answer));
  return {
    guardrail: loaded.scope.identity,
    steps,
    decisive,
    outcome: outcomeOf(findingFor(loaded, subject), decisive),
  };
}

/** Where evaluation ends. */
const ENDS: ReadonlySet<ExplanationStep['answer']> = new Set(['NotHeld', 'Unknown']);

function stepsOfCompiled(asked: Asked<CompiledGuardrail>): ExplanationStep[] {
  const ask = ({ field, ask: answer }: Question) => stepOf(field, () => answer(asked));
  return [
    stepOf(RESOURCES.field, () => RESOURCES.ask(asked)),
    ...FIRST.map(ask),
    ...actionSteps(asked),
    ...THEN.map(ask),
    ...whenSteps(asked),
  ];
}

/** Of its selectors and subjects nothing is trusted. */
function stepsOfBroken(asked: Asked<BrokenGuardrail>): ExplanationStep[] {
  const { errors } = asked.guardrail;
  return [
    stepOf(RESOURCES.field, () => RESOURCES.ask(asked)),
    actionStepOfBroken(asked),
    stepOf(DERIVED_OF_BROKEN.field, () => DERIVED_OF_BROKEN.ask(asked)),
    { field: 'spec', answer: 'Unknown', why: `It does not compile: ${formatFieldErrors(errors)}` },
  ];
}

/** As the index picks candidates, and evaluation judges them. */
function findingFor(loaded: LoadedGuardrail, subject: Case): Finding | undefined {
  const { review } = subject;
  return canJudge(loaded, review) && matchesStatically(loaded, review) ? judge(loaded, subject) : undefined;
}

function outcomeOf(finding: Finding | undefined, step: ExplanationStep | undefined): ExplainedOutcome {
  if (finding !== undefined) return { kind: 'Found', finding };
  if (step === undefined) throw new Error('a guardrail of which every step holds gives a finding');
  return { kind: 'NotMatched', step };
}
