import type { Finding } from '../../policy/decision.ts';
import type { ExplainableGuardrail, Explanation, ExplanationStep } from '../../policy/explain/explanation.ts';
import type { Review } from '../../policy/review.ts';
import type { SimulatedCluster } from '../../simulation/simulated-cluster.ts';
import { decisive } from '../../simulation/verdict.ts';
import { explainReview } from '../requests/explain-review.ts';

/** What was judged, and what of it counts. */
export interface JudgedReview {
  readonly review: Review;
  readonly findings: readonly Finding[];
}

/** More guardrails than anybody reads of. */
const MAX_REASONS = 3;

/**
 * Says why guardrails decided as they did: the step that decided, of each finding that made the answer what it is. Where none
 * matches, of each guardrail. "" if that can't be told.
 */
export async function reasonsFor(
  judged: readonly JudgedReview[],
  guardrails: readonly ExplainableGuardrail[],
  cluster: SimulatedCluster,
  now: Date,
): Promise<string> {
  const gravest = new Set(decisive(judged.flatMap(({ findings }) => findings)));
  const isAlone = guardrails.length === 1;
  const texts: string[] = [];
  for (const { review, findings } of gravest.size === 0 ? judged.slice(0, 1) : judged) {
    const decided = findings.filter((finding) => gravest.has(finding));
    const named = new Set(decided.map(({ guardrail }) => guardrail.name));
    const asked = guardrails.filter(({ loaded }) => gravest.size === 0 || named.has(loaded.scope.identity.name));
    const explanations = await explainReview(asked.slice(0, MAX_REASONS), review, cluster, now);
    const telling = explanations.filter(
      (one) => gravest.size === 0 || decided.some((finding) => explains(one, finding)),
    );
    texts.push(...telling.map((one) => `${isAlone ? '' : `${one.guardrail.name}: `}${reasonOf(one)}`));
  }
  return texts.slice(0, MAX_REASONS).join('; ');
}

/** What is done to other objects can have failed before there was anything to ask of: then only the message tells. */
function explains({ guardrail, outcome }: Explanation, finding: Finding): boolean {
  const isSame = outcome.kind === 'Found' && guardrail.name === finding.guardrail.name;
  return isSame && outcome.finding.outcome === finding.outcome && outcome.finding.reason === finding.reason;
}

/** The step that decided; of a guardrail that trips, the last condition. */
function reasonOf({ decisive: step, steps }: Explanation): string {
  const isCondition = ({ field, isAlternative }: ExplanationStep): boolean =>
    field.startsWith('spec.when') && isAlternative !== true;
  const told = step ?? steps.findLast(isCondition);
  if (told === undefined) return 'spec.match: it matches, and there is nothing under spec.when to hold it back';
  return `${told.field}: ${told.why}`;
}
