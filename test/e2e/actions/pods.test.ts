import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GuardrailMatch, GuardrailSpec } from '../../../src/api/v1alpha1.ts';
import { expectDenied, expectPassed, lines } from '../support/decisions.ts';
import { GuardedCluster, type Manifest, type Person } from '../support/guarded-cluster.ts';
import { IMAGE, pod, podSpec, workload } from '../support/workloads.ts';

const OTHER = 'docker.io/somebody/web:2';
const FROM_US = 'registry.example.com/*';
const SCENE = ['image', 'seen', 'exec', 'watched', 'connect', 'free'] as const;

let cluster: GuardedCluster;
let alice: Person;
let ns: Readonly<Record<(typeof SCENE)[number], string>>;

const deny = (match: GuardrailMatch, more: Partial<GuardrailSpec> = {}): GuardrailSpec => ({
  enforcement: 'Deny',
  failurePolicy: 'Fail',
  match,
  ...more,
});

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  const made = SCENE.map(async (name) => [name, await cluster.namespace(name, { place: name })]);
  ns = Object.fromEntries(await Promise.all(made));
  alice = await cluster.person('alice', { grant: { clusterRole: 'cluster-admin' } });
  // The controllers bring these images in again, in ReplicaSets and Pods.
  const byAlice = { include: [{ kind: 'User' as const, name: 'alice' }] };
  const connects = ['Exec', 'Attach', 'PortForward'] as const;
  await cluster.guard({
    'our-images': deny(
      { actions: ['ImageChange'], namespaces: { include: [ns.image] }, subjects: byAlice },
      { when: [{ images: { notFrom: [FROM_US] } }] },
    ),
    'see-images': {
      enforcement: 'Audit',
      match: {
        actions: ['ImageChange'],
        namespaces: { include: [ns.seen] },
        subjects: byAlice,
      },
    },
    'no-exec': deny({ actions: ['Exec'], namespaces: { include: [ns.exec] } }),
    'no-exec-into-protected': deny({
      actions: ['Exec'],
      namespaces: { include: [ns.watched] },
      objectSelector: { matchLabels: { protected: 'true' } },
    }),
    'no-connect-where': deny({ actions: [...connects], namespaceSelector: { matchLabels: { place: 'connect' } } }),
  });
});
afterAll(() => cluster?.stop());

const told = async (guardrail: string, target: string): Promise<string[]> =>
  lines(
    (await cluster.trail(guardrail)).filter(({ spec }) => spec.decision !== 'Allowed' && spec.action.target === target),
  );

const json = (value: unknown): string => JSON.stringify(value);

