import { describe, expect, test } from 'vitest';
import type { ActionType } from '../../../../src/api/v1alpha1.ts';
import { BY_SPECIFICITY, CATALOGUE } from '../../../../src/policy/actions/catalogue.ts';
import { hasRoute } from '../../../../src/policy/candidate.ts';
import { resourceKey } from '../../../../src/policy/resource-map.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';
import { targetOf } from '../../../../src/policy/target.ts';
import { resources } from '../support/judge.ts';
import { captured, captures, review, widgetUpdate } from '../support/reviews.ts';

/** What a review is, by every row of the catalogue. */
function actionsOf(of: Review, includeStatus = false, parent?: KubeObject): ActionType[] {
  const info = resources.get(resourceKey(of));
  const target = targetOf(of, parent, info);
  return BY_SPECIFICITY.filter((action) => hasRoute(action, of, includeStatus))
    .filter((action) => action.detect({ review: of, target, info }) !== undefined)
    .map(({ name }) => name);
}

/** Every captured review, and all that it is: what is not listed, it is not. */
const ACTIONS: Readonly<Record<string, string>> = {
  'autoscaler-bounds-changed': 'AutoscalingChange Update',
  'autoscaler-create': 'AutoscalingChange Create',
  'autoscaler-created-with-lower-maximum': 'AutoscalingChange Create',
  'autoscaler-delete': 'AutoscalingChange Delete',
  'autoscaler-label-added': 'LabelChange Update',
  'autoscaler-maximum-lowered': 'AutoscalingChange Update',
  'autoscaler-metrics-reordered': 'Update',
  'autoscaler-metrics-through-version-1': 'AutoscalingChange AnnotationChange Update',
  'autoscaler-minimum-raised': 'AutoscalingChange Update',
  'autoscaler-retargeted': 'AutoscalingChange Update',
  'binding-create': 'Update',
  'budget-allows-more-through-status': 'DisruptionBudgetLoosen',
  'budget-counted-by-disruption-controller': '',
  'budget-deleted': 'DisruptionBudgetLoosen Delete',
  'budget-lowered': 'DisruptionBudgetLoosen Update',
  'budget-lowered-by-percent': 'DisruptionBudgetLoosen Update',
  'budget-narrowed': 'DisruptionBudgetLoosen Update',
  'budget-of-unhealthy': 'DisruptionBudgetLoosen Update',
  'budget-raised': 'Update',
  'budget-switched': 'DisruptionBudgetLoosen Update',
  'claim-expanded': 'ResourceIncrease ResourceChange Update',
  'claim-finalizer-removed-by-pvc-protection': 'Delete FinalizerRemove Update',
  'clusterrole-aggregated-by-label': 'RoleGrant LabelChange Update',
  'clusterrole-rules-by-aggregation-controller': 'RoleGrant Update',
  'configmap-delete-by-namespace-controller': 'Delete',
  'configmap-delete-collection': 'Delete',
  'configmap-finalizer-removed': 'FinalizerRemove Update',
  'configmap-last-finalizer-removed': 'Delete FinalizerRemove Update',
  'configmap-made-immutable': 'ConfigChange Update',
  'configmap-one-of-two-finalizers-removed': 'FinalizerRemove Update',
  'configmap-owner-injected': 'OwnerChange Update',
  'configmap-update': 'ConfigChange Update',
  'crd-delete': 'Delete',
  'cronjob-create': 'ImageChange Create',
  'cronjob-history-shortened': 'RetentionLoosen Update',
  'cronjob-image': 'ImageChange PodTemplateChange Update',
  'cronjob-jobs-suspended': 'Suspend Update',
  'cronjob-suspended': 'Suspend Update',
  'csr-approve': 'TokenRequest Update',
  'csr-deny': 'Update',
  'csr-metadata-through-approval': 'FinalizerRemove LabelChange Update',
  'daemonset-restarted-again': 'Restart PodTemplateChange AnnotationChange Update',
  'deployment-annotated': 'AnnotationChange Update',
  'deployment-apply-unchanged': '',
  'deployment-container-renamed-without-limits':
    'ImageChange ResourceDecrease ResourceIncrease ResourceChange PodTemplateChange Update',
  'deployment-containers-reordered': 'PodTemplateChange Update',
  'deployment-create': 'ImageChange Create',
  'deployment-create-by-apply': 'ImageChange Create',
  'deployment-create-by-server-side-apply': 'ImageChange Create',
  'deployment-create-dry-run': 'ImageChange Create',
  'deployment-delete': 'Delete',
  'deployment-env-changed': 'PodTemplateChange Update',
  'deployment-hardened': 'PodTemplateChange Update',
  'deployment-image-json-patch': 'ImageChange PodTemplateChange Update',
  'deployment-image-put': 'ImageChange PodTemplateChange Update',
  'deployment-image-server-side-apply': 'ImageChange PodTemplateChange Update',
  'deployment-image-strategic-patch': 'ImageChange PodTemplateChange Update',
  'deployment-label-kept-through-status': '',
  'deployment-label-removed': 'LabelChange Update',
  'deployment-last-finalizer-removed-through-status': 'Delete FinalizerRemove',
  'deployment-limits-raised': 'ResourceIncrease ResourceChange PodTemplateChange Update',
  'deployment-limits-removed': 'ResourceIncrease ResourceChange PodTemplateChange Update',
  'deployment-limits-respelled': '',
  'deployment-no-old-revisions': 'RetentionLoosen Update',
  'deployment-owner-injected-through-status': 'OwnerChange',
  'deployment-paused': 'Suspend Update',
  'deployment-privileged': 'PrivilegeIncrease PodTemplateChange Update',
  'deployment-resources-lowered': 'ResourceDecrease ResourceChange PodTemplateChange Update',
  'deployment-restarted': 'Restart PodTemplateChange Update',
  'deployment-resumed': 'Update',
  'deployment-revision-by-deployment-controller': '',
  'deployment-rolled-back': 'ImageChange PodTemplateChange Update',
  'deployment-scale': 'ScaleDown Update',
  'deployment-scale-down-json-patch': 'ScaleDown Update',
  'deployment-scale-down-merge-patch': 'ScaleDown Update',
  'deployment-scale-down-put': 'ScaleDown Update',
  'deployment-scale-down-server-side-apply': 'ScaleDown Update',
  'deployment-scale-down-strategic-patch': 'ScaleDown Update',
  'deployment-scale-dry-run': 'ScaleDown Update',
  'deployment-scale-patch': 'ScaleDown Update',
  'deployment-scale-to-zero': 'ScaleToZero ScaleDown Update',
  'deployment-scale-up': 'ScaleUp Update',
  'deployment-scale-up-by-apply': 'ScaleUp Update',
  'deployment-service-account-set': 'ServiceAccountChange PodTemplateChange Update',
  'deployment-softened': 'PrivilegeIncrease PodTemplateChange Update',
  'deployment-status': '',
  'deployment-status-by-deployment-controller': '',
  'deployment-template-label-added': 'PodTemplateChange Update',
  'deployment-token-mounted': 'ServiceAccountChange PodTemplateChange Update',
  'httproute-create': 'ServiceExpose Create',
  'ingress-create': 'ServiceExpose Create',
  'ingress-path-added': 'ServiceExpose Update',
  'ingress-path-removed': 'Update',
  'job-deadline-shortened': 'Delete Update',
  'job-parallelism-lowered': 'ScaleDown Update',
  'job-parallelism-zero': 'ScaleToZero ScaleDown Update',
  'job-suspended': 'Suspend Update',
  'job-ttl-set': 'RetentionLoosen Delete Update',
  'limitrange-delete': 'ResourceDecrease ResourceIncrease ResourceChange Delete',
  'limitrange-maximum-removed': 'ResourceDecrease ResourceIncrease ResourceChange Update',
  'namespace-create': 'Create',
  'namespace-delete': 'Delete',
  'namespace-finalize-by-namespace-controller': 'Delete FinalizerRemove Update',
  'namespace-finalizer-removed-through-finalize': 'FinalizerRemove LabelChange Update',
  'namespace-label-removed': 'LabelChange Update',
  'namespace-label-removed-through-status': 'LabelChange',
  'networkpolicy-create': 'NetworkPolicyLoosen NetworkPolicyChange Create',
  'networkpolicy-create-without-rules': 'NetworkPolicyChange Create',
  'networkpolicy-delete': 'NetworkPolicyLoosen NetworkPolicyChange Delete',
  'networkpolicy-empty-rule': 'NetworkPolicyLoosen NetworkPolicyChange Update',
  'networkpolicy-exception-removed': 'NetworkPolicyLoosen NetworkPolicyChange Update',
  'networkpolicy-rule-added': 'NetworkPolicyLoosen NetworkPolicyChange Update',
  'networkpolicy-rule-removed': 'NetworkPolicyChange Update',
  'networkpolicy-rules-reordered': 'Update',
  'networkpolicy-selector-changed': 'NetworkPolicyLoosen NetworkPolicyChange Update',
  'networkpolicy-type-dropped': 'NetworkPolicyLoosen NetworkPolicyChange Update',
  'node-annotated-through-status': 'AnnotationChange',
  'node-cordon': 'Cordon Update',
  'node-proxy': 'Proxy',
  'node-taint': 'TaintChange Update',
  'node-tainted-by-node-controller': 'TaintChange Update',
  'node-uncordon': 'Update',
  'pod-annotated-by-binding': 'AnnotationChange Update',
  'pod-attach': 'Attach',
  'pod-bind': 'LabelChange AnnotationChange Update',
  'pod-create': 'ImageChange Create',
  'pod-create-by-replicaset-controller': 'ImageChange Create',
  'pod-create-by-service-account': 'ImageChange Create',
  'pod-create-generated-name': 'ImageChange Create',
  'pod-create-with-forged-owner': 'ImageChange Create',
  'pod-create-with-power-over-the-node': 'PrivilegeIncrease ImageChange Create',
  'pod-deadline-set': 'Delete Update',
  'pod-debug-sysadmin': 'PrivilegeIncrease ImageChange Debug Update',
  'pod-delete-by-garbage-collector': 'Delete',
  'pod-delete-by-kubelet': 'Delete',
  'pod-delete-by-replicaset-controller': 'Delete',
  'pod-delete-dry-run': 'Delete',
  'pod-delete-forced': 'Delete',
  'pod-evict': 'Evict Delete',
  'pod-evict-by-drain-dry-run': 'Evict Delete',
  'pod-evict-dry-run-query': 'Evict Delete',
  'pod-evict-forged-metadata': 'Evict Delete',
  'pod-exec': 'Exec',
  'pod-finalizer-removed-by-job-controller': 'FinalizerRemove Update',
  'pod-image-container': 'ImageChange Update',
  'pod-image-ephemeral-container': 'PrivilegeIncrease ImageChange Debug Update',
  'pod-image-init-container': 'ImageChange Update',
  'pod-orphaned-by-garbage-collector': 'OwnerChange Update',
  'pod-port-forward': 'PortForward',
  'pod-proxy': 'Proxy',
  'pod-resize': 'ResourceIncrease ResourceChange Update',
  'quota-create': 'Create',
  'quota-delete': 'ResourceIncrease ResourceChange Delete',
  'quota-lowered': 'ResourceDecrease ResourceChange Update',
  'quota-raised': 'ResourceIncrease ResourceChange Update',
  'quota-raised-through-status': 'ResourceIncrease ResourceChange',
  'quota-rescoped': 'ResourceDecrease ResourceIncrease ResourceChange Update',
  'quota-status-by-quota-controller': '',
  'replicaset-create-by-deployment-controller': 'ImageChange Create',
  'replicaset-delete-by-garbage-collector': 'Delete',
  'replicaset-orphan-finalizer-removed-by-garbage-collector': 'Delete FinalizerRemove Update',
  'replicaset-scale': 'ScaleDown Update',
  'replicaset-scale-by-deployment-controller': 'ScaleToZero ScaleDown Update',
  'replicaset-scale-patch': 'ScaleDown Update',
  'replicaset-scale-to-zero': 'ScaleToZero ScaleDown Update',
  'replicationcontroller-scale': 'ScaleDown Update',
  'replicationcontroller-scale-patch': 'ScaleDown Update',
  'replicationcontroller-scale-to-zero': 'ScaleToZero ScaleDown Update',
  'role-create': 'RoleGrant Create',
  'role-narrowed': 'Update',
  'role-reworded': 'Update',
  'role-widened': 'RoleGrant Update',
  'rolebinding-create': 'RoleGrant Create',
  'rolebinding-subject-added': 'RoleGrant Update',
  'rolebinding-subject-removed': 'Update',
  'scaledobject-maximum-lowered': 'AutoscalingChange Update',
  'scaledobject-paused': 'AutoscalingChange AnnotationChange Update',
  'secret-create': 'Create',
  'secret-create-account-token': 'TokenRequest Create',
  'secret-update-by-apply': 'ConfigChange Update',
  'service-address-through-status': 'ServiceExpose',
  'service-affinity': 'Update',
  'service-create': 'Create',
  'service-create-node-port': 'ServiceExpose Create',
  'service-external-address': 'ServiceExpose Update',
  'service-proxy': 'Proxy',
  'service-proxy-with-scheme': 'Proxy',
  'service-to-load-balancer': 'ServiceExpose Update',
  'snapshot-no-longer-retained': 'RetentionLoosen Update',
  'statefulset-annotated-through-status': 'AnnotationChange',
  'statefulset-claims-no-longer-retained': 'RetentionLoosen Update',
  'statefulset-label-removed-through-status': 'LabelChange',
  'statefulset-ordinals-moved': 'ScaleDown Update',
  'statefulset-ordinals-moved-away': 'ScaleToZero ScaleDown Update',
  'statefulset-scale': 'ScaleDown Update',
  'statefulset-scale-patch': 'ScaleDown Update',
  'statefulset-scale-to-zero': 'ScaleToZero ScaleDown Update',
  'token-request': 'TokenRequest',
  'token-request-by-kubelet': 'TokenRequest',
  'vertical-autoscaler-mode-changed': 'AutoscalingChange Update',
  'volume-no-longer-retained': 'RetentionLoosen Update',
  'widget-last-finalizer-removed': 'Delete FinalizerRemove Update',
  'widget-scale': 'ScaleDown Update',
  'widget-scale-down-by-update': 'ScaleDown Update',
  'widget-scale-patch': 'ScaleDown Update',
  'widget-scale-to-zero': 'ScaleToZero ScaleDown Update',
  'widget-status': '',
};

