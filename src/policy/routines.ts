import { API_SERVER, isController, MANAGER } from './controllers.ts';
import { own, stringAt } from './json.ts';
import { resourceKey } from './resource-map.ts';
import type { Review } from './review.ts';
import type { Target } from './target.ts';

/** Work that the control plane does of itself on objects that it does not own. */
interface Routine {
  /** As a key of resourceKey. */
  readonly on: string;
  readonly subresource: string;
  readonly is: (review: Review, target: Target) => boolean;
}

const RBAC_KINDS = ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'];

/** What hands on, or repeats, what was granted before. Without it no Pod could start, and the API server could not. */
const ROUTINES: readonly Routine[] = [
  { on: 'serviceaccounts.', subresource: 'token', is: (review) => isTokenOfPod(review) || isTokenOfController(review) },
  {
    on: 'clusterroles.rbac.authorization.k8s.io',
    subresource: '',
    is: ({ subject }, { old }) =>
      own(old, 'aggregationRule') !== undefined && isController(subject, 'clusterrole-aggregation-controller'),
  },
  // Its own roles and bindings, which it brings up to date when it starts. It ends if it can't.
  ...RBAC_KINDS.map(
    (resource): Routine => ({
      on: `${resource}.rbac.authorization.k8s.io`,
      subresource: '',
      is: ({ operation, subject }) => operation !== 'DELETE' && isController(subject, API_SERVER),
    }),
  ),
  { on: 'pods.', subresource: '', is: isMirrorOfKubelet },
  { on: 'services.', subresource: 'status', is: ({ subject }) => isController(subject, 'service-controller') },
  {
    on: 'certificatesigningrequests.certificates.k8s.io',
    subresource: 'approval',
    is: ({ subject }) => isController(subject, 'certificate-controller'),
  },
];

/** Whether a review is such work. */
export function isRoutine(review: Review, target: Target): boolean {
  const key = resourceKey(review);
  return ROUTINES.some(
    ({ on, subresource, is }) => on === key && subresource === review.subresource && is(review, target),
  );
}

/** A kubelet gets the tokens of the Pods on its node. The API server has made sure that they are on it. */
function isTokenOfPod({ object, subject: { username, groups } }: Review): boolean {
  const isKubelet = username.startsWith('system:node:') && groups.includes('system:nodes');
  return isKubelet && stringAt(object, 'spec', 'boundObjectRef', 'kind') === 'Pod';
}

/** A kubelet shows what it runs of its own files. To refuse the image in the mirror would not stop the Pod. */
function isMirrorOfKubelet({ operation, subject: { username, groups } }: Review, { old, new: after }: Target): boolean {
  const pod = old ?? after;
  const node = stringAt(pod, 'spec', 'nodeName');
  return (
    (operation === 'CREATE' || operation === 'DELETE') &&
    node !== undefined &&
    username === `system:node:${node}` &&
    groups.includes('system:nodes') &&
    stringAt(pod, 'metadata', 'annotations', 'kubernetes.io/config.mirror') !== undefined
  );
}

/** The controller manager gets the tokens under which its controllers work. */
function isTokenOfController({ namespace, subject }: Review): boolean {
  return subject.username === MANAGER && namespace === 'kube-system';
}
