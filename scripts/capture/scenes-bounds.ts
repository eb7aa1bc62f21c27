import { cronJob, job, pod, workload } from './objects.ts';
import { controller, picked, type Scene } from './scene.ts';
import { NAMESPACE, type Stage } from './stage.ts';

const N = ['-n', NAMESPACE];
const FROM_INPUT = ['-f', '-'];
const STATUS = '--subresource=status';

const create =
  (...objects: readonly object[]) =>
  async (stage: Stage) => {
    for (const object of objects) await stage.kubectl('admin', ['create', ...FROM_INPUT], object);
  };

const merge =
  (what: string, body: object, ...more: readonly string[]) =>
  (stage: Stage) =>
    stage.kubectl('alice', ['patch', ...what.split('/'), ...N, '--type=merge', '-p', JSON.stringify(body), ...more]);

const kubectl =
  (...args: readonly string[]) =>
  (stage: Stage) =>
    stage.kubectl('alice', args);

const byAlice = (operation: string, on: string) => picked(operation, { on, by: 'alice' });

const budget = (name: string, spec: object = { minAvailable: 2 }) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace: NAMESPACE },
  spec: { selector: { matchLabels: { app: name } }, ...spec },
});

/** An update of a budget, and what is kept of it. */
const rebudgeted = (name: string, spec: object, from?: object): Scene => ({
  given: create(budget(name, from)),
  act: merge(`pdb/${name}`, { spec }),
  keeps: { [`budget-${name}`]: byAlice('UPDATE', 'poddisruptionbudgets') },
});

const BUDGETS: readonly Scene[] = [
  rebudgeted('lowered', { minAvailable: 1 }),
  rebudgeted('lowered-by-percent', { minAvailable: '10%' }, { minAvailable: '50%' }),
  rebudgeted('switched', { minAvailable: null, maxUnavailable: 3 }),
  rebudgeted('narrowed', { selector: { matchLabels: { tier: 'gold' } } }),
  rebudgeted('of-unhealthy', { unhealthyPodEvictionPolicy: 'AlwaysAllow' }),
  rebudgeted('raised', { minAvailable: 3 }),
  {
    given: create(budget('deleted')),
    act: kubectl('delete', 'pdb', 'deleted', ...N),
    keeps: { 'budget-deleted': byAlice('DELETE', 'poddisruptionbudgets') },
  },
  {
    given: create(budget('counted-by-hand')),
    act: merge('pdb/counted-by-hand', { status: { disruptionsAllowed: 5, observedGeneration: 7 } }, STATUS),
    keeps: { 'budget-allows-more-through-status': byAlice('UPDATE', 'poddisruptionbudgets/status') },
  },
  {
    act: create(budget('tallied')),
    keeps: {
      'budget-counted-by-disruption-controller': picked('UPDATE', {
        on: 'poddisruptionbudgets/status',
        by: controller('disruption-controller'),
        name: 'tallied',
      }),
    },
  },
];

const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } };
const memory = {
  type: 'Resource',
  resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
};

const autoscaler = (name: string) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name, namespace: NAMESPACE },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'absent' },
    minReplicas: 2,
    maxReplicas: 10,
    metrics: [cpu, memory],
  },
});

const rescaled = (name: string, spec: object): Scene => ({
  given: create(autoscaler(name)),
  act: merge(`hpa/${name}`, { spec }),
  keeps: { [`autoscaler-${name}`]: byAlice('UPDATE', 'horizontalpodautoscalers') },
});

const customResource = (group: string, plural: string, kind: string, version: string) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: `${plural}.${group}`,
    annotations: { 'api-approved.kubernetes.io': 'unapproved, served to capture reviews' },
  },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources: { status: {} },
      },
    ],
  },
});

/** A custom resource that is served from now on, and one object of it. */
const served =
  (definition: ReturnType<typeof customResource>, object: { readonly spec: object }) => async (stage: Stage) => {
    const { names, group, versions } = definition.spec;
    await stage.kubectl('admin', ['apply', ...FROM_INPUT], definition);
    await stage.until('admin', ['get', names.plural, ...N]);
    const typeMeta = { apiVersion: `${group}/${versions[0]?.name}`, kind: names.kind };
    await stage.kubectl('admin', ['create', ...FROM_INPUT], { ...typeMeta, ...object });
  };

