import { ABSENT_OWNER, claim, configMap, job, namespaceObject, pod, widget, workload } from './objects.ts';
import { controller, picked, type Scene } from './scene.ts';
import { NAMESPACE, type Stage } from './stage.ts';

const N = ['-n', NAMESPACE];
const FROM_INPUT = ['-f', '-'];
const FINALIZERS = ['example.com/one', 'example.com/two'];

const create =
  (...objects: readonly object[]) =>
  async (stage: Stage) => {
    for (const object of objects) await stage.kubectl('admin', ['create', ...FROM_INPUT], object);
  };

const merge =
  (what: string, body: object, more: readonly string[] = []) =>
  (stage: Stage) =>
    stage.kubectl('alice', ['patch', ...what.split('/'), ...N, '--type=merge', '-p', JSON.stringify(body), ...more]);

const metadata = (what: string, body: object, more: readonly string[] = []) => merge(what, { metadata: body }, more);

/** An object that is being deleted, and held by its finalizers. */
const terminating = (what: string, object: object) => async (stage: Stage) => {
  await create(object)(stage);
  await stage.kubectl('admin', ['delete', ...what.split('/'), ...N, '--wait=false']);
};

const raw = (path: string, body: object) => (stage: Stage) =>
  stage.attempt('alice', ['create', '--raw', path, ...FROM_INPUT], body);

const eviction = (name: string, deleteOptions?: object) => ({
  apiVersion: 'policy/v1',
  kind: 'Eviction',
  metadata: { name, namespace: NAMESPACE },
  ...(deleteOptions && { deleteOptions }),
});

const pods = `/api/v1/namespaces/${NAMESPACE}/pods`;

/** A node of which no kubelet speaks, and a Pod that is bound to it. */
const boundPod = (name: string) => async (stage: Stage) => {
  await stage.attempt('admin', ['create', ...FROM_INPUT], {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node-1' },
  });
  await create(pod(name, { nodeName: 'node-1', tolerations: [{ operator: 'Exists' }] }))(stage);
};

/** A request for a certificate, for CN=nobody, that nobody signs; its key was thrown away. */
export const SIGNING_REQUEST =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIS01ITUNBUUF3RVRFUE1BMEdBMVVFQXd3R2JtOWliMlI1TUZr' +
  'd0V3WUhLb1pJemowQ0FRWUlLb1pJemowRApBUWNEUWdBRVhiSDhOc2htSHB3NG03dHhZdSttYjdUNXJxZ0piaEd1VzNMQWJEMFA3' +
  'N2NPNmwyYkVXREs3QWpTCjV6Q1lSQXRzQnZ2SitJcmtpOUF6bXUyd3djR3pMNkFBTUFvR0NDcUdTTTQ5QkFNQ0EwY0FNRVFDSURJ' +
  'OU5vTWIKMFNtQy9SMG9XY0hTbjR4OEhESDJrb3JrWW5UTlhNTzZTOCtvQWlCajFodE5KSlBaV2FxcFQ0cmFuYTI3VHFONQpydHNK' +
  'c2JnaTdaMis2WlN4NkE9PQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K';