describe('what a captured review is', () => {
  test('every captured review is in the table', () => expect(new Set(Object.keys(ACTIONS))).toEqual(new Set(captures)));

  test.each(Object.entries(ACTIONS))('%s is: %s', (name, actions) => {
    expect(actionsOf(captured(name)).join(' ')).toBe(actions);
  });

  test('every action of the catalogue is captured at least once', () => {
    const seen = new Set(captures.flatMap((name) => actionsOf(captured(name))));
    expect(seen).toEqual(new Set(Object.keys(CATALOGUE)));
  });

  test.each(['deployment-status', 'widget-status', 'deployment-status-by-deployment-controller'])(
    '%s is an Update for a guardrail with includeStatus',
    (name) => expect(actionsOf(captured(name), true)).toContain('Update'),
  );

  test('what is implied is found too: the wider word sees the narrower', () => {
    for (const name of captures) {
      const actions = actionsOf(captured(name), true);
      for (const action of actions)
        expect(actions, name).toEqual(expect.arrayContaining([...CATALOGUE[action].implies]));
    }
  });
});

interface Twin {
  readonly name: string;
  readonly of: Review;
  readonly is: string;
}

const deployment = (from: KubeObject, to: KubeObject, parts: Partial<Review> = {}) =>
  review({ oldObject: from, object: to, ...parts });