const SCALED_OBJECTS = customResource('keda.sh', 'scaledobjects', 'ScaledObject', 'v1alpha1');
const VERTICAL = customResource('autoscaling.k8s.io', 'verticalpodautoscalers', 'VerticalPodAutoscaler', 'v1');
const CONTENTS = customResource('snapshot.storage.k8s.io', 'volumesnapshotcontents', 'VolumeSnapshotContent', 'v1');

const named = (name: string, spec: object) => ({ metadata: { name, namespace: NAMESPACE }, spec });

const scaledObject = (name: string) =>
  named(name, {
    scaleTargetRef: { name: 'absent' },
    minReplicaCount: 1,
    maxReplicaCount: 20,
    triggers: [{ type: 'cron', metadata: { timezone: 'UTC', start: '0 6 * * *', end: '0 20 * * *' } }],
  });

const AUTOSCALERS: readonly Scene[] = [
  rescaled('bounds-changed', { minReplicas: 1, maxReplicas: 3 }),
  rescaled('retargeted', { scaleTargetRef: { name: 'other' } }),
  rescaled('metrics-reordered', { metrics: [memory, cpu] }),
  {
    act: (stage) => stage.kubectl('alice', ['create', ...FROM_INPUT], autoscaler('made')),
    keeps: { 'autoscaler-create': byAlice('CREATE', 'horizontalpodautoscalers') },
  },
  {
    given: create(autoscaler('deleted')),
    act: kubectl('delete', 'hpa', 'deleted', ...N),
    keeps: { 'autoscaler-delete': byAlice('DELETE', 'horizontalpodautoscalers') },
  },
  {
    given: create(autoscaler('through-v1')),
    act: (stage) => {
      const path = `/apis/autoscaling/v1/namespaces/${NAMESPACE}/horizontalpodautoscalers/through-v1`;
      return stage.kubectl('alice', ['replace', '--raw', path, ...FROM_INPUT], IN_VERSION_1);
    },
    keeps: { 'autoscaler-metrics-through-version-1': byAlice('UPDATE', 'horizontalpodautoscalers') },
  },
  {
    given: served(SCALED_OBJECTS, scaledObject('lowered')),
    act: merge('scaledobject/lowered', { spec: { maxReplicaCount: 2 } }),
    keeps: { 'scaledobject-maximum-lowered': byAlice('UPDATE', 'scaledobjects') },
  },
  {
    given: served(SCALED_OBJECTS, scaledObject('paused')),
    act: kubectl('annotate', 'scaledobject', 'paused', ...N, 'autoscaling.keda.sh/paused=true'),
    keeps: { 'scaledobject-paused': byAlice('UPDATE', 'scaledobjects') },
  },
  {
    given: served(VERTICAL, named('mode', { targetRef: { name: 'absent' }, updatePolicy: { updateMode: 'Off' } })),
    act: merge('verticalpodautoscaler/mode', { spec: { updatePolicy: { updateMode: 'Recreate' } } }),
    keeps: { 'vertical-autoscaler-mode-changed': byAlice('UPDATE', 'verticalpodautoscalers') },
  },
];

/** In version 1 what is no CPU metric stands in an annotation. */
const IN_VERSION_1 = {
  apiVersion: 'autoscaling/v1',
  kind: 'HorizontalPodAutoscaler',
  metadata: {
    name: 'through-v1',
    namespace: NAMESPACE,
    annotations: {
      'autoscaling.alpha.kubernetes.io/metrics': JSON.stringify([
        { type: 'Resource', resource: { name: 'memory', targetAverageValue: '2Gi' } },
      ]),
    },
  },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'absent' },
    minReplicas: 2,
    maxReplicas: 10,
    targetCPUUtilizationPercentage: 80,
  },
};

const volume = (name: string) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    persistentVolumeReclaimPolicy: 'Retain',
    hostPath: { path: '/absent' },
  },
});

