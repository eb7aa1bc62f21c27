import {
  configMap,
  cronJob,
  IMAGE,
  namespaceObject,
  pod,
  replicationController,
  secret,
  widget,
  workload,
} from './objects.ts';
import { picked, type Scene } from './scene.ts';
import { type Actor, NAMESPACE, type Stage } from './stage.ts';

const N = ['-n', NAMESPACE];
const FROM_INPUT = ['-f', '-'];

const create =
  (object: object, actor: Actor = 'admin') =>
  (stage: Stage) =>
    stage.kubectl(actor, ['create', ...FROM_INPUT], object);

const patch =
  (what: string, type: 'json' | 'merge' | 'strategic', body: unknown, more: readonly string[] = []) =>
  (stage: Stage) =>
    stage.kubectl('alice', ['patch', ...what.split('/'), ...N, `--type=${type}`, '-p', JSON.stringify(body), ...more]);

/** PUT with what is stored, changed. */
const replace =
  (what: string, change: (object: Loose) => void, more: readonly string[] = []) =>
  async (stage: Stage) => {
    const object = JSON.parse(await stage.kubectl('admin', ['get', ...what.split('/'), ...N, '-o', 'json'])) as Loose;
    // Controllers write to it as well: without a version the write needs no luck.
    delete object.metadata.resourceVersion;
    change(object);
    await stage.kubectl('alice', ['replace', ...more, ...FROM_INPUT], object);
  };

// biome-ignore lint/suspicious/noExplicitAny: what kubectl prints is changed at one place, whatever its kind
type Loose = any;

/** The same effect by each of the five ways to write an object. */
function byEveryPatch(prefix: string, to: { replicas?: number; image?: string }): Scene[] {
  const { replicas = 4, image = IMAGE } = to;
  const scene = (way: string, act: (name: string) => Scene['act'], given?: (name: string) => Scene['given']): Scene => {
    const name = `${prefix}-${way}`;
    return {
      given: given?.(name) ?? create(workload('Deployment', name)),
      act: act(name),
      keeps: { [`deployment-${name}`]: picked('UPDATE', { on: 'deployments', by: 'alice', name }) },
    };
  };
  const spec = {
    ...(to.replicas !== undefined && { replicas }),
    ...(to.image !== undefined && { template: { spec: { containers: [{ name: 'web', image }] } } }),
  };
  const apply = (name: string, count: number, what: string) => (stage: Stage) =>
    stage.kubectl('alice', ['apply', '--server-side', ...FROM_INPUT], workload('Deployment', name, count, what));
  return [
    scene('put', (name) =>
      replace(`deployment/${name}`, (object) => {
        object.spec.replicas = replicas;
        object.spec.template.spec.containers[0].image = image;
      }),
    ),
    scene('json-patch', (name) =>
      patch(`deployment/${name}`, 'json', [
        ...(to.replicas === undefined ? [] : [{ op: 'replace', path: '/spec/replicas', value: replicas }]),
        ...(to.image === undefined
          ? []
          : [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image }]),
      ]),
    ),
    ...(to.image === undefined ? [scene('merge-patch', (name) => patch(`deployment/${name}`, 'merge', { spec }))] : []),
    scene('strategic-patch', (name) => patch(`deployment/${name}`, 'strategic', { spec })),
    scene(
      'server-side-apply',
      (name) => apply(name, replicas, image),
      (name) => apply(name, 4, IMAGE),
    ),
  ];
}

/** `/scale` by kubectl scale and by a patch of the subresource. */
function byScale(kind: string, resource: string, object: (name: string) => object): Scene[] {
  return (['scale', 'scale-patch', 'scale-to-zero'] as const).map((way) => {
    const name = `${kind}-${way}`;
    return {
      given: create(object(name)),
      act:
        way === 'scale-patch'
          ? patch(`${kind}/${name}`, 'merge', { spec: { replicas: 1 } }, ['--subresource=scale'])
          : (stage) => stage.kubectl('alice', ['scale', kind, name, ...N, `--replicas=${way === 'scale' ? 1 : 0}`]),
      keeps: { [name]: picked('UPDATE', { on: `${resource}/scale`, by: 'alice', name }) },
    };
  });
}

