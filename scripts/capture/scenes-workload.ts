import { cronJob, job, namespaceObject, pod, workload } from './objects.ts';
import { controller, picked, type Scene } from './scene.ts';
import { NAMESPACE, type Stage } from './stage.ts';

const N = ['-n', NAMESPACE];
const FROM_INPUT = ['-f', '-'];

type Act = Scene['act'];

const create =
  (...objects: readonly object[]): Act =>
  async (stage) => {
    for (const object of objects) await stage.kubectl('admin', ['create', ...FROM_INPUT], object);
  };

const by =
  (...args: readonly string[]): Act =>
  (stage) =>
    stage.kubectl('alice', [...args, ...N]);

const patch = (what: string, type: 'merge' | 'strategic' | 'json', body: unknown, ...more: readonly string[]): Act =>
  by('patch', ...what.split('/'), `--type=${type}`, '-p', JSON.stringify(body), ...more);

/** What alice's update of an object is kept as. */
const update = (name: string, on: string, object: string): Scene['keeps'] => ({
  [name]: picked('UPDATE', { on, by: 'alice', name: object }),
});

const deployment = (name: string): object => workload('Deployment', name);

/** A Deployment with more in its pod spec, and in that of its first container. */
function deploymentWith(name: string, spec: object, container: object = {}): object {
  const object = workload('Deployment', name);
  const { template } = object.spec;
  const { containers, ...rest } = template.spec as unknown as { readonly containers: readonly object[] };
  const [first, ...others] = containers;
  const podSpec = { ...rest, ...spec, containers: [{ ...first, ...container }, ...others] };
  return { ...object, spec: { ...object.spec, template: { ...template, spec: podSpec } } };
}

function daemonSet(name: string, annotations: object): object {
  const { selector, template } = workload('Deployment', name).spec;
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: NAMESPACE },
    spec: { selector, template: { ...template, metadata: { labels: { app: name }, annotations } } },
  };
}

const ofTemplate = (spec: object): object => ({ spec: { template: { spec } } });

const SUSPENSIONS: readonly Scene[] = [
  {
    given: create(deployment('paused')),
    act: by('rollout', 'pause', 'deployment/paused'),
    keeps: update('deployment-paused', 'deployments', 'paused'),
  },
  {
    given: async (stage) => {
      await create(deployment('resumed'))(stage);
      await by('rollout', 'pause', 'deployment/resumed')(stage);
    },
    act: by('rollout', 'resume', 'deployment/resumed'),
    keeps: update('deployment-resumed', 'deployments', 'resumed'),
  },
  {
    given: create(cronJob('suspended')),
    act: patch('cronjob/suspended', 'merge', { spec: { suspend: true } }),
    keeps: update('cronjob-suspended', 'cronjobs', 'suspended'),
  },
  {
    given: create(cronJob('jobs-suspended')),
    act: patch('cronjob/jobs-suspended', 'merge', { spec: { jobTemplate: { spec: { suspend: true } } } }),
    keeps: update('cronjob-jobs-suspended', 'cronjobs', 'jobs-suspended'),
  },
  {
    given: create(job('suspended')),
    act: patch('job/suspended', 'merge', { spec: { suspend: true } }),
    keeps: update('job-suspended', 'jobs', 'suspended'),
  },
];

const SCALINGS: readonly Scene[] = [
  {
    given: create(job('narrowed', { parallelism: 3, completions: 9 })),
    act: patch('job/narrowed', 'merge', { spec: { parallelism: 2 } }),
    keeps: update('job-parallelism-lowered', 'jobs', 'narrowed'),
  },
  {
    given: create(job('halted')),
    act: patch('job/halted', 'merge', { spec: { parallelism: 0 } }),
    keeps: update('job-parallelism-zero', 'jobs', 'halted'),
  },
  {
    given: create(workload('StatefulSet', 'moved')),
    act: patch('statefulset/moved', 'merge', { spec: { ordinals: { start: 3 } } }),
    keeps: update('statefulset-ordinals-moved', 'statefulsets', 'moved'),
  },
  {
    given: create(workload('StatefulSet', 'moved-away')),
    act: patch('statefulset/moved-away', 'merge', { spec: { ordinals: { start: 4 } } }),
    keeps: update('statefulset-ordinals-moved-away', 'statefulsets', 'moved-away'),
  },
];

const TEMPLATES: readonly Scene[] = [
  {
    given: create(deployment('restarted')),
    act: by('rollout', 'restart', 'deployment/restarted'),
    keeps: update('deployment-restarted', 'deployments', 'restarted'),
  },
  {
    given: create(daemonSet('restarted', { 'kubectl.kubernetes.io/restartedAt': 'some time ago' })),
    act: by('rollout', 'restart', 'daemonset/restarted'),
    keeps: update('daemonset-restarted-again', 'daemonsets', 'restarted'),
  },
  {
    given: create(deployment('template-label')),
    act: patch('deployment/template-label', 'merge', {
      spec: { template: { metadata: { labels: { tier: 'gold' } } } },
    }),
    keeps: update('deployment-template-label-added', 'deployments', 'template-label'),
  },
  {
    given: async (stage) => {
      await create(deployment('undone'))(stage);
      await by('set', 'image', 'deployment/undone', 'web=registry.example.com/shop/web:2.0.0')(stage);
      await stage.until('alice', ['rollout', 'undo', 'deployment/undone', ...N, '--dry-run=server']);
    },
    act: by('rollout', 'undo', 'deployment/undone'),
    keeps: update('deployment-rolled-back', 'deployments', 'undone'),
  },
];