const RETENTION: readonly Scene[] = [
  {
    given: create(volume('no-longer-retained')),
    act: merge('pv/no-longer-retained', { spec: { persistentVolumeReclaimPolicy: 'Delete' } }),
    keeps: { 'volume-no-longer-retained': byAlice('UPDATE', 'persistentvolumes') },
  },
  {
    given: create(workload('StatefulSet', 'claims-go')),
    act: merge('statefulset/claims-go', {
      spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' } },
    }),
    keeps: { 'statefulset-claims-no-longer-retained': byAlice('UPDATE', 'statefulsets') },
  },
  {
    given: create(job('ttl')),
    act: merge('job/ttl', { spec: { ttlSecondsAfterFinished: 60 } }),
    keeps: { 'job-ttl-set': byAlice('UPDATE', 'jobs') },
  },
  {
    given: create(cronJob('history')),
    act: merge('cronjob/history', { spec: { successfulJobsHistoryLimit: 0 } }),
    keeps: { 'cronjob-history-shortened': byAlice('UPDATE', 'cronjobs') },
  },
  {
    given: create(workload('Deployment', 'no-history')),
    act: merge('deployment/no-history', { spec: { revisionHistoryLimit: 0 } }),
    keeps: { 'deployment-no-old-revisions': byAlice('UPDATE', 'deployments') },
  },
  {
    given: served(CONTENTS, named('snapshot', { deletionPolicy: 'Retain' })),
    act: merge('volumesnapshotcontent/snapshot', { spec: { deletionPolicy: 'Delete' } }),
    keeps: { 'snapshot-no-longer-retained': byAlice('UPDATE', 'volumesnapshotcontents') },
  },
];

const node = (name: string, spec: object = {}) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec });

const NODES: readonly Scene[] = [
  {
    given: create(node('cordoned')),
    act: kubectl('cordon', 'cordoned'),
    keeps: {
      'node-cordon': byAlice('UPDATE', 'nodes'),
      'node-tainted-by-node-controller': picked('UPDATE', {
        on: 'nodes',
        by: controller('node-controller'),
        name: 'cordoned',
        where: ({ object }) => JSON.stringify(object).includes('node.kubernetes.io/unschedulable'),
      }),
    },
  },
  {
    given: create(node('uncordoned', { unschedulable: true })),
    act: kubectl('uncordon', 'uncordoned'),
    keeps: { 'node-uncordon': byAlice('UPDATE', 'nodes') },
  },
  {
    given: create(node('tainted')),
    act: kubectl('taint', 'nodes', 'tainted', 'dedicated=db:NoExecute'),
    keeps: { 'node-taint': byAlice('UPDATE', 'nodes') },
  },
  {
    given: create(node('annotated')),
    act: merge('node/annotated', { metadata: { annotations: { 'example.com/rack': 'a1' } } }, STATUS),
    keeps: { 'node-annotated-through-status': byAlice('UPDATE', 'nodes/status') },
  },
];

const REVISION = 'deployment.kubernetes.io/revision';

const ANNOTATIONS: readonly Scene[] = [
  {
    given: create(workload('Deployment', 'annotated')),
    act: kubectl('annotate', 'deployment', 'annotated', ...N, 'example.com/owner=shop'),
    keeps: { 'deployment-annotated': byAlice('UPDATE', 'deployments') },
  },
  {
    given: create(workload('StatefulSet', 'annotated')),
    act: merge('statefulset/annotated', { metadata: { annotations: { 'example.com/owner': 'shop' } } }, STATUS),
    keeps: { 'statefulset-annotated-through-status': byAlice('UPDATE', 'statefulsets/status') },
  },
  {
    given: create(pod('annotated')),
    act: (stage) =>
      stage.attempt(
        'alice',
        ['create', '--raw', `/api/v1/namespaces/${NAMESPACE}/pods/annotated/binding`, ...FROM_INPUT],
        {
          apiVersion: 'v1',
          kind: 'Binding',
          metadata: { name: 'annotated', namespace: NAMESPACE, annotations: { 'example.com/owner': 'shop' } },
          target: { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
        },
      ),
    keeps: { 'pod-annotated-by-binding': byAlice('CREATE', 'pods/binding') },
  },
  {
    given: (stage) => stage.kubectl('alice', ['apply', ...FROM_INPUT], workload('Deployment', 'reapplied-by-hand')),
    act: (stage) => stage.kubectl('alice', ['apply', ...FROM_INPUT], workload('Deployment', 'reapplied-by-hand', 5)),
    keeps: { 'deployment-scale-up-by-apply': byAlice('UPDATE', 'deployments') },
  },
  {
    act: create(workload('Deployment', 'revised')),
    keeps: {
      'deployment-revision-by-deployment-controller': picked('UPDATE', {
        on: 'deployments/status',
        by: controller('deployment-controller'),
        name: 'revised',
        where: ({ object, oldObject }) =>
          JSON.stringify(object).includes(REVISION) && !JSON.stringify(oldObject).includes(REVISION),
      }),
    },
  },
];

/** Budgets, autoscalers, retention, Nodes and annotations. */
export const BOUNDS: readonly Scene[] = [...BUDGETS, ...AUTOSCALERS, ...RETENTION, ...NODES, ...ANNOTATIONS];
