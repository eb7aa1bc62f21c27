import { imageChange } from './actions/image.ts';
import type { Case, Detected } from './case.ts';
import type { CompiledGuardrail } from './compiled-guardrail.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import { objectOf } from './facts.ts';
import { isNamespace } from './match.ts';

/** What the conditions and the message of a guardrail read of a case. `explain` takes what conditions have to say. */
export function contextOf(
  guardrail: CompiledGuardrail,
  subject: Case,
  { actions, changes }: Detected,
  explain: EvaluationContext['explain'],
): EvaluationContext {
  const { review, target, facts } = subject;
  return {
    review,
    target,
    namespace: isNamespace(review) ? (target.new ?? target.old) : objectOf(facts.namespace),
    actions,
    changes,
    scans: facts.scans,
    now: facts.now,
    images: () => subject.found(imageChange, guardrail.podTemplate(review)) ?? [],
    explain,
  };
}