describe('ImageChange', () => {
  const at = (kind: string, name: string) => [kind, name, '-n', ns.image];

  test('is an image that enters a template, by any way and in any list', async () => {
    await cluster.create(workload('Deployment', { namespace: ns.image, name: 'web' }));
    const web = workload('Deployment', { namespace: ns.image, name: 'web', image: OTHER });
    const template = (spec: Manifest): string => json({ spec: { template: { spec } } });
    const patch = (type: string, body: string) =>
      alice.kubectl(['patch', ...at('deployment', 'web'), `--type=${type}`, '-p', body]);
    const into = (list: string) => patch('strategic', template({ [list]: [{ name: 'extra', image: OTHER }] }));
    const path = '/spec/template/spec/containers/0/image';
    const ways = {
      'kubectl set image': alice.kubectl(['set', 'image', ...at('deployment', 'web'), `main=${OTHER}`]),
      replace: alice.kubectl(['replace', '-f', '-'], web),
      apply: alice.kubectl(['apply', '-f', '-'], web),
      'server-side apply': alice.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], web),
      'a JSON patch': patch('json', json([{ op: 'replace', path, value: OTHER }])),
      'a merge patch': patch('merge', template({ containers: [{ name: 'main', image: OTHER }] })),
      'one more container': into('containers'),
      'an init container': into('initContainers'),
      'an image volume': patch('merge', template({ volumes: [{ name: 'data', image: { reference: OTHER } }] })),
    };
    for (const [way, result] of Object.entries(ways)) {
      const { code, stderr } = await result;
      expect.soft(`${way}: ${stderr}`).toContain('Guardrail "our-images" denied ImageChange of deployments.apps/web');
      expect.soft(stderr).toContain(OTHER);
      expect.soft(code).toBe(1);
    }
    const head = 'Denied ImageChange of deployments.apps/web by alice: $.spec.template.spec';
    expect(await told('our-images', 'deployments.apps/web')).toEqual([
      `${head}.containers[extra].image -> ${OTHER}`,
      `${head}.containers[main].image ${IMAGE} -> ${OTHER}`,
      `${head}.initContainers[extra].image -> ${OTHER}`,
      `${head}.volumes[data].image.reference -> ${OTHER}`,
    ]);
    const { spec } = await cluster.read('deployments.apps', ns.image, 'web');
    expect(spec.template.spec.containers).toMatchObject([{ name: 'main', image: IMAGE }]);
  });

  test('is every image of a Pod, a Job or a CronJob that is created', async () => {
    const template = { spec: { ...podSpec(OTHER), restartPolicy: 'Never' } };
    const metadata = { name: 'run', namespace: ns.image };
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template } };
    const cronJob = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata,
      spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template } } },
    };
    for (const [manifest, target] of [
      [pod({ namespace: ns.image, name: 'run', image: OTHER }), 'pods/run'],
      [job, 'jobs.batch/run'],
      [cronJob, 'cronjobs.batch/run'],
    ] as const) {
      const result = await alice.kubectl(['create', '-f', '-'], manifest);
      expectDenied(result, 'our-images', 'ImageChange', `of ${target} in ${ns.image}: containers[main].image ${OTHER}`);
    }
    expectDenied(
      await alice.kubectl(['run', 'run', '-n', ns.image, `--image=${OTHER}`]),
      'our-images',
      'ImageChange',
      'of pods/run',
    );
    expectPassed(await alice.kubectl(['run', 'ours', '-n', ns.image, `--image=${IMAGE}`]));
  });

  test("is a CronJob's image that changes", async () => {
    const template = { spec: { ...podSpec(), restartPolicy: 'Never' } };
    await cluster.create({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'nightly', namespace: ns.image },
      spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template } } },
    });
    const set = await alice.kubectl(['set', 'image', ...at('cronjob', 'nightly'), `main=${OTHER}`]);
    expectDenied(set, 'our-images', 'ImageChange', `containers[main].image ${IMAGE} -> ${OTHER}`);
    expect(await told('our-images', 'cronjobs.batch/nightly')).toEqual([
      `Denied ImageChange of cronjobs.batch/nightly by alice: $.spec.jobTemplate.spec.template.spec.containers[main].image ${IMAGE} -> ${OTHER}`,
    ]);
  });

  test('is an image of a running Pod that is replaced, and an ephemeral container of kubectl debug', async () => {
    await cluster.create(pod({ namespace: ns.image, name: 'web' }));
    const set = await alice.kubectl(['set', 'image', ...at('pod', 'web'), `main=${OTHER}`]);
    expectDenied(set, 'our-images', 'ImageChange', `containers[main].image ${IMAGE} -> ${OTHER}`);
    const debug = ['debug', 'web', '-n', ns.image, '-c', 'shell', '--profile=general'];
    const refused = await alice.kubectl([...debug, `--image=${OTHER}`]);
    expectDenied(refused, 'our-images', 'ImageChange', `ephemeralContainers[shell].image ${OTHER}`);
    expect((await alice.kubectl([...debug, `--image=${IMAGE}`])).code).toBe(0);
    const { spec } = await cluster.read('pods', ns.image, 'web');
    expect(spec.ephemeralContainers).toMatchObject([{ name: 'shell', image: IMAGE }]);
    expect(await told('our-images', 'pods/web')).toEqual([
      `Denied ImageChange of pods/web by alice: $.spec.containers[main].image ${IMAGE} -> ${OTHER}`,
      `Denied ImageChange of pods/web via ephemeralcontainers by alice: $.spec.ephemeralContainers[shell].image -> ${OTHER}`,
    ]);
  });

  test('is not a container that goes, nor anything else about a template, nor a scale', async () => {
    const spec = {
      containers: [
        { name: 'main', image: IMAGE },
        { name: 'more', image: OTHER },
      ],
    };
    const web = workload('Deployment', { namespace: ns.seen, name: 'web' });
    const seen = {
      ...web,
      spec: { ...(web.spec as Manifest), template: { metadata: { labels: { app: 'web' } }, spec } },
    };
    await cluster.create(seen);
    const patch = ['patch', 'deployment', 'web', '-n', ns.seen, '--type=json', '-p'];
    expectPassed(await alice.kubectl([...patch, '[{"op":"remove","path":"/spec/template/spec/containers/1"}]']));
    expectPassed(await alice.kubectl(['set', 'env', 'deployment/web', '-n', ns.seen, 'A=b']));
    expectPassed(await alice.kubectl(['scale', 'deployment/web', '-n', ns.seen, '--replicas=2']));
    expectPassed(await alice.kubectl(['rollout', 'restart', 'deployment/web', '-n', ns.seen]));
    // One that is seen: the others would have been.
    expectPassed(await alice.kubectl(['set', 'image', 'deployment/web', '-n', ns.seen, 'main=other']));
    expect(await told('see-images', 'deployments.apps/web')).toEqual([
      `Audited ImageChange of deployments.apps/web by alice: $.spec.template.spec.containers[main].image ${IMAGE} -> other`,
    ]);
  });
});

