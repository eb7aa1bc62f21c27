import { isController } from '../controllers.ts';
import { resourceKey } from '../resource-map.ts';
import type { Review, Subject } from '../review.ts';

/** What kubectl applied last. It mirrors the object, and every apply rewrites it. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Annotations in which a part of Kubernetes keeps what it has to know of a resource. */
interface Kept {
  readonly resource: string;
  /** A key, or where it ends in `/` all keys with that prefix. */
  readonly keys: readonly string[];
  readonly by: (review: Pick<Review, 'subject' | 'name'>) => boolean;
}

const controller =
  (name: string) =>
  ({ subject }: { readonly subject: Subject }): boolean =>
    isController(subject, name);

const isOwnKubelet: Kept['by'] = ({ subject: { username, groups }, name }) =>
  username === `system:node:${name}` && groups.includes('system:nodes');

const OF_VOLUMES = ['pv.kubernetes.io/', 'volume.kubernetes.io/', 'volume.beta.kubernetes.io/'];

const KEPT: readonly Kept[] = [
  { resource: 'deployments.apps', keys: ['deployment.kubernetes.io/'], by: controller('deployment-controller') },
  { resource: 'replicasets.apps', keys: ['deployment.kubernetes.io/'], by: controller('deployment-controller') },
  { resource: 'persistentvolumes.', keys: OF_VOLUMES, by: controller('persistent-volume-binder') },
  { resource: 'persistentvolumeclaims.', keys: OF_VOLUMES, by: controller('persistent-volume-binder') },
  {
    resource: 'persistentvolumeclaims.',
    keys: ['volume.kubernetes.io/selected-node'],
    by: ({ subject }) => subject.username === 'system:kube-scheduler',
  },
  { resource: 'endpoints.', keys: ['endpoints.kubernetes.io/'], by: controller('endpoint-controller') },
  {
    resource: 'endpointslices.discovery.k8s.io',
    keys: ['endpoints.kubernetes.io/'],
    by: controller('endpointslice-controller'),
  },
  { resource: 'nodes.', keys: ['csi.volume.kubernetes.io/nodeid'], by: isOwnKubelet },
  { resource: 'nodes.', keys: ['node.alpha.kubernetes.io/ttl'], by: controller('ttl-controller') },
  { resource: 'nodes.', keys: ['volumes.kubernetes.io/controller-managed-attach-detach'], by: isOwnKubelet },
];

/**
 * Tells of the keys of annotations whether a review's change of them is routine: what kubectl notes for itself, and what a
 * part of Kubernetes keeps in annotations of its own and writes as itself. By anybody else that is a change like any.
 */
export function isRoutineAnnotation(review: Review): (key: string) => boolean {
  const kept = KEPT.filter(({ resource, by }) => resource === resourceKey(review) && by(review)).flatMap(
    ({ keys }) => keys,
  );
  return (key) => key === LAST_APPLIED || kept.some((one) => (one.endsWith('/') ? key.startsWith(one) : key === one));
}