const podBearing = (images: readonly object[]) => ({ spec: { template: { spec: { containers: images } } } });
const finalizers = (...names: string[]) => ({ metadata: { finalizers: names } });
const going = (...names: string[]) => ({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: names } });
const CORE = { group: '', version: 'v1' };

const TWINS: readonly Twin[] = [
  {
    name: 'replicas that a Deployment does not set count as 1',
    of: deployment({ spec: {} }, { spec: { replicas: 0 } }),
    is: 'ScaleToZero ScaleDown Update',
  },
  {
    name: 'replicas that a custom resource drops count as 0',
    of: widgetUpdate({ spec: { pool: { size: 3 } } }, { spec: {} }),
    is: 'ScaleToZero ScaleDown Update',
  },
  {
    name: 'replicas of a custom resource that become a text count as 0',
    of: widgetUpdate({ spec: { pool: { size: 3 } } }, { spec: { pool: { size: '3' } } }),
    is: 'ScaleToZero ScaleDown Update',
  },
  {
    name: 'spec.replicas of a custom resource that scales elsewhere is no scaling',
    of: widgetUpdate({ spec: { replicas: 3 } }, { spec: { replicas: 1 } }),
    is: 'Update',
  },
  {
    name: 'spec.replicas of a custom resource without a scale subresource is no scaling',
    of: widgetUpdate({ spec: { replicas: 3 } }, { spec: { replicas: 1 } }, { resource: 'gadgets' }),
    is: 'Update',
  },
  {
    name: 'a DaemonSet can not be scaled',
    of: deployment({ spec: { replicas: 3 } }, { spec: { replicas: 1 } }, { resource: 'daemonsets' }),
    is: 'Update',
  },
  {
    name: 'the same replicas are no scaling',
    of: deployment({ spec: { replicas: 3 } }, { spec: { replicas: 3 } }),
    is: '',
  },
  {
    name: 'a removed container brings no image in',
    of: deployment(
      podBearing([
        { name: 'a', image: 'a' },
        { name: 'b', image: 'b' },
      ]),
      podBearing([{ name: 'a', image: 'a' }]),
    ),
    is: 'ResourceDecrease ResourceChange PodTemplateChange Update',
  },
  {
    name: 'a known image in a container of another name comes in',
    of: deployment(podBearing([{ name: 'a', image: 'a' }]), podBearing([{ name: 'b', image: 'a' }])),
    is: 'ImageChange ResourceDecrease ResourceIncrease ResourceChange PodTemplateChange Update',
  },
  {
    name: 'an image volume brings an image in',
    of: deployment(
      { spec: { template: { spec: {} } } },
      { spec: { template: { spec: { volumes: [{ name: 'v', image: { reference: 'a' } }] } } } },
    ),
    is: 'ImageChange PodTemplateChange Update',
  },
  {
    name: 'the finalizers in the spec of what is no Namespace do not keep it',
    of: widgetUpdate({ ...going('x/one'), spec: { finalizers: ['y'] } }, { ...going(), spec: { finalizers: ['y'] } }),
    is: 'Delete FinalizerRemove Update',
  },
  {
    name: 'a word in the spec of what is no Namespace is no finalizer',
    of: widgetUpdate({ spec: { finalizers: ['y'] } }, { spec: { finalizers: [] } }),
    is: 'Update',
  },
  {
    name: 'a terminating Namespace that keeps a finalizer in its metadata stays',
    of: review({
      ...CORE,
      resource: 'namespaces',
      subresource: 'finalize',
      oldObject: { ...going('x/one'), spec: { finalizers: ['kubernetes'] } },
      object: { ...going('x/one'), spec: {} },
    }),
    is: 'FinalizerRemove Update',
  },
  {
    name: 'the last finalizer of what is not being deleted does not delete it',
    of: deployment(finalizers('x/one'), finalizers()),
    is: 'FinalizerRemove Update',
  },
  {
    name: 'a terminating object that had no finalizer is not deleted by an update',
    of: deployment({ ...going(), spec: { a: 1 } }, { ...going(), spec: { a: 2 } }),
    is: 'Update',
  },
  {
    name: 'the last finalizer that goes through an approval deletes',
    of: review({
      group: 'certificates.k8s.io',
      resource: 'certificatesigningrequests',
      subresource: 'approval',
      oldObject: going('x/one'),
      object: going(),
    }),
    is: 'Delete FinalizerRemove Update',
  },
  {
    name: 'another finalizer in the place of the last one keeps the object',
    of: deployment(going('x/one'), going('x/two')),
    is: 'FinalizerRemove Update',
  },
  {
    name: 'a longer deadline ends nothing',
    of: review({
      ...CORE,
      group: 'batch',
      resource: 'jobs',
      oldObject: { spec: { activeDeadlineSeconds: 10 } },
      object: { spec: { activeDeadlineSeconds: 20 } },
    }),
    is: 'Update',
  },
  {
    name: 'a deadline that is taken off ends nothing',
    of: review({
      group: 'batch',
      resource: 'jobs',
      oldObject: { spec: { activeDeadlineSeconds: 10 } },
      object: { spec: {} },
    }),
    is: 'Update',
  },
  {
    name: 'a deadline of what is no Pod and no Job is a field like any',
    of: deployment({ spec: {} }, { spec: { activeDeadlineSeconds: 1 } }),
    is: 'Update',
  },
  {
    name: 'another resourceVersion, generation and managedFields are no Update',
    of: deployment(
      { metadata: { resourceVersion: '1', generation: 1, managedFields: [] } },
      { metadata: { resourceVersion: '2', generation: 2, managedFields: [{}] } },
    ),
    is: '',
  },
  {
    name: 'status that is written through the object itself, where it is no subresource, is an Update',
    of: widgetUpdate({ status: { a: 1 } }, { status: { a: 2 } }, { resource: 'gadgets' }),
    is: 'Update',
  },
  {
    name: 'another order of init containers is an Update, since they run one after the other',
    of: deployment(
      { spec: { template: { spec: { initContainers: [{ name: 'a' }, { name: 'b' }] } } } },
      { spec: { template: { spec: { initContainers: [{ name: 'b' }, { name: 'a' }] } } } },
    ),
    is: 'PodTemplateChange Update',
  },
  {
    name: 'another owner in the place of one is an OwnerChange',
    of: deployment(
      { metadata: { ownerReferences: [{ uid: '1', name: 'a', kind: 'A' }] } },
      { metadata: { ownerReferences: [{ uid: '2', name: 'a', kind: 'A' }] } },
    ),
    is: 'OwnerChange Update',
  },
];

