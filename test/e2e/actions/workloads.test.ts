import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GuardrailMatch, GuardrailSpec } from '../../../src/api/v1alpha1.ts';
import { expectDenied, expectPassed, lines } from '../support/decisions.ts';
import { GuardedCluster, type Manifest, type Person } from '../support/guarded-cluster.ts';
import { IMAGE, pod, podSpec, workload } from '../support/workloads.ts';

const GROUP = 'workloads.example.com';

let cluster: GuardedCluster;
let alice: Person;
/** A namespace for each of the guardrails, so that they don't meet. */
let ns: Readonly<
  Record<'suspend' | 'down' | 'more' | 'less' | 'restart' | 'template' | 'power' | 'account' | 'flows', string>
>;

const deny = (namespace: string, match: Omit<GuardrailMatch, 'namespaces'>): GuardrailSpec => ({
  enforcement: 'Deny',
  failurePolicy: 'Fail',
  match: { ...match, namespaces: { include: [namespace] } },
});

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  const names = ['suspend', 'down', 'more', 'less', 'restart', 'template', 'power', 'account', 'flows'];
  ns = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await cluster.namespace(name)])),
  ) as typeof ns;
  alice = await cluster.person('alice', { grant: { clusterRole: 'cluster-admin' } });
  await cluster.create(FLOWS);
  await cluster.admin.must(['wait', '--for=condition=Established', 'crd', `flows.${GROUP}`]);
  await cluster.guard({
    'no-suspend': deny(ns.suspend, { actions: ['Suspend'] }),
    'no-down': deny(ns.down, { actions: ['ScaleDown', 'ScaleToZero'] }),
    'no-more': deny(ns.more, { actions: ['ResourceIncrease'] }),
    'no-less': deny(ns.less, { actions: ['ResourceDecrease'] }),
    'no-restart': deny(ns.restart, { actions: ['Restart'] }),
    'no-template': deny(ns.template, { actions: ['PodTemplateChange'] }),
    'no-power': deny(ns.power, { actions: ['PrivilegeIncrease'] }),
    'no-account': deny(ns.account, { actions: ['ServiceAccountChange'] }),
    'no-power-of-flows': deny(ns.flows, {
      actions: ['PrivilegeIncrease', 'ImageChange', 'ResourceIncrease'],
      resources: [{ apiGroups: [GROUP], resources: ['flows'], podTemplatePath: '$.spec.steps[*].template' }],
    }),
  });
});
afterAll(() => cluster?.stop());

