import type { Guardrail } from '../../../../src/api/v1alpha1.ts';
import { matchesStatically } from '../../../../src/policy/candidate.ts';
import { compileGuardrail } from '../../../../src/policy/compile.ts';
import type { LoadedGuardrail } from '../../../../src/policy/compiled-guardrail.ts';
import type { Finding } from '../../../../src/policy/decision.ts';
import { evaluate } from '../../../../src/policy/evaluate.ts';
import { explain } from '../../../../src/policy/explain/explain.ts';
import type { Explanation, ExplanationStep } from '../../../../src/policy/explain/explanation.ts';
import { type Facts, NO_FACTS } from '../../../../src/policy/facts.ts';
import { PolicyIndex } from '../../../../src/policy/policy-index.ts';
import type { Review } from '../../../../src/policy/review.ts';
import { resources, SHOP } from './judge.ts';

/** The facts of a cluster that has namespace shop and nothing else, unless told otherwise. */
export const factsOf = (parts: Partial<Facts> = {}): Facts => ({
  ...NO_FACTS,
  namespace: { kind: 'Found', object: SHOP },
  parent: { kind: 'Missing' },
  ...parts,
});

/** Explains what a Guardrail makes of a review. */
export function explained(source: Guardrail, review: Review, facts: Facts = factsOf()): Explanation {
  return explain({ source, loaded: compileGuardrail(source) }, review, facts, infoOf(review));
}

/** The finding of the webhook's way: the index, what the review says itself, evaluation. */
export function findingOfIndex(loaded: LoadedGuardrail, review: Review, facts: Facts): Finding | undefined {
  const index = new PolicyIndex([loaded], resources);
  const candidates = index.candidates(review, 'of no group').filter((one) => matchesStatically(one, review));
  return evaluate(candidates, review, facts, infoOf(review)).findings[0];
}

const infoOf = (review: Review) => resources.get(`${review.resource}.${review.group}`);

/** The step of a field; fails if there is none. */
export function stepAt({ steps }: Explanation, field: string): ExplanationStep {
  const step = steps.find((one) => one.field === field);
  if (step === undefined) throw new Error(`no step of ${field} among ${steps.map((one) => one.field).join(', ')}`);
  return step;
}