export const CREATES: readonly Scene[] = [
  {
    act: create(workload('Deployment', 'created'), 'alice'),
    keeps: {
      'deployment-create': picked('CREATE', { on: 'deployments', by: 'alice' }),
    },
  },
  { act: create(pod('created-pod'), 'alice'), keeps: { 'pod-create': picked('CREATE', { on: 'pods', by: 'alice' }) } },
  {
    act: create(pod('ci-pod'), 'ci'),
    keeps: {
      'pod-create-by-service-account': picked('CREATE', { on: 'pods', by: `system:serviceaccount:${NAMESPACE}:ci` }),
    },
  },
  {
    act: create({ ...pod(''), metadata: { generateName: 'generated-', namespace: NAMESPACE } }, 'alice'),
    keeps: { 'pod-create-generated-name': picked('CREATE', { on: 'pods', by: 'alice' }) },
  },
  {
    act: (stage) => stage.kubectl('alice', ['apply', ...FROM_INPUT], workload('Deployment', 'applied')),
    keeps: { 'deployment-create-by-apply': picked('CREATE', { on: 'deployments', by: 'alice' }) },
  },
  {
    act: (stage) => stage.kubectl('alice', ['apply', '--server-side', ...FROM_INPUT], workload('Deployment', 'ssa')),
    keeps: { 'deployment-create-by-server-side-apply': picked('CREATE', { on: 'deployments', by: 'alice' }) },
  },
  {
    act: (stage) =>
      stage.kubectl('alice', ['create', '--dry-run=server', ...FROM_INPUT], workload('Deployment', 'dry')),
    keeps: { 'deployment-create-dry-run': picked('CREATE', { on: 'deployments', by: 'alice' }) },
  },
  {
    act: create(secret('created'), 'alice'),
    keeps: { 'secret-create': picked('CREATE', { on: 'secrets', by: 'alice' }) },
  },
  {
    act: create(cronJob('created'), 'alice'),
    keeps: { 'cronjob-create': picked('CREATE', { on: 'cronjobs', by: 'alice' }) },
  },
  {
    act: create(namespaceObject('created'), 'alice'),
    keeps: { 'namespace-create': picked('CREATE', { on: 'namespaces', by: 'alice' }) },
  },
];

const labelled = (name: string) => create(workload('Deployment', name));

const reapply = (stage: Stage) =>
  stage.kubectl('alice', ['apply', '--server-side', ...FROM_INPUT], workload('Deployment', 'reapplied'));