describe('Exec', () => {
  const exec = (namespace: string, name: string) =>
    alice.kubectl(['exec', name, '-n', namespace, '--', 'sh', '-c', 'echo hunter2']);

  test('is refused before anything is run, and its two reviews leave one record', async () => {
    await cluster.create(pod({ namespace: ns.exec, name: 'web' }));
    const result = await exec(ns.exec, 'web');
    expectDenied(result, 'no-exec', 'Exec', `of pods/web in ${ns.exec}`);
    const [record, ...more] = await cluster.trail('no-exec');
    expect(more).toEqual([]);
    expect(record?.status?.count).toBe(2);
    expect(record?.spec).toMatchObject({
      decision: 'Denied',
      action: { type: 'Exec', operation: 'CONNECT', resource: 'pods', subresource: 'exec', name: 'web' },
      subject: { username: 'alice' },
    });
    // The program alone: its arguments can hold passwords.
    expect(record?.spec.changes).toContainEqual({ path: '$.command', to: expect.stringMatching(/^sh /) });
    expect(JSON.stringify(record)).not.toContain('hunter2');
    // The window's other half: what people see.
    const table = await cluster.admin.must(['get', 'gdrv', '-n', ns.exec]);
    expect(table).toMatch(
      /^NAME +DECISION +GUARDRAIL +ACTION +RESOURCE +SUBJECT +COUNT +AGE\n\S+ +Denied +no-exec +Exec +pods\/web +alice +2 +\S+\n$/,
    );
  });

  test('by objectSelector is judged by the labels of the Pod', async () => {
    await cluster.create(
      pod({ namespace: ns.watched, name: 'kept', labels: { protected: 'true' } }),
      pod({ namespace: ns.watched, name: 'open' }),
    );
    expectDenied(await exec(ns.watched, 'kept'), 'no-exec-into-protected', 'Exec', 'pods/kept');
    // Admission lets it through; then there is no kubelet to run it.
    expect((await exec(ns.watched, 'open')).stderr).toContain('does not have a host assigned');
    const records = await cluster.trail('no-exec-into-protected');
    expect(records.map(({ spec }) => spec.action.target)).toEqual(['pods/kept']);
  });

  test('by namespaceSelector is judged by the labels of the namespace, as are Attach and PortForward', async () => {
    await cluster.create(pod({ namespace: ns.connect, name: 'web' }), pod({ namespace: ns.free, name: 'web' }));
    expectDenied(await exec(ns.connect, 'web'), 'no-connect-where', 'Exec', 'pods/web');
    const at = ['web', '-n', ns.connect];
    // kubectl itself waits until the Pod runs: the API is asked directly.
    const path = `/api/v1/namespaces/${ns.connect}/pods/web`;
    const raw = (subresource: string) => alice.kubectl(['create', '--raw', `${path}/${subresource}`, '-f', '-'], {});
    expectDenied(await raw('attach?container=main&stdin=true'), 'no-connect-where', 'Attach', 'pods/web');
    expectDenied(await raw('portforward?ports=8080'), 'no-connect-where', 'PortForward', 'pods/web');
    expect((await alice.kubectl(['exec', ...at.with(2, ns.free), '--', 'sh'])).stderr).toContain(
      'does not have a host',
    );
    const records = await cluster.trail('no-connect-where');
    expect(new Set(records.map(({ spec }) => `${spec.action.type} ${spec.action.namespace}`))).toEqual(
      new Set([`Exec ${ns.connect}`, `Attach ${ns.connect}`, `PortForward ${ns.connect}`]),
    );
  });

  test('of a Pod that is not there is refused where its labels matter', async () => {
    const { code, stderr } = await exec(ns.watched, 'ghost');
    // kubectl asks for the Pod first.
    expect(stderr).toContain('pods "ghost" not found');
    expect(code).toBe(1);
    const path = `/api/v1/namespaces/${ns.watched}/pods/ghost/exec?command=sh&container=main&stdout=true`;
    const raw = await alice.kubectl(['create', '--raw', path, '-f', '-'], {});
    expectDenied(raw, 'no-exec-into-protected', 'Exec', 'It could not be judged, since the object does not exist');
  });
});