const BOUNDS = 'bounds';
const IN_BOUNDS = ['-n', BOUNDS];

const quota = (name: string, spec: object): object => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name, namespace: BOUNDS },
  spec,
});

const limitRange = (name: string, limits: readonly object[]): object => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name, namespace: BOUNDS },
  spec: { limits },
});

const LIMITS = [{ type: 'Container', max: { cpu: '4', memory: '8Gi' }, default: { cpu: '1' }, min: { cpu: '100m' } }];

/** Bounds stand in a namespace of their own: they would reach what other scenes make. */
const bounded =
  (...objects: readonly object[]): Act =>
  async (stage) => {
    await stage.kubectl('admin', ['apply', ...FROM_INPUT], namespaceObject(BOUNDS));
    await create(...objects)(stage);
  };

/** Until the controller has repeated the hard values in the status. */
const settled = (name: string, spec: object) => async (stage: Stage) => {
  await bounded(quota(name, spec))(stage);
  await stage.until(
    'admin',
    ['get', 'quota', name, ...IN_BOUNDS, '-o', 'jsonpath={.status.hard}'],
    (hard) => hard !== '',
  );
};

const inBounds =
  (...args: readonly string[]): Act =>
  (stage) =>
    stage.kubectl('alice', [...args, ...IN_BOUNDS]);

const mergeInBounds = (what: string, body: object, ...more: readonly string[]): Act =>
  inBounds('patch', ...what.split('/'), '--type=merge', '-p', JSON.stringify(body), ...more);

const HARD = { hard: { pods: '10', 'requests.cpu': '4' } };

const AMOUNTS: readonly Scene[] = [
  {
    given: create(deployment('widened')),
    act: by('set', 'resources', 'deployment/widened', '-c=web', '--limits=cpu=2,memory=1Gi'),
    keeps: update('deployment-limits-raised', 'deployments', 'widened'),
  },
  {
    given: create(deployment('narrowed')),
    act: by('set', 'resources', 'deployment/narrowed', '-c=web', '--limits=cpu=800m', '--requests=cpu=250m'),
    keeps: update('deployment-resources-lowered', 'deployments', 'narrowed'),
  },
  {
    given: create(deployment('respelled')),
    act: patch(
      'deployment/respelled',
      'strategic',
      ofTemplate({ containers: [{ name: 'web', resources: { limits: { cpu: '1000m', memory: '524288Ki' } } }] }),
    ),
    keeps: update('deployment-limits-respelled', 'deployments', 'respelled'),
  },
  {
    given: create(deployment('renamed')),
    act: patch('deployment/renamed', 'json', [
      { op: 'replace', path: '/spec/template/spec/containers/0/name', value: 'web2' },
      { op: 'remove', path: '/spec/template/spec/containers/0/resources/limits' },
    ]),
    keeps: update('deployment-container-renamed-without-limits', 'deployments', 'renamed'),
  },
  {
    given: settled('raised', HARD),
    act: mergeInBounds('quota/raised', { spec: { hard: { pods: '20' } } }),
    keeps: update('quota-raised', 'resourcequotas', 'raised'),
  },
  {
    given: settled('lowered', HARD),
    act: mergeInBounds('quota/lowered', { spec: { hard: { 'requests.cpu': '1500m' } } }),
    keeps: {
      ...update('quota-lowered', 'resourcequotas', 'lowered'),
      'quota-status-by-quota-controller': picked('UPDATE', {
        on: 'resourcequotas/status',
        by: controller('resourcequota-controller'),
        name: 'lowered',
      }),
    },
  },
  {
    given: settled('overwritten', HARD),
    act: mergeInBounds('quota/overwritten', { status: { hard: { pods: '1000' } } }, '--subresource=status'),
    keeps: update('quota-raised-through-status', 'resourcequotas/status', 'overwritten'),
  },
  {
    given: settled('removed', HARD),
    act: inBounds('delete', 'quota', 'removed'),
    keeps: { 'quota-delete': picked('DELETE', { on: 'resourcequotas', by: 'alice', name: 'removed' }) },
  },
  {
    given: bounded(),
    act: (stage) => stage.kubectl('alice', ['create', ...FROM_INPUT], quota('added', HARD)),
    keeps: { 'quota-create': picked('CREATE', { on: 'resourcequotas', by: 'alice', name: 'added' }) },
  },
  {
    given: settled('rescoped', {
      hard: { pods: '10' },
      scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] },
    }),
    act: mergeInBounds('quota/rescoped', {
      spec: { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['low'] }] } },
    }),
    keeps: update('quota-rescoped', 'resourcequotas', 'rescoped'),
  },
  {
    given: bounded(limitRange('loosened', LIMITS)),
    act: mergeInBounds('limitrange/loosened', { spec: { limits: [{ ...LIMITS[0], max: { cpu: '4' } }] } }),
    keeps: update('limitrange-maximum-removed', 'limitranges', 'loosened'),
  },
  {
    given: bounded(limitRange('removed', LIMITS)),
    act: inBounds('delete', 'limitrange', 'removed'),
    keeps: { 'limitrange-delete': picked('DELETE', { on: 'limitranges', by: 'alice', name: 'removed' }) },
  },
  {
    given: async (stage) => {
      const storage = { storageClassName: 'expandable', accessModes: ['ReadWriteOnce'] };
      await create(
        {
          apiVersion: 'storage.k8s.io/v1',
          kind: 'StorageClass',
          metadata: { name: 'expandable' },
          provisioner: 'example.com/none',
          allowVolumeExpansion: true,
        },
        {
          apiVersion: 'v1',
          kind: 'PersistentVolume',
          metadata: { name: 'expanded' },
          spec: { ...storage, capacity: { storage: '1Gi' }, hostPath: { path: '/tmp/expanded' } },
        },
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'expanded', namespace: NAMESPACE },
          spec: { ...storage, resources: { requests: { storage: '1Gi' } } },
        },
      )(stage);
      await stage.until('admin', ['get', 'pvc', 'expanded', ...N, '-o', 'jsonpath={.status.phase}'], (phase) =>
        phase.includes('Bound'),
      );
    },
    act: patch('pvc/expanded', 'merge', { spec: { resources: { requests: { storage: '2Gi' } } } }),
    keeps: update('claim-expanded', 'persistentvolumeclaims', 'expanded'),
  },
];

