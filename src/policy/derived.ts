import { API_SERVER, isController } from './controllers.ts';
import { removedFinalizers } from './finalizers.ts';
import { listAt, own, stringAt } from './json.ts';
import { resourceKey } from './resource-map.ts';
import type { KubeObject, Review, Subject } from './review.ts';
import { isRoutine } from './routines.ts';
import type { Target } from './target.ts';

/**
 * Derived actions: what Kubernetes' own controllers do, as themselves, to objects that they own. The action that caused
 * them was judged already; judging them again would block recovery, and nobody could be excepted from it.
 */

/** Which controller manages the objects that a built-in workload kind controls. */
const CONTROLLER_OF: ReadonlyMap<string, string> = new Map([
  ['apps/Deployment', 'deployment-controller'],
  ['apps/ReplicaSet', 'replicaset-controller'],
  ['apps/StatefulSet', 'statefulset-controller'],
  ['apps/DaemonSet', 'daemon-set-controller'],
  ['batch/Job', 'job-controller'],
  ['batch/CronJob', 'cronjob-controller'],
  ['/ReplicationController', 'replication-controller'],
]);

/** Finalizers that a built-in controller sets and takes off again, by controller. */
const FINALIZER_OF: ReadonlyMap<string, string> = new Map([
  ['kubernetes.io/pvc-protection', 'pvc-protection-controller'],
  ['kubernetes.io/pv-protection', 'pv-protection-controller'],
  ['batch.kubernetes.io/job-tracking', 'job-controller'],
  ['foregroundDeletion', 'generic-garbage-collector'],
  ['orphan', 'generic-garbage-collector'],
  ['service.kubernetes.io/load-balancer-cleanup', 'service-controller'],
  ['kubernetes', 'namespace-controller'],
  ['customresourcecleanup.apiextensions.k8s.io', API_SERVER],
]);

/** Whether the subject is the namespace controller, which empties terminating namespaces. */
export function isNamespaceController(subject: Subject): boolean {
  return isController(subject, 'namespace-controller');
}

/** Whether a review is derived. `namespace` is the namespace object, where it is known. */
export function isDerived(review: Review, target: Target, namespace: KubeObject | undefined): boolean {
  return (
    byOwnController(review, target) ||
    byGarbageCollector(review, target) ||
    byNamespaceController(review, namespace) ||
    byKubelet(review, target) ||
    isRoutine(review, target) ||
    ofOwnFinalizer(review, target) ||
    inEndingNamespace(review, target, namespace)
  );
}

/**
 * Of an object that is there already, the owners that it had count: a controller that adopts it is not acting on its own,
 * and whoever can make a ReplicaSet could else have it adopt, and then delete, anybody's Pod.
 */
function byOwnController({ subject }: Review, target: Target): boolean {
  return listAt(target.old ?? target.new, 'metadata', 'ownerReferences').some(
    (owner) => own(owner, 'controller') === true && isController(subject, CONTROLLER_OF.get(kindOf(owner))),
  );
}

function kindOf(owner: unknown): string {
  const [group = '', version] = (stringAt(owner, 'apiVersion') ?? '').split('/');
  return `${version === undefined ? '' : group}/${stringAt(owner, 'kind') ?? ''}`;
}

/** It deletes what has lost its owners, and takes owners off what is to outlive them (`--cascade=orphan`). */
function byGarbageCollector({ operation, subject }: Review, { old }: Target): boolean {
  if (operation === 'CREATE' || !isController(subject, 'generic-garbage-collector')) return false;
  return listAt(old, 'metadata', 'ownerReferences').length > 0;
}

function byNamespaceController({ operation, subject }: Review, namespace: KubeObject | undefined): boolean {
  return operation === 'DELETE' && isNamespaceController(subject) && isTerminating(namespace);
}

/** Whether an object is being deleted. */
export function isTerminating(object: KubeObject | undefined): boolean {
  return stringAt(object, 'metadata', 'deletionTimestamp') !== undefined;
}

/** A kubelet removes the Pods of its own node once they have ended. */
function byKubelet(review: Review, { old }: Target): boolean {
  if (review.operation !== 'DELETE' || resourceKey(review) !== 'pods.' || !isTerminating(old)) return false;
  const node = stringAt(old, 'spec', 'nodeName');
  const { username, groups } = review.subject;
  return node !== undefined && username === `system:node:${node}` && groups.includes('system:nodes');
}

/** A controller takes its own finalizer off a terminating object. */
function ofOwnFinalizer(review: Review, target: Target): boolean {
  if (review.operation !== 'UPDATE' || !isTerminating(target.old)) return false;
  const gone = removedFinalizers(review, target);
  return gone.length > 0 && gone.every(({ from }) => isController(review.subject, FINALIZER_OF.get(from)));
}

/** Whether a finalizer is taken off an object whose deletion has begun. It matters to what is `inEndingNamespace`. */
export function endsDeletion(review: Review, target: Target): boolean {
  return review.operation === 'UPDATE' && isTerminating(target.old) && removedFinalizers(review, target).length > 0;
}

/** What a namespace takes with it is gone for good: whoever cleans up after it must be let. */
function inEndingNamespace(review: Review, target: Target, namespace: KubeObject | undefined): boolean {
  return isTerminating(namespace) && endsDeletion(review, target);
}
