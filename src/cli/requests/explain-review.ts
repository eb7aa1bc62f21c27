import { explain } from '../../policy/explain/explain.ts';
import type { ExplainableGuardrail, Explanation } from '../../policy/explain/explanation.ts';
import { type Fact, type Facts, NOT_ASKED } from '../../policy/facts.ts';
import { resourceKey } from '../../policy/resource-map.ts';
import type { Review } from '../../policy/review.ts';
import { hasForeignBody, parentReference } from '../../policy/target.ts';
import type { SimulatedCluster } from '../../simulation/simulated-cluster.ts';

/** Explains what guardrails make of a review, with all that the cluster tells of it. */
export async function explainReview(
  guardrails: readonly ExplainableGuardrail[],
  review: Review,
  cluster: SimulatedCluster,
  now: Date,
): Promise<readonly Explanation[]> {
  const facts: Facts = {
    parent: hasForeignBody(review) ? await read(cluster, parentReference(review)) : NOT_ASKED,
    namespace: namespaceOf(review, cluster),
    scans: cluster.scans(),
    now,
  };
  const info = cluster.resources.get(resourceKey(review));
  return guardrails.map((guardrail) => explain(guardrail, review, facts, info));
}

async function read(cluster: SimulatedCluster, reference: ReturnType<typeof parentReference>): Promise<Fact> {
  try {
    const object = await cluster.get(reference);
    return object === undefined ? { kind: 'Missing' } : { kind: 'Found', object };
  } catch (error) {
    return { kind: 'Failed', error: error instanceof Error ? error.message : 'it can not be read' };
  }
}

function namespaceOf({ namespace }: Review, cluster: SimulatedCluster): Fact {
  const object = namespace === '' ? undefined : cluster.namespaces.get(namespace);
  return object === undefined ? NOT_ASKED : { kind: 'Found', object };
}