export const DELETES: readonly Scene[] = [
  {
    given: create(workload('Deployment', 'deleted')),
    act: (stage) => stage.kubectl('alice', ['delete', 'deployment', 'deleted', ...N]),
    keeps: {
      'deployment-delete': picked('DELETE', { on: 'deployments', by: 'alice' }),
      'replicaset-delete-by-garbage-collector': picked('DELETE', {
        on: 'replicasets',
        by: controller('generic-garbage-collector'),
        name: 'deleted',
      }),
      'pod-delete-by-garbage-collector': picked('DELETE', {
        on: 'pods',
        by: controller('generic-garbage-collector'),
        name: 'deleted',
      }),
    },
  },
  {
    given: create(configMap('of-many-1'), configMap('of-many-2')),
    act: (stage) =>
      stage.kubectl('alice', ['delete', '--raw', `/api/v1/namespaces/${NAMESPACE}/configmaps?labelSelector=tier=gold`]),
    keeps: { 'configmap-delete-collection': picked('DELETE', { on: 'configmaps', by: 'alice', name: 'of-many' }) },
  },
  {
    given: create(pod('forced')),
    act: (stage) => stage.kubectl('alice', ['delete', 'pod', 'forced', ...N, '--force', '--grace-period=0']),
    keeps: { 'pod-delete-forced': picked('DELETE', { on: 'pods', by: 'alice' }) },
  },
  {
    given: create(pod('dry')),
    act: (stage) => stage.kubectl('alice', ['delete', 'pod', 'dry', ...N, '--dry-run=server']),
    keeps: { 'pod-delete-dry-run': picked('DELETE', { on: 'pods', by: 'alice' }) },
  },
  {
    given: create(pod('evicted')),
    act: raw(`${pods}/evicted/eviction`, eviction('evicted')),
    keeps: { 'pod-evict': picked('CREATE', { on: 'pods/eviction', by: 'alice' }) },
  },
  {
    given: create(pod('evicted-forged')),
    act: raw(`${pods}/evicted-forged/eviction`, {
      ...eviction('evicted-forged'),
      metadata: { name: 'evicted-forged', uid: ABSENT_OWNER.uid, labels: { forged: 'yes' } },
    }),
    keeps: { 'pod-evict-forged-metadata': picked('CREATE', { on: 'pods/eviction', by: 'alice' }) },
  },
  {
    given: create(pod('evicted-dry')),
    act: raw(`${pods}/evicted-dry/eviction?dryRun=All`, eviction('evicted-dry')),
    keeps: { 'pod-evict-dry-run-query': picked('CREATE', { on: 'pods/eviction', by: 'alice' }) },
  },
  {
    given: boundPod('drained'),
    act: (stage) =>
      stage.attempt('alice', [
        'drain',
        'node-1',
        '--dry-run=server',
        '--force',
        '--ignore-daemonsets',
        '--delete-emptydir-data',
      ]),
    keeps: { 'pod-evict-by-drain-dry-run': picked('CREATE', { on: 'pods/eviction', by: 'alice', name: 'drained' }) },
  },
  {
    given: async (stage) => {
      await boundPod('ended')(stage);
      await stage.kubectl('admin', ['delete', 'pod', 'ended', ...N, '--wait=false']);
    },
    act: (stage) => stage.kubectl('node-1', ['delete', 'pod', 'ended', ...N, '--force', '--grace-period=0']),
    keeps: { 'pod-delete-by-kubelet': picked('DELETE', { on: 'pods', by: 'system:node:node-1', name: 'ended' }) },
  },
  {
    given: create(job('deadline', { activeDeadlineSeconds: 600 })),
    act: merge('job/deadline', { spec: { activeDeadlineSeconds: 1 } }),
    keeps: { 'job-deadline-shortened': picked('UPDATE', { on: 'jobs', by: 'alice' }) },
  },
  {
    given: create(pod('deadline')),
    act: merge('pod/deadline', { spec: { activeDeadlineSeconds: 1 } }),
    keeps: { 'pod-deadline-set': picked('UPDATE', { on: 'pods', by: 'alice' }) },
  },
  {
    given: (stage) => stage.kubectl('admin', ['create', ...FROM_INPUT], namespaceObject('closing')),
    act: async (stage) => {
      await stage.until('admin', ['get', 'serviceaccount', 'default', '-n', 'closing']);
      await stage.kubectl('admin', ['create', 'configmap', 'content', '-n', 'closing']);
      await stage.kubectl('alice', ['delete', 'namespace', 'closing']);
    },
    keeps: {
      'namespace-delete': picked('DELETE', { on: 'namespaces', by: 'alice' }),
      'configmap-delete-by-namespace-controller': picked('DELETE', {
        on: 'configmaps',
        by: controller('namespace-controller'),
        name: 'content',
      }),
      'namespace-finalize-by-namespace-controller': picked('UPDATE', {
        on: 'namespaces/finalize',
        by: controller('namespace-controller'),
        name: 'closing',
      }),
    },
  },
];

