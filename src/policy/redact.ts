import type { Change } from './decision.ts';
import { isScalar } from './json.ts';
import { parseQuantity } from './quantity.ts';
import { openEnd } from './resource-bounds.ts';
import { resourceKey } from './resource-map.ts';
import type { GroupResource, Review } from './review.ts';

/** Kinds whose content is secret as a whole: of them only metadata is shown. */
const SECRET_KINDS: ReadonlySet<string> = new Set(['secrets.', 'configmaps.']);

/** Keys under which values may be secret, wherever they stand. */
export const SECRET_KEYS: ReadonlySet<string> = new Set([
  'data',
  'stringData',
  'binaryData',
  'env',
  'envFrom',
  'value',
  'valueFrom',
  'annotations',
  'token',
  'command',
  'args',
]);

/** Strings are shown at these places alone: what a rule is about, and nothing that anybody writes secrets into. */
const SHOWN_STRINGS = [
  /^\$\.metadata\.(labels|finalizers|ownerReferences)\b/,
  /^\$\.spec\.finalizers\b/,
  /\.image$/,
  /\.image\.reference$/,
  /\.serviceAccountName$/,
  /\.volumes\[[^\]]*\]\.hostPath\.path$/,
  /\.securityContext\.(procMount|(seccompProfile|appArmorProfile)\.type|seLinuxOptions\.(type|user|role))$/,
  /\.securityContext\.capabilities\.(add|drop)$/,
];

/**
 * Strings that are shown of one kind alone: what its rules name, and what a row of the catalogue has put into words. Nobody
 * writes secrets into who may reach what, or who may do what.
 */
const SHOWN_OF_KIND: ReadonlyMap<string, readonly RegExp[]> = new Map([
  ['networkpolicies.networking.k8s.io', [/^\$\.spec\.(podSelector|policyTypes|(in|e)gress\[\d+\])$/]],
  [
    'services.',
    [
      /^\$\.spec\.(type|selector|loadBalancerIP|loadBalancerSourceRanges|(externalIPs|ports)\[[^\]]*\])$/,
      /^\$\.status\.loadBalancer\.ingress\[[^\]]*\]$/,
    ],
  ],
  ['ingresses.networking.k8s.io', [/^\$\.spec\.(ingressClassName|defaultBackend|rules\[[^\]]*\])$/]],
  ...['httproutes', 'grpcroutes', 'tcproutes', 'tlsroutes', 'udproutes'].map((resource): [string, RegExp[]] => [
    `${resource}.gateway.networking.k8s.io`,
    [/^\$\.spec\.(hostnames|(parentRefs|rules)\[[^\]]*\])$/],
  ]),
  ...['gateways', 'listenersets'].map((resource): [string, RegExp[]] => [
    `${resource}.gateway.networking.k8s.io`,
    [/^\$\.spec\.(gatewayClassName|(parentRefs|listeners|addresses)\[[^\]]*\])$/],
  ]),
  ...['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'].map((resource): [string, RegExp[]] => [
    `${resource}.rbac.authorization.k8s.io`,
    [/^\$\.rules\[[^\]]*\]\.verbs$/, /^\$\.aggregationRule\.clusterRoleSelectors\[\d+\]$/, /^\$\.roleRef\.name$/],
  ]),
  ['serviceaccounts.', [/^\$\.spec\.(audiences|boundObjectRef\.(kind|name))$/]],
  ['certificatesigningrequests.certificates.k8s.io', [/^\$\.spec\.(signerName|username)$/]],
  [
    'poddisruptionbudgets.policy',
    [
      /^\$\.spec\.(minAvailable|maxUnavailable|unhealthyPodEvictionPolicy)$/,
      /^\$\.spec\.selector\.match(Labels|Expressions)\b/,
    ],
  ],
  ['horizontalpodautoscalers.autoscaling', [/^\$\.spec\.scaleTargetRef\.(apiVersion|kind|name)$/]],
  ['scaledobjects.keda.sh', [/^\$\.spec\.scaleTargetRef\.(apiVersion|kind|name)$/]],
  [
    'verticalpodautoscalers.autoscaling.k8s.io',
    [/^\$\.spec\.(targetRef\.(apiVersion|kind|name)|updatePolicy\.updateMode)$/],
  ],
  ['persistentvolumes.', [/^\$\.spec\.persistentVolumeReclaimPolicy$/]],
  ['statefulsets.apps', [/^\$\.spec\.persistentVolumeClaimRetentionPolicy\.(whenDeleted|whenScaled)$/]],
  ['volumesnapshotcontents.snapshot.storage.k8s.io', [/^\$\.spec\.deletionPolicy$/]],
  ['volumesnapshotclasses.snapshot.storage.k8s.io', [/^\$\.deletionPolicy$/]],
  ['volumegroupsnapshotcontents.groupsnapshot.storage.k8s.io', [/^\$\.spec\.deletionPolicy$/]],
  ['volumegroupsnapshotclasses.groupsnapshot.storage.k8s.io', [/^\$\.deletionPolicy$/]],
  ['nodes.', [/^\$\.spec\.taints$/]],
]);

/** What a CONNECT is told by. Of a command that is run, the row itself shows the program alone. */
const SHOWN_OF_CONNECT: ReadonlySet<string> = new Set(['$.container', '$.command', '$.ports']);

/** Whether a resource's content is secret as a whole. */
export function isSecretKind(resource: GroupResource): boolean {
  return SECRET_KINDS.has(resourceKey(resource));
}

/**
 * What of some changes may be shown: numbers and booleans, and strings where a rule needs to name them. All other values
 * are left out and their path is kept. Nothing of a Secret or ConfigMap but its metadata.
 */
export function redactChanges(
  review: Pick<Review, keyof GroupResource | 'operation'>,
  changes: readonly Change[],
): Change[] {
  const isSecret = isSecretKind(review);
  const patterns = [...SHOWN_STRINGS, ...(SHOWN_OF_KIND.get(resourceKey(review)) ?? [])];
  return changes.map(({ path, from, to }) => {
    const isConnect = review.operation === 'CONNECT' && SHOWN_OF_CONNECT.has(path);
    const isHidden = !isConnect && ((isSecret && !path.startsWith('$.metadata.')) || hasSecretKey(path));
    const shown = (value: unknown) =>
      !isHidden && (isConnect || mayShow(path, value, patterns)) ? { shown: value } : undefined;
    const before = shown(from);
    const after = shown(to);
    return { path, ...(before && { from: before.shown }), ...(after && { to: after.shown }) };
  });
}

function mayShow(path: string, value: unknown, patterns: readonly RegExp[]): boolean {
  if (Array.isArray(value)) return value.every((item) => isScalar(item) && mayShow(path, item, patterns));
  if (typeof value === 'string') return patterns.some((pattern) => pattern.test(path)) || isAmount(path, value);
  return isScalar(value);
}

/** Whether a text is a quantity, where limits and requests stand. */
const isAmount = (path: string, value: string): boolean =>
  openEnd(path) !== undefined && parseQuantity(value) !== undefined;

/**
 * Whether a path leads through a key under which secrets may stand. The names of list items are no keys (a container may
 * well be called `data`), and neither are those of labels (`env` is a common one).
 */
export function hasSecretKey(path: string): boolean {
  if (path.startsWith('$.metadata.labels')) return false;
  return path
    .replace(/\[[^'\]]*\]/g, '.')
    .split(/[.[\]']+/)
    .some((key) => SECRET_KEYS.has(key));
}
