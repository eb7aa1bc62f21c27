import type { Case, Detected } from '../case.ts';
import type { CompiledGuardrail } from '../compiled-guardrail.ts';
import { contextOf } from '../condition-context.ts';
import { detect, NOTHING } from '../detect.ts';
import { type EvaluationContext, EvaluationError } from '../evaluation-context.ts';
import { requireNamespace, whyMissing } from '../scope.ts';
import { hasForeignBody } from '../target.ts';
import type { Verdict, WhenPart } from '../when/condition.ts';
import type { ExplanationStep } from './explanation.ts';
import { type Answered, type Asked, answered, notAsked, stepOf } from './question.ts';

/** What each entry of `when` says, and each alternative of an anyOf: also those that evaluation does not come to. */
export function whenSteps({ guardrail, subject }: Asked): ExplanationStep[] {
  const { entries } = guardrail.when;
  if (entries.length === 0) {
    return [stepOf('spec.when', () => notAsked('Without conditions every matched action trips it'))];
  }
  const detected = detectedOf(guardrail, subject);
  const contextFor: ContextFor = (explain) => contextOf(guardrail, subject, detected, explain);
  return entries.flatMap((entry) => partSteps(entry, subject, contextFor));
}

type ContextFor = (explain: EvaluationContext['explain']) => EvaluationContext;

/** Where a row could not tell, what the others found. */
function detectedOf(guardrail: CompiledGuardrail, subject: Case): Detected {
  return guardrail.namesResource(subject.review) ? detect(guardrail, subject) : NOTHING;
}

function partSteps(part: WhenPart, subject: Case, contextFor: ContextFor): ExplanationStep[] {
  const alternatives = part.alternatives.flatMap((one) => partSteps(one, subject, contextFor));
  let verdict: Verdict | undefined;
  const step = stepOf(part.field, () => {
    requireFacts(part, subject);
    const reasons: string[] = [];
    const context = contextFor((text) => void reasons.push(text));
    verdict = part.condition.trips(context);
    const why =
      part.describe === undefined
        ? `${alternatives.filter(({ answer }) => answer === 'Held').length} of ${alternatives.length} alternatives hold`
        : reasons.length > 0
          ? reasons.join('. ')
          : described(part.describe, context);
    return verdictAnswer(verdict, why);
  });
  return [
    { ...step, ...(verdict === 'Warn' && { isWarning: true }) },
    ...alternatives.map((one) => ({ ...one, isAlternative: true as const })),
  ];
}

const verdictAnswer = (verdict: Verdict, why: string): Answered => answered(verdict !== false, why, why);

/** That it can't be put in words must not change what it says. */
function described(describe: NonNullable<WhenPart['describe']>, context: EvaluationContext): string {
  try {
    return describe(context);
  } catch (error) {
    if (error instanceof EvaluationError) return 'What it finds can not be told';
    throw error;
  }
}

/** Evaluation comes to no condition without what it reads. */
function requireFacts({ condition: { needs } }: WhenPart, subject: Case): void {
  if (needs.target && hasForeignBody(subject.review) && subject.facts.parent.kind !== 'Found') {
    throw new EvaluationError(whyMissing(subject));
  }
  if (needs.namespace) requireNamespace(subject);
}
