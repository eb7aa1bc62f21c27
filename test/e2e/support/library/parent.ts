import type { GuardrailTest } from '../../../../src/api/v1alpha1.ts';
import { own, ownAt } from '../../../../src/policy/json.ts';
import type { Review } from '../../../../src/policy/review.ts';
import type { Manifest } from '../guarded-cluster.ts';
import { filled } from './completed.ts';
import type { Served } from './served.ts';

/**
 * The object that must be there for the request of a test: what is changed or deleted, or the parent of a subresource. Where
 * the test tells nothing of it, it has no more than a name. Undefined if there need be none.
 */
export function parentOf(test: GuardrailTest, review: Review, served: Served): Manifest | undefined {
  const { oldObject } = test.request;
  if (review.subresource === '') return review.operation === 'CREATE' ? undefined : (oldObject as Manifest);
  if (review.subresource === 'scale') return scaledParent(test, review, served);
  return review.operation === 'UPDATE' ? (oldObject as Manifest) : givenParent(test, review, served);
}

function givenParent(test: GuardrailTest, review: Review, served: Served): Manifest {
  const { namespaced, kind } = served.info(review);
  const metadata = { name: review.name, ...(namespaced && { namespace: review.namespace }) };
  const apiVersion = review.group === '' ? review.version : `${review.group}/${review.version}`;
  return filled((test.target ?? {}) as Manifest, { apiVersion, kind, metadata });
}

/** As many replicas as the Scale says. */
function scaledParent(test: GuardrailTest, review: Review, served: Served): Manifest {
  const parent = givenParent(test, review, served);
  const path = served.info(review).replicasPath ?? ['spec', 'replicas'];
  const replicas = ownAt(test.request.oldObject, ['spec', 'replicas']) ?? 0;
  const replicated = path.reduceRight<unknown>((value, key) => ({ [key]: value }), replicas) as Manifest;
  const spec = own(replicated, 'spec');
  return filled(spec === undefined ? {} : { spec }, parent);
}