const HARDENED = {
  runAsNonRoot: true,
  runAsUser: 1000,
  seccompProfile: { type: 'RuntimeDefault' },
};

const PRIVILEGES: readonly Scene[] = [
  {
    given: create(deployment('privileged')),
    act: patch(
      'deployment/privileged',
      'strategic',
      ofTemplate({ containers: [{ name: 'web', securityContext: { privileged: true } }] }),
    ),
    keeps: update('deployment-privileged', 'deployments', 'privileged'),
  },
  {
    given: create(
      deploymentWith(
        'softened',
        { securityContext: HARDENED },
        { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } },
      ),
    ),
    act: patch('deployment/softened', 'json', [
      { op: 'remove', path: '/spec/template/spec/securityContext/runAsNonRoot' },
      { op: 'remove', path: '/spec/template/spec/securityContext/runAsUser' },
      { op: 'remove', path: '/spec/template/spec/containers/0/securityContext' },
    ]),
    keeps: update('deployment-softened', 'deployments', 'softened'),
  },
  {
    given: create(deployment('hardened')),
    act: patch('deployment/hardened', 'strategic', ofTemplate({ securityContext: HARDENED })),
    keeps: update('deployment-hardened', 'deployments', 'hardened'),
  },
  {
    act: (stage) =>
      stage.kubectl(
        'alice',
        ['create', ...FROM_INPUT],
        pod('on-node', {
          hostNetwork: true,
          hostPID: true,
          volumes: [{ name: 'root', hostPath: { path: '/' } }],
          securityContext: { seccompProfile: { type: 'Unconfined' } },
        }),
      ),
    keeps: { 'pod-create-with-power-over-the-node': picked('CREATE', { on: 'pods', by: 'alice', name: 'on-node' }) },
  },
  {
    given: create(pod('inspected')),
    act: (stage) =>
      stage.attempt('alice', [
        'debug',
        'inspected',
        ...N,
        '--image=busybox:1.36',
        '--attach=false',
        '--profile=sysadmin',
      ]),
    keeps: update('pod-debug-sysadmin', 'pods/ephemeralcontainers', 'inspected'),
  },
];

const ACCOUNTS: readonly Scene[] = [
  {
    given: create(deployment('reassigned')),
    act: by('set', 'serviceaccount', 'deployment', 'reassigned', 'ci'),
    keeps: update('deployment-service-account-set', 'deployments', 'reassigned'),
  },
  {
    given: create(deploymentWith('tokened', { automountServiceAccountToken: false })),
    act: patch('deployment/tokened', 'merge', ofTemplate({ automountServiceAccountToken: null })),
    keeps: update('deployment-token-mounted', 'deployments', 'tokened'),
  },
];

/** What people do to workloads, and to what bounds them. */
export const WORKLOADS: readonly Scene[] = [
  ...SUSPENSIONS,
  ...SCALINGS,
  ...TEMPLATES,
  ...AMOUNTS,
  ...PRIVILEGES,
  ...ACCOUNTS,
];