export const METADATA: readonly Scene[] = [
  {
    given: create(configMap('finalized', { finalizers: FINALIZERS })),
    act: metadata('configmap/finalized', { finalizers: ['example.com/two'] }),
    keeps: { 'configmap-finalizer-removed': picked('UPDATE', { on: 'configmaps', by: 'alice' }) },
  },
  {
    given: terminating('configmap/going', configMap('going', { finalizers: FINALIZERS })),
    act: metadata('configmap/going', { finalizers: null }),
    keeps: { 'configmap-last-finalizer-removed': picked('UPDATE', { on: 'configmaps', by: 'alice' }) },
  },
  {
    given: terminating('configmap/staying', configMap('staying', { finalizers: FINALIZERS })),
    act: metadata('configmap/staying', { finalizers: ['example.com/two'] }),
    keeps: { 'configmap-one-of-two-finalizers-removed': picked('UPDATE', { on: 'configmaps', by: 'alice' }) },
  },
  {
    given: terminating('deployment/going', {
      ...workload('Deployment', 'going'),
      metadata: { name: 'going', namespace: NAMESPACE, finalizers: ['example.com/one'] },
    }),
    act: metadata('deployment/going', { finalizers: null }, ['--subresource=status']),
    keeps: {
      'deployment-last-finalizer-removed-through-status': picked('UPDATE', { on: 'deployments/status', by: 'alice' }),
    },
  },
  {
    given: terminating('widget/going', {
      ...widget('going', 1, { finalizers: ['example.com/one'] }),
      spec: { finalizers: ['not-one'] },
    }),
    act: metadata('widget/going', { finalizers: null }),
    keeps: { 'widget-last-finalizer-removed': picked('UPDATE', { on: 'widgets', by: 'alice' }) },
  },
  {
    given: (stage) => stage.kubectl('admin', ['create', ...FROM_INPUT], namespaceObject('finalized')),
    act: async (stage) => {
      const namespace = JSON.parse(await stage.kubectl('admin', ['get', 'namespace', 'finalized', '-o', 'json']));
      await stage.kubectl('alice', ['replace', '--raw', '/api/v1/namespaces/finalized/finalize', ...FROM_INPUT], {
        ...namespace,
        metadata: { ...namespace.metadata, labels: {} },
        spec: { finalizers: [] },
      });
    },
    keeps: {
      'namespace-finalizer-removed-through-finalize': picked('UPDATE', { on: 'namespaces/finalize', by: 'alice' }),
    },
  },
  {
    given: create(configMap('owned')),
    act: metadata('configmap/owned', { ownerReferences: [ABSENT_OWNER] }),
    keeps: { 'configmap-owner-injected': picked('UPDATE', { on: 'configmaps', by: 'alice' }) },
  },
  {
    given: create(workload('Deployment', 'owned')),
    act: metadata('deployment/owned', { ownerReferences: [ABSENT_OWNER] }, ['--subresource=status']),
    keeps: { 'deployment-owner-injected-through-status': picked('UPDATE', { on: 'deployments/status', by: 'alice' }) },
  },
];

