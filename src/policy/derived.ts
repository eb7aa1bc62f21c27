import { listAt, own, ownAt, stringAt } from './json.ts';
import { resourceKey } from './resource-map.ts';
import type { KubeObject, Review, Subject } from './review.ts';
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
]);

const MANAGER = 'system:kube-controller-manager';

/**
 * Whether the subject is that controller: under its own account, or under the controller manager's where it runs
 * without an account per controller.
 */
function isController({ username }: Subject, name: string | undefined): boolean {
  return name !== undefined && (username === MANAGER || username === `system:serviceaccount:kube-system:${name}`);
}

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
    ofOwnFinalizer(review, target)
  );
}

function byOwnController({ subject }: Review, target: Target): boolean {
  return [target.old, target.new].some((object) =>
    listAt(object, 'metadata', 'ownerReferences').some(
      (owner) => own(owner, 'controller') === true && isController(subject, CONTROLLER_OF.get(kindOf(owner))),
    ),
  );
}

function kindOf(owner: unknown): string {
  const [group = '', version] = (stringAt(owner, 'apiVersion') ?? '').split('/');
  return `${version === undefined ? '' : group}/${stringAt(owner, 'kind') ?? ''}`;
}

function byGarbageCollector({ operation, subject }: Review, { old }: Target): boolean {
  if (operation !== 'DELETE' || !isController(subject, 'generic-garbage-collector')) return false;
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
function ofOwnFinalizer({ operation, subject }: Review, { old, new: after }: Target): boolean {
  if (operation !== 'UPDATE' || !isTerminating(old)) return false;
  const gone = removedFinalizers(old, after);
  return gone.length > 0 && gone.every((finalizer) => isController(subject, FINALIZER_OF.get(finalizer)));
}

function removedFinalizers(old: KubeObject | undefined, after: KubeObject | undefined): string[] {
  return ['metadata', 'spec'].flatMap((part) => {
    const kept = new Set(listAt(after, part, 'finalizers'));
    return listAt(ownAt(old, [part]), 'finalizers').filter(
      (finalizer): finalizer is string => typeof finalizer === 'string' && !kept.has(finalizer),
    );
  });
}