export const UPDATES: readonly Scene[] = [
  ...byEveryPatch('scale-down', { replicas: 1 }),
  ...byEveryPatch('image', { image: 'evil.example.net/web:2' }),
  ...byScale('deployment', 'deployments', (name) => workload('Deployment', name)),
  ...byScale('statefulset', 'statefulsets', (name) => workload('StatefulSet', name)),
  ...byScale('replicaset', 'replicasets', (name) => workload('ReplicaSet', name)),
  ...byScale('replicationcontroller', 'replicationcontrollers', replicationController),
  ...byScale('widget', 'widgets', (name) => widget(name, 4)),
  {
    given: create(widget('widget-update', 4)),
    act: patch('widget/widget-update', 'merge', { spec: { pool: { size: 1 } } }),
    keeps: { 'widget-scale-down-by-update': picked('UPDATE', { on: 'widgets', by: 'alice' }) },
  },
  {
    given: labelled('scale-up'),
    act: (stage) => stage.kubectl('alice', ['scale', 'deployment', 'scale-up', ...N, '--replicas=9']),
    keeps: { 'deployment-scale-up': picked('UPDATE', { on: 'deployments/scale', by: 'alice' }) },
  },
  {
    given: labelled('scale-dry'),
    act: (stage) =>
      stage.kubectl('alice', ['scale', 'deployment', 'scale-dry', ...N, '--replicas=1', '--dry-run=server']),
    keeps: { 'deployment-scale-dry-run': picked('UPDATE', { on: 'deployments/scale', by: 'alice' }) },
  },
  {
    given: reapply,
    act: reapply,
    keeps: { 'deployment-apply-unchanged': picked('UPDATE', { on: 'deployments', by: 'alice' }) },
  },
  {
    given: labelled('label-off'),
    act: patch('deployment/label-off', 'merge', { metadata: { labels: { tier: null } } }),
    keeps: { 'deployment-label-removed': picked('UPDATE', { on: 'deployments', by: 'alice' }) },
  },
  {
    given: labelled('label-kept'),
    act: patch('deployment/label-kept', 'merge', { metadata: { labels: { tier: null } } }, ['--subresource=status']),
    keeps: {
      'deployment-label-kept-through-status': picked('UPDATE', { on: 'deployments/status', by: 'alice' }),
    },
  },
  {
    given: create(workload('StatefulSet', 'label-off')),
    act: patch('statefulset/label-off', 'merge', { metadata: { labels: { tier: null } } }, ['--subresource=status']),
    keeps: {
      'statefulset-label-removed-through-status': picked('UPDATE', { on: 'statefulsets/status', by: 'alice' }),
    },
  },
  {
    given: labelled('status'),
    act: patch('deployment/status', 'merge', { status: { collisionCount: 7 } }, ['--subresource=status']),
    keeps: { 'deployment-status': picked('UPDATE', { on: 'deployments/status', by: 'alice' }) },
  },
  {
    given: create(widget('status', 4)),
    act: patch('widget/status', 'merge', { status: { replicas: 3 }, metadata: { labels: { tier: null } } }, [
      '--subresource=status',
    ]),
    keeps: { 'widget-status': picked('UPDATE', { on: 'widgets/status', by: 'alice' }) },
  },
  {
    given: (stage) => stage.kubectl('admin', ['create', ...FROM_INPUT], namespaceObject('relabelled')),
    act: (stage) => stage.kubectl('alice', ['label', 'namespace', 'relabelled', 'env-']),
    keeps: { 'namespace-label-removed': picked('UPDATE', { on: 'namespaces', by: 'alice' }) },
  },
  {
    given: (stage) => stage.kubectl('admin', ['create', ...FROM_INPUT], namespaceObject('status-relabelled')),
    act: patch('namespace/status-relabelled', 'merge', { metadata: { labels: { env: null } } }, [
      '--subresource=status',
    ]),
    keeps: { 'namespace-label-removed-through-status': picked('UPDATE', { on: 'namespaces/status', by: 'alice' }) },
  },
  {
    given: create(configMap('config')),
    act: patch('configmap/config', 'merge', { data: { password: 'another-5ecret' } }),
    keeps: { 'configmap-update': picked('UPDATE', { on: 'configmaps', by: 'alice' }) },
  },
  {
    given: (stage) => stage.kubectl('alice', ['apply', ...FROM_INPUT], secret('config')),
    act: (stage) => stage.kubectl('alice', ['apply', ...FROM_INPUT], secret('config', 'another-5ecret')),
    keeps: { 'secret-update-by-apply': picked('UPDATE', { on: 'secrets', by: 'alice' }) },
  },
  {
    given: (stage) => stage.kubectl('alice', ['apply', ...FROM_INPUT], workload('Deployment', 'secretive')),
    act: (stage) => stage.kubectl('alice', ['set', 'env', 'deployment/secretive', ...N, 'PASSWORD=another-5ecret']),
    keeps: { 'deployment-env-changed': picked('UPDATE', { on: 'deployments', by: 'alice' }) },
  },
  {
    given: create(pod('image')),
    act: patch('pod/image', 'strategic', { spec: { containers: [{ name: 'web', image: 'evil.example.net/web:2' }] } }),
    keeps: { 'pod-image-container': picked('UPDATE', { on: 'pods', by: 'alice' }) },
  },
  {
    given: create(pod('init-image')),
    act: patch('pod/init-image', 'strategic', {
      spec: { initContainers: [{ name: 'init', image: 'evil.example.net/init:2' }] },
    }),
    keeps: { 'pod-image-init-container': picked('UPDATE', { on: 'pods', by: 'alice' }) },
  },
  {
    given: create(pod('debugged')),
    act: (stage) =>
      stage.attempt('alice', [
        'debug',
        'debugged',
        ...N,
        '--image=evil.example.net/debug:2',
        '--attach=false',
        '--profile=general',
      ]),
    keeps: { 'pod-image-ephemeral-container': picked('UPDATE', { on: 'pods/ephemeralcontainers', by: 'alice' }) },
  },
  {
    given: create(cronJob('image')),
    act: patch('cronjob/image', 'strategic', {
      spec: {
        jobTemplate: {
          spec: { template: { spec: { containers: [{ name: 'web', image: 'evil.example.net/web:2' }] } } },
        },
      },
    }),
    keeps: { 'cronjob-image': picked('UPDATE', { on: 'cronjobs', by: 'alice' }) },
  },
  {
    given: labelled('reordered'),
    act: replace('deployment/reordered', (object) => object.spec.template.spec.containers.reverse()),
    keeps: { 'deployment-containers-reordered': picked('UPDATE', { on: 'deployments', by: 'alice' }) },
  },
  {
    given: labelled('limit-off'),
    act: replace('deployment/limit-off', (object) => {
      delete object.spec.template.spec.containers[0].resources.limits;
    }),
    keeps: { 'deployment-limits-removed': picked('UPDATE', { on: 'deployments', by: 'alice' }) },
  },
  {
    given: create(pod('resized')),
    act: patch(
      'pod/resized',
      'strategic',
      {
        metadata: { labels: { tier: null }, finalizers: [] },
        spec: { containers: [{ name: 'web', resources: { limits: { cpu: '2' } } }] },
      },
      ['--subresource=resize'],
    ),
    keeps: { 'pod-resize': picked('UPDATE', { on: 'pods/resize', by: 'alice' }) },
  },
];