describe('what looks like an action, and what hides one', () => {
  test.each(TWINS)('$name', ({ of, is }) => expect(actionsOf(of).join(' ')).toBe(is));
});

describe('what an action tells of the change', () => {
  const changesOf = (name: string, action: ActionType) => {
    const of = captured(name);
    const info = resources.get(resourceKey(of));
    return CATALOGUE[action].detect({ review: of, target: targetOf(of, undefined, info), info });
  };

  test.each([
    ['deployment-scale', 'ScaleDown', [{ path: '$.spec.replicas', from: 4, to: 1 }]],
    ['deployment-scale-to-zero', 'ScaleToZero', [{ path: '$.spec.replicas', from: 4, to: 0 }]],
    ['widget-scale', 'ScaleDown', [{ path: '$.spec.pool.size', from: 4, to: 1 }]],
    ['widget-scale-down-by-update', 'ScaleDown', [{ path: '$.spec.pool.size', from: 4, to: 1 }]],
    [
      'pod-image-init-container',
      'ImageChange',
      [{ path: '$.spec.initContainers[init].image', from: 'busybox:1.36', to: 'evil.example.net/init:2' }],
    ],
    [
      'pod-image-ephemeral-container',
      'ImageChange',
      [{ path: '$.spec.ephemeralContainers[debugger-abcde].image', to: 'evil.example.net/debug:2' }],
    ],
    ['deployment-label-removed', 'LabelChange', [{ path: '$.metadata.labels.tier', from: 'gold', to: undefined }]],
    ['configmap-finalizer-removed', 'FinalizerRemove', [{ path: '$.metadata.finalizers', from: 'example.com/one' }]],
    ['job-deadline-shortened', 'Delete', [{ path: '$.spec.activeDeadlineSeconds', from: 600, to: 1 }]],
    ['pod-deadline-set', 'Delete', [{ path: '$.spec.activeDeadlineSeconds', from: undefined, to: 1 }]],
    [
      'pod-exec',
      'Exec',
      [
        { path: '$.container', to: 'web' },
        { path: '$.command', to: 'mysql (and 1 more)' },
        { path: '$.stdin', to: true },
      ],
    ],
    ['pod-port-forward', 'PortForward', [{ path: '$.ports', to: '8080, 9090' }]],
  ] as const)('%s as %s', (name, action, changes) => expect(changesOf(name, action)).toEqual(changes));

  test('an ImageChange on create brings in every image', () => {
    expect(changesOf('cronjob-create', 'ImageChange')?.map(({ to }) => to)).toEqual([
      'registry.example.com/shop/web:1.0.0',
      'envoyproxy/envoy:v1.30.0',
      'busybox:1.36',
    ]);
  });
});