export const PODS: readonly Scene[] = [
  {
    given: create(pod('target')),
    act: (stage) =>
      stage.attempt('alice', ['exec', 'target', ...N, '-c', 'web', '-it', '--', 'mysql', '--password=hunter2-5ecret']),
    keeps: { 'pod-exec': picked('CONNECT', { on: 'pods/exec', by: 'alice' }) },
  },
  {
    // kubectl itself refuses to attach to a Pod that does not run, and to forward its ports.
    act: (stage) =>
      stage.attempt(
        'alice',
        ['create', '--raw', `${pods}/target/attach?container=web&stdin=true&stdout=true`, ...FROM_INPUT],
        {},
      ),
    keeps: { 'pod-attach': picked('CONNECT', { on: 'pods/attach', by: 'alice' }) },
  },
  {
    act: (stage) =>
      stage.attempt(
        'alice',
        ['create', '--raw', `${pods}/target/portforward?ports=8080&ports=9090`, ...FROM_INPUT],
        {},
      ),
    keeps: { 'pod-port-forward': picked('CONNECT', { on: 'pods/portforward', by: 'alice' }) },
  },
  {
    act: (stage) => stage.attempt('alice', ['exec', 'nobody', ...N, '--', 'sh']),
    keeps: {},
  },
  {
    given: create(pod('unbound')),
    act: raw(`${pods}/unbound/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'unbound', namespace: NAMESPACE, labels: { tier: 'iron' }, annotations: { by: 'alice' } },
      target: { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
    }),
    keeps: { 'pod-bind': picked('CREATE', { on: 'pods/binding', by: 'alice' }) },
  },
  {
    given: create(pod('unbound-old')),
    act: raw(`/api/v1/namespaces/${NAMESPACE}/bindings`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'unbound-old', namespace: NAMESPACE },
      target: { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
    }),
    keeps: { 'binding-create': picked('CREATE', { on: 'bindings', by: 'alice' }) },
  },
];

export const CONTROLLERS: readonly Scene[] = [
  {
    act: create(workload('Deployment', 'rolled', 1)),
    keeps: {
      'replicaset-create-by-deployment-controller': picked('CREATE', {
        on: 'replicasets',
        by: controller('deployment-controller'),
        name: 'rolled',
      }),
      'pod-create-by-replicaset-controller': picked('CREATE', {
        on: 'pods',
        by: controller('replicaset-controller'),
        name: 'rolled',
      }),
      'deployment-status-by-deployment-controller': picked('UPDATE', {
        on: 'deployments/status',
        by: controller('deployment-controller'),
        name: 'rolled',
      }),
    },
  },
  {
    act: (stage) => stage.kubectl('alice', ['scale', 'deployment', 'rolled', ...N, '--replicas=0']),
    keeps: {
      'replicaset-scale-by-deployment-controller': picked('UPDATE', {
        on: 'replicasets',
        by: controller('deployment-controller'),
        name: 'rolled',
      }),
      'pod-delete-by-replicaset-controller': picked('DELETE', {
        on: 'pods',
        by: controller('replicaset-controller'),
        name: 'rolled',
      }),
    },
  },
  {
    given: create(job('tracked', { completions: 1, backoffLimit: 0, activeDeadlineSeconds: 600 })),
    act: async (stage) => {
      await stage.until('admin', ['get', 'pods', ...N, '-l', 'job-name=tracked', '-o', 'name'], (text) => text !== '');
      const name = (await stage.kubectl('admin', ['get', 'pods', ...N, '-l', 'job-name=tracked', '-o', 'name'])).trim();
      await stage.kubectl('admin', [
        'patch',
        name,
        ...N,
        '--subresource=status',
        '--type=merge',
        '-p',
        '{"status":{"phase":"Failed"}}',
      ]);
    },
    keeps: {
      'pod-finalizer-removed-by-job-controller': picked('UPDATE', {
        on: 'pods',
        by: controller('job-controller'),
        name: 'tracked',
        where: ({ object }) => (object?.metadata?.finalizers ?? []).length === 0,
      }),
    },
  },
  {
    given: create(claim('protected')),
    act: (stage) => stage.kubectl('alice', ['delete', 'pvc', 'protected', ...N]),
    keeps: {
      'claim-finalizer-removed-by-pvc-protection': picked('UPDATE', {
        on: 'persistentvolumeclaims',
        by: controller('pvc-protection-controller'),
        name: 'protected',
        where: ({ oldObject }) => oldObject?.metadata?.deletionTimestamp !== undefined,
      }),
    },
  },
  {
    given: create(workload('ReplicaSet', 'orphaning', 1)),
    act: (stage) => stage.kubectl('alice', ['delete', 'replicaset', 'orphaning', ...N, '--cascade=orphan']),
    keeps: {
      'pod-orphaned-by-garbage-collector': picked('UPDATE', {
        on: 'pods',
        by: controller('generic-garbage-collector'),
        name: 'orphaning',
      }),
      'replicaset-orphan-finalizer-removed-by-garbage-collector': picked('UPDATE', {
        on: 'replicasets',
        by: controller('generic-garbage-collector'),
        name: 'orphaning',
      }),
    },
  },
  {
    given: create(workload('ReplicaSet', 'forged', 0)),
    act: async (stage) => {
      const owner = JSON.parse(await stage.kubectl('admin', ['get', 'replicaset', 'forged', ...N, '-o', 'json']));
      await stage.kubectl(
        'alice',
        ['create', ...FROM_INPUT],
        pod(
          'forged-pod',
          {},
          {
            labels: { app: 'another' },
            ownerReferences: [
              {
                apiVersion: 'apps/v1',
                kind: 'ReplicaSet',
                name: 'forged',
                uid: owner.metadata.uid,
                controller: true,
                blockOwnerDeletion: true,
              },
            ],
          },
        ),
      );
    },
    keeps: { 'pod-create-with-forged-owner': picked('CREATE', { on: 'pods', by: 'alice', name: 'forged-pod' }) },
  },
  {
    given: create({
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name: 'held', labels: { tier: 'gold' }, finalizers: ['example.com/one'] },
      spec: { request: SIGNING_REQUEST, signerName: 'example.com/signer', usages: ['client auth'] },
    }),
    act: async (stage) => {
      const csr = JSON.parse(await stage.kubectl('admin', ['get', 'csr', 'held', '-o', 'json']));
      await stage.kubectl(
        'alice',
        ['replace', '--raw', '/apis/certificates.k8s.io/v1/certificatesigningrequests/held/approval', ...FROM_INPUT],
        {
          ...csr,
          metadata: { ...csr.metadata, labels: {}, finalizers: [] },
        },
      );
    },
    keeps: {
      'csr-metadata-through-approval': picked('UPDATE', { on: 'certificatesigningrequests/approval', by: 'alice' }),
    },
  },
];