/** A custom resource of several pod templates. */
const FLOWS: Manifest = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `flows.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { plural: 'flows', singular: 'flow', kind: 'Flow' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

type Container = Readonly<Record<string, unknown>>;

const container = (more: Container = {}): Container => ({ name: 'main', image: IMAGE, ...more });

const LIMITED = container({
  resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m', memory: '1Gi' } },
});

function deployment(namespace: string, name: string, main: Container = container(), spec: object = {}): Manifest {
  const made = workload('Deployment', { namespace, name }) as { readonly spec: { readonly template: object } };
  const template = { ...made.spec.template, spec: { ...spec, containers: [main] } };
  return { ...made, spec: { ...made.spec, template } };
}

const job = (namespace: string, name: string, spec: object = {}): Manifest => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, namespace },
  spec: { template: { spec: { ...podSpec(), restartPolicy: 'Never' } }, ...spec },
});

const cronJob = (namespace: string, name: string): Manifest => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name, namespace },
  spec: {
    schedule: '0 0 1 1 *',
    jobTemplate: { spec: { template: { spec: { ...podSpec(), restartPolicy: 'Never' } } } },
  },
});

const patch = (namespace: string, what: string, body: unknown, ...flags: readonly string[]) =>
  alice.kubectl(['patch', ...what.split('/'), '-n', namespace, '-p', JSON.stringify(body), ...flags]);

/** A patch of the container in a Deployment's template. */
const patchMain = (namespace: string, name: string, more: Container) =>
  patch(namespace, `deployment/${name}`, { spec: { template: { spec: { containers: [{ name: 'main', ...more }] } } } });

const MERGE = '--type=merge';

test('Suspend: nothing is paused or suspended, and everything is resumed', async () => {
  const paused = deployment(ns.suspend, 'paused') as { readonly spec: object };
  await cluster.create(
    deployment(ns.suspend, 'web'),
    { ...paused, spec: { ...paused.spec, paused: true } },
    job(ns.suspend, 'job'),
    cronJob(ns.suspend, 'nightly'),
  );

  const pause = await alice.kubectl(['rollout', 'pause', 'deployment/web', '-n', ns.suspend]);
  expectDenied(pause, 'no-suspend', 'Suspend', 'paused false -> true');
  for (const what of ['job/job', 'cronjob/nightly']) {
    expectDenied(await patch(ns.suspend, what, { spec: { suspend: true } }), 'no-suspend', 'Suspend', 'suspend false');
  }
  const jobs = { spec: { jobTemplate: { spec: { suspend: true } } } };
  expectDenied(await patch(ns.suspend, 'cronjob/nightly', jobs), 'no-suspend', 'Suspend', 'jobTemplate.spec.suspend');

  expectPassed(await alice.kubectl(['rollout', 'resume', 'deployment/paused', '-n', ns.suspend]));
  expectPassed(await patch(ns.suspend, 'cronjob/nightly', { spec: { schedule: '0 0 2 1 *' } }));
  expect(lines(await cluster.trail('no-suspend'))).toContain(
    'Denied Suspend of deployments.apps/web by alice: $.spec.paused false -> true',
  );
});

test('ScaleDown: a Job keeps its parallelism, and a StatefulSet its ordinals', async () => {
  await cluster.create(
    job(ns.down, 'wide', { parallelism: 3, completions: 9 }),
    workload('StatefulSet', { namespace: ns.down, name: 'db', replicas: 3 }),
  );

  expectDenied(
    await patch(ns.down, 'job/wide', { spec: { parallelism: 2 } }),
    'no-down',
    'ScaleDown',
    'parallelism 3 -> 2 (-33%)',
  );
  expectDenied(
    await patch(ns.down, 'job/wide', { spec: { parallelism: 0 } }),
    'no-down',
    'ScaleToZero',
    'parallelism 3 -> 0',
  );
  const start = (ordinal: number, replicas = 3) =>
    patch(ns.down, 'statefulset/db', { spec: { replicas, ordinals: { start: ordinal } } });
  expectDenied(await start(1), 'no-down', 'ScaleDown', 'replicas 3 -> 2 (-33%), ordinals.start 0 -> 1');
  expectDenied(await start(9, 20), 'no-down', 'ScaleToZero', 'replicas 3 -> 0 (-100%), ordinals.start 0 -> 9');

  expectPassed(await patch(ns.down, 'job/wide', { spec: { parallelism: 4 } }));
  expectPassed(await start(0, 4));
});

describe('ResourceIncrease', () => {
  test('no container gets more, by any way to write it', async () => {
    await cluster.create(deployment(ns.more, 'web', LIMITED));
    const set = ['set', 'resources', 'deployment/web', '-n', ns.more];

    expectDenied(
      await alice.kubectl([...set, '--limits=cpu=2']),
      'no-more',
      'ResourceIncrease',
      'containers[main].resources.limits.cpu 1 -> 2 (+100%)',
    );
    const none = [{ op: 'remove', path: '/spec/template/spec/containers/0/resources/limits' }];
    expectDenied(
      await patch(ns.more, 'deployment/web', none, '--type=json'),
      'no-more',
      'ResourceIncrease',
      'resources.limits.cpu 1 -> no limit',
    );
    const zero = { resources: { limits: { cpu: '0' }, requests: { cpu: '0' } } };
    expectDenied(await patchMain(ns.more, 'web', zero), 'no-more', 'ResourceIncrease', 'limits.cpu 1 -> no limit');
    const renamed = deployment(ns.more, 'web', container({ name: 'other' }));
    expectDenied(
      await alice.kubectl(['replace', '-f', '-'], renamed),
      'no-more',
      'ResourceIncrease',
      'containers[other].resources.limits.cpu 0 -> no limit',
    );

    expectPassed(await alice.kubectl([...set, '--limits=cpu=500m,memory=1Gi']));
    expectPassed(await patchMain(ns.more, 'web', { resources: { limits: { cpu: '0.5', memory: '1024Mi' } } }));
  });

  test('a Pod is not resized upwards', async () => {
    const limited = pod({ namespace: ns.more, name: 'one' });
    await cluster.create({ ...limited, spec: { containers: [LIMITED] } });
    const resize = (cpu: string) =>
      patch(
        ns.more,
        'pod/one',
        { spec: { containers: [{ name: 'main', resources: { limits: { cpu } } }] } },
        '--subresource=resize',
      );
    expectDenied(await resize('2'), 'no-more', 'ResourceIncrease', 'containers[main].resources.limits.cpu 1 -> 2');
    expectPassed(await resize('900m'));
    expect(lines(await cluster.trail('no-more'))).toContain(
      'Denied ResourceIncrease of pods/one via resize by alice: $.spec.containers[main].resources.limits.cpu 1 -> 2',
    );
  });

  test('what bounds the namespace is not loosened, nor taken away', async () => {
    await cluster.create(
      {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'cap', namespace: ns.more },
        spec: { hard: { pods: '50' } },
      },
      {
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: { name: 'cap', namespace: ns.more },
        spec: { limits: [{ type: 'PersistentVolumeClaim', max: { storage: '1Gi' } }] },
      },
    );
    const denied = async (...[command, text]: [readonly string[], string]) =>
      expectDenied(await alice.kubectl([...command, '-n', ns.more]), 'no-more', 'ResourceIncrease', text);
    const hard = (pods: string) => JSON.stringify({ spec: { hard: { pods } } });

    await denied(['delete', 'quota', 'cap'], 'hard.pods 50 -> no limit');
    await denied(['patch', 'quota', 'cap', '-p', hard('51')], 'hard.pods 50 -> 51');
    await denied(['delete', 'limitrange', 'cap'], 'limits[PersistentVolumeClaim].max.storage 1Gi -> no limit');
    await denied(
      ['patch', 'quota', 'cap', '--subresource=status', '-p', JSON.stringify({ status: { hard: { pods: '900' } } })],
      'status.hard.pods',
    );
    expectPassed(await alice.kubectl(['patch', 'quota', 'cap', '-n', ns.more, '-p', hard('40')]));
  });
});

test('ResourceDecrease: less is refused, and more is not', async () => {
  await cluster.create(deployment(ns.less, 'web', LIMITED));
  const requests = (cpu: string) =>
    alice.kubectl(['set', 'resources', 'deployment/web', '-n', ns.less, `--requests=cpu=${cpu}`]);
  expectDenied(
    await requests('50m'),
    'no-less',
    'ResourceDecrease',
    'containers[main].resources.requests.cpu 100m -> 50m (-50%)',
  );
  expectPassed(await requests('200m'));
});

test('Restart: a rollout restart is refused, and another change of the template is not', async () => {
  await cluster.create(deployment(ns.restart, 'web'), workload('StatefulSet', { namespace: ns.restart, name: 'db' }));
  for (const what of ['deployment/web', 'statefulset/db']) {
    const restart = await alice.kubectl(['rollout', 'restart', what, '-n', ns.restart]);
    expectDenied(
      restart,
      'no-restart',
      'Restart',
      "template.metadata.annotations['kubectl.kubernetes.io/restartedAt']",
    );
  }
  expectPassed(await alice.kubectl(['set', 'env', 'deployment/web', '-n', ns.restart, 'A=b']));
});

test('PodTemplateChange: nothing of the template changes, all else does', async () => {
  await cluster.create(deployment(ns.template, 'web'), cronJob(ns.template, 'nightly'));
  const secret = ['set', 'env', 'deployment/web', '-n', ns.template, 'PASSWORD=hunter2-5ecret'];
  const refused = await alice.kubectl(secret);
  expectDenied(refused, 'no-template', 'PodTemplateChange', 'containers[main].env');
  expect(refused.stderr).not.toContain('5ecret');
  expectDenied(
    await alice.kubectl(['rollout', 'restart', 'deployment/web', '-n', ns.template]),
    'no-template',
    'PodTemplateChange',
  );
  const label = { spec: { jobTemplate: { spec: { template: { metadata: { labels: { a: 'b' } } } } } } };
  expectDenied(
    await patch(ns.template, 'cronjob/nightly', label),
    'no-template',
    'PodTemplateChange',
    'template.metadata',
  );

  expectPassed(await alice.kubectl(['scale', 'deployment', 'web', '-n', ns.template, '--replicas=2']));
  expectPassed(await alice.kubectl(['label', 'deployment', 'web', '-n', ns.template, 'a=b']));
});

describe('PrivilegeIncrease', () => {
  const HELD = { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };

  test('nothing powerful comes into being', async () => {
    const create = (spec: object, name: string) =>
      alice.kubectl(['create', '-f', '-'], { ...pod({ namespace: ns.power, name }), spec: { ...podSpec(), ...spec } });
    const denied = async (spec: object, text: string) =>
      expectDenied(await create(spec, 'strong'), 'no-power', 'PrivilegeIncrease', text);

    await denied({ hostPID: true }, 'hostPID true');
    await denied({ volumes: [{ name: 'root', hostPath: { path: '/' } }] }, 'volumes[root].hostPath.path /');
    await denied(
      { containers: [container({ securityContext: { privileged: true } })] },
      'containers[main].securityContext.privileged true',
    );
    await denied(
      { initContainers: [container({ name: 'init', securityContext: { capabilities: { add: ['SYS_ADMIN'] } } })] },
      'initContainers[init].securityContext.capabilities.add SYS_ADMIN',
    );
    expectPassed(await create({}, 'weak'));
  });

  test('nothing powerful comes into what is there', async () => {
    await cluster.create(
      deployment(ns.power, 'web', container({ securityContext: HELD })),
      pod({ namespace: ns.power, name: 'one' }),
    );
    const denied = async (securityContext: object, text: string) =>
      expectDenied(await patchMain(ns.power, 'web', { securityContext }), 'no-power', 'PrivilegeIncrease', text);

    await denied({ runAsNonRoot: null }, 'containers[main].securityContext.runAsNonRoot true removed');
    await denied({ allowPrivilegeEscalation: true }, 'allowPrivilegeEscalation false -> true');
    await denied({ capabilities: { drop: [] } }, 'capabilities.drop ALL removed');
    const debug = ['debug', 'one', '-n', ns.power, `--image=${IMAGE}`, '--attach=false'];
    expectDenied(
      await alice.kubectl([...debug, '--profile=sysadmin']),
      'no-power',
      'PrivilegeIncrease',
      'securityContext.privileged true',
    );

    expect((await alice.kubectl([...debug, '--profile=restricted'])).stderr).not.toContain('denied');
    expectPassed(
      await patchMain(ns.power, 'web', { image: `${IMAGE}.1`, securityContext: { readOnlyRootFilesystem: true } }),
    );
  });
});

test('ServiceAccountChange: the account and its token stay as they are', async () => {
  await cluster.create(deployment(ns.account, 'web', container(), { automountServiceAccountToken: false }));
  const set = ['set', 'serviceaccount', 'deployment', 'web', '-n', ns.account];
  expectDenied(
    await alice.kubectl([...set, 'admin']),
    'no-account',
    'ServiceAccountChange',
    'serviceAccountName default -> admin',
  );
  const token = { spec: { template: { spec: { automountServiceAccountToken: true } } } };
  expectDenied(
    await patch(ns.account, 'deployment/web', token),
    'no-account',
    'ServiceAccountChange',
    'automountServiceAccountToken false -> true',
  );
  expectPassed(await alice.kubectl([...set, 'default']));
});

test('the templates of a custom resource are judged where the guardrail says that they are', async () => {
  const step = (name: string, main: Container) => ({ name, template: { spec: { containers: [main] } } });
  const flow = (...steps: readonly object[]): Manifest => ({
    apiVersion: `${GROUP}/v1`,
    kind: 'Flow',
    metadata: { name: 'build', namespace: ns.flows },
    spec: { steps },
  });
  const refused = await alice.kubectl(['create', '-f', '-'], flow(step('one', LIMITED)));
  expectDenied(refused, 'no-power-of-flows', 'ImageChange', `steps[one].template.spec.containers[main].image ${IMAGE}`);

  // It brings no image in, so it may come into being.
  const imageless = { name: 'main', resources: LIMITED.resources };
  await cluster.create(flow(step('one', imageless), step('two', imageless)));
  const second = (main: Container) =>
    patch(ns.flows, `flows.${GROUP}/build`, { spec: { steps: [step('two', main), step('one', imageless)] } }, MERGE);
  expectDenied(
    await second({ ...imageless, securityContext: { privileged: true } }),
    'no-power-of-flows',
    'PrivilegeIncrease',
    'steps[two].template.spec.containers[main].securityContext.privileged true',
  );
  expectDenied(await second({ name: 'main' }), 'no-power-of-flows', 'ResourceIncrease', 'limits.cpu 1 -> no limit');
  expectPassed(await second(imageless));
});
