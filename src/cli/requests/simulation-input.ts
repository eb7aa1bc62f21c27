import type { TestRequest } from '../../api/v1alpha1.ts';
import type { KubeObject, Review } from '../../policy/review.ts';
import { SimulatedCluster } from '../../simulation/simulated-cluster.ts';
import { reviewOfAdmissionRequest, reviewOfRequest } from '../../simulation/test-request.ts';

/** A request that is to be judged, and what is in the cluster. */
export interface SimulationInput {
  readonly request: /** The request of an AdmissionReview, as the API server sends it. */
    | { readonly kind: 'Admission'; readonly request: unknown }
    /** One that somebody wrote down. */
    | { readonly kind: 'Written'; readonly request: TestRequest };
  readonly target: KubeObject | undefined;
  readonly namespaceLabels: Readonly<Record<string, string>> | undefined;
  readonly existing: readonly KubeObject[];
}

/** What can be judged. */
export interface SimulatedRequest {
  readonly review: Review;
  readonly cluster: SimulatedCluster;
}

/** Makes ready what is to be judged. Throws an error that says why if the API server would never send such a request. */
export function simulatedRequest({ request, target, namespaceLabels, existing }: SimulationInput): SimulatedRequest {
  const cluster = new SimulatedCluster({ target, namespaceLabels, existing });
  const review =
    request.kind === 'Admission'
      ? reviewOfAdmissionRequest(request.request)
      : reviewOfRequest(request.request, target, cluster.resources);
  return { review, cluster };
}
