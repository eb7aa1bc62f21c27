import { judgeEffects } from '../admission/effects.ts';
import { type Judged, judgeIn, type Situation } from '../admission/judge.ts';
import { deadlineIn } from '../admission/timeout.ts';
import type { LoadedGuardrail } from '../policy/compiled-guardrail.ts';
import { PolicyIndex } from '../policy/policy-index.ts';
import type { Review } from '../policy/review.ts';
import type { SimulatedCluster } from './simulated-cluster.ts';

/** Nothing is read from elsewhere, so that only hostile objects take so long. */
const BUDGET_MS = 1_000;

/** The id of no group: guardrails of every failurePolicy are asked, as the API server asks all of them. */
const ALL_GROUPS = 'simulated';

/**
 * Judges a review by guardrails as the webhook does, with what it does to other objects, in a cluster of a few objects.
 * Returns the review itself first, then what it does to others.
 */
export async function simulate(
  guardrails: readonly LoadedGuardrail[],
  review: Review,
  cluster: SimulatedCluster,
  now: Date,
): Promise<readonly Judged[]> {
  const situation: Situation = {
    snapshot: {
      index: new PolicyIndex(guardrails, cluster.resources),
      namespaces: cluster.namespaces,
      scans: () => cluster.scans(),
    },
    circumstances: { scans: cluster.scans(), now },
    groupId: ALL_GROUPS,
    lookup: cluster,
    deadline: deadlineIn(BUDGET_MS),
  };
  const judge = judgeIn(situation);
  return [await judge(review), ...(await judgeEffects(review, situation, judge))];
}
