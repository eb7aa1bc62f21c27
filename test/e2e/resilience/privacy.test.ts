import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GuardrailSpec } from '../../../src/api/v1alpha1.ts';
import { GuardedCluster, listOf, type Manifest } from '../support/guarded-cluster.ts';
import { eventually } from '../support/poll.ts';
import { configMap, deployment } from './support/objects.ts';
import { logLines, metricsText } from './support/probes.ts';

const ENFORCEMENTS = ['Deny', 'Warn', 'Audit'] as const;
const RESOURCES: NonNullable<GuardrailSpec['match']['resources']> = [
  { apiGroups: [''], resources: ['secrets', 'configmaps', 'pods'] },
  { apiGroups: ['apps'], resources: ['deployments'] },
];

let cluster: GuardedCluster;

beforeAll(async () => {
  // Debug lines are read by people too.
  cluster = await GuardedCluster.start({ flags: ['--log-level', 'debug'] });
  for (const enforcement of ENFORCEMENTS) {
    const namespaces = { include: [`private-${enforcement.toLowerCase()}-*`] };
    const common = { enforcement, ...(enforcement === 'Deny' && { failurePolicy: 'Fail' as const }) };
    const trips = (actions: GuardrailSpec['match']['actions'], more: Partial<GuardrailSpec> = {}): GuardrailSpec => ({
      ...common,
      match: { actions, resources: RESOURCES, namespaces },
      ...more,
    });
    const name = (what: string): string => `${what}-${enforcement.toLowerCase()}`;
    await cluster.guard({
      [name('writes')]: trips(['Create', 'Update', 'Delete']),
      [name('labels')]: trips(['LabelChange']),
      [name('images')]: trips(['ImageChange'], { match: { actions: ['ImageChange'], namespaces } }),
      [name('exec')]: { ...common, match: { actions: ['Exec', 'Attach'], namespaces } },
      // What a condition looks at is not shown for that.
      [name('data')]: trips(['Update'], { when: [{ change: { path: '$.data', type: 'Any' } }] }),
      [name('env')]: trips(['Update'], {
        when: [{ change: { path: '$.spec.template.spec.containers[*].env', type: 'Any' } }],
        message: 'The environment of {{ $.target.metadata.name }} changes.',
      }),
      [name('values')]: trips(['Create', 'Update'], {
        when: [{ field: { path: '$..value', operator: 'Exists' } }],
      }),
      // Can't be evaluated: the error must not quote what it stumbled upon.
      [name('wrong')]: trips(['Create', 'Update'], {
        when: [{ field: { path: '$..password', operator: 'GreaterThan', values: [1] } }],
      }),
    });
  }
});

afterAll(() => cluster.stop());

/** Secret strings that nobody else has: a fresh one for each place, so that a leak tells where it comes from. */
class Secrets {
  readonly #all = new Map<string, string>();

  at(place: string): string {
    const secret = `s3cr3t-${place}-${randomUUID()}`;
    this.#all.set(place, secret);
    return secret;
  }

  /** The places whose secret is in the text, as it is or in base64. */
  leaksIn(text: string): string[] {
    return [...this.#all]
      .filter(
        ([, secret]) => text.includes(secret) || text.includes(Buffer.from(secret).toString('base64').slice(0, -4)),
      )
      .map(([place]) => place);
  }
}

function objects(namespace: string, secrets: Secrets, round: string): Manifest[] {
  const at = (place: string): string => secrets.at(`${place}-${round}`);
  const base64 = (place: string): string => Buffer.from(at(place)).toString('base64');
  const metadata = (name: string) => ({
    name,
    namespace,
    annotations: { 'example.org/token': at(`${name}-annotation`) },
  });
  const container = {
    name: 'main',
    image: 'example.org/app:1',
    env: [
      { name: 'PASSWORD', value: at('env') },
      { name: 'OTHER', value: at('other-env') },
    ],
    command: ['/bin/app', `--password=${at('container-command')}`],
    args: ['--token', at('container-args')],
  };
  const { spec } = deployment(namespace, 'web') as { spec: Record<string, Manifest> };
  return [
    { apiVersion: 'v1', kind: 'Secret', metadata: metadata('db'), data: { password: base64('secret-data') } },
    { apiVersion: 'v1', kind: 'Secret', metadata: metadata('api'), stringData: { password: at('secret-string-data') } },
    {
      ...configMap(namespace, 'settings'),
      metadata: metadata('settings'),
      data: { password: at('config-map'), 'app.yaml': `password: ${at('config-map-file')}\n` },
      binaryData: { key: base64('config-map-binary') },
    },
    {
      ...deployment(namespace, 'web'),
      metadata: metadata('web'),
      spec: {
        ...spec,
        template: {
          metadata: { labels: { app: 'web' }, annotations: { 'example.org/token': at('template-annotation') } },
          spec: { containers: [container] },
        },
      },
    },
  ];
}

test.each(ENFORCEMENTS)('with %s, no secret is in a record, a log line, an answer or a metric', async (enforcement) => {
  const namespace = await cluster.namespace(`private-${enforcement.toLowerCase()}`);
  const secrets = new Secrets();
  const { admin } = cluster;
  const answers: string[] = [];
  const run = async (args: readonly string[], manifest?: Manifest): Promise<void> => {
    const { stdout, stderr } = await admin.kubectl(args, manifest);
    answers.push(`${args.join(' ')}:\n${stdout}${stderr}`);
  };
  const apply = (round: string) => run(['apply', '-f', '-'], listOf(objects(namespace, secrets, round)));

  // What is denied must be there to be changed: made while nobody guards it.
  const unguarded = async (body: () => Promise<void>): Promise<void> => {
    const names = JSON.parse(await admin.must(['get', 'guardrails', '-o', 'json'])).items.filter(
      ({ spec }: { spec: GuardrailSpec }) => spec.enforcement === enforcement,
    );
    const specs = Object.fromEntries(
      names.map(({ metadata, spec }: { metadata: { name: string }; spec: GuardrailSpec }) => [metadata.name, spec]),
    );
    await cluster.unguard(...Object.keys(specs));
    await body();
    await cluster.guard(specs);
  };
  await apply('refused');
  if (enforcement === 'Deny') await unguarded(() => apply('first'));
  const podSpec = {
    containers: [
      { name: 'main', image: 'example.org/app:1', env: [{ name: 'PASSWORD', value: secrets.at('pod-env') }] },
    ],
  };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'shell', namespace }, spec: podSpec };
  if (enforcement === 'Deny') await unguarded(() => run(['create', '-f', '-'], pod));
  else await run(['create', '-f', '-'], pod);

  await apply('second');
  await run(['set', 'env', 'deployment/web', '-n', namespace, `PASSWORD=${secrets.at('set-env')}`]);
  await run(['set', 'image', 'deployment/web', '-n', namespace, 'main=example.org/app:2']);
  await run(['annotate', 'secret', 'db', '-n', namespace, `more=${secrets.at('annotate')}`]);
  await run(['label', 'secret', 'db', '-n', namespace, 'shown=yes']);
  await run(['exec', 'shell', '-n', namespace, '--', '/bin/login', '--password', secrets.at('exec-argument')]);
  await run(['attach', 'shell', '-n', namespace]);
  await run(['delete', 'secret/db', 'configmap/settings', 'deployment/web', '-n', namespace, '--wait=false']);

  const outcome = { Deny: 'Denied', Warn: 'Warned', Audit: 'Audited' }[enforcement];
  const of = (what: string) => cluster.trail(`${what}-${enforcement.toLowerCase()}`);
  const trails = await Promise.all(['writes', 'labels', 'images', 'exec', 'data', 'env', 'values', 'wrong'].map(of));
  const records = trails.flat();
  // That nothing leaks is proved only where something is written: every guardrail has tripped, every kind was judged.
  for (const trail of trails.slice(0, 7)) expect(trail.some(({ spec }) => spec.decision === outcome)).toBe(true);
  const judged = new Set(records.map(({ spec }) => spec.action.resource));
  expect([...judged]).toEqual(expect.arrayContaining(['secrets', 'configmaps', 'pods', 'deployments']));
  expect(JSON.stringify(records)).toContain('example.org/app:2');

  await eventually(() => logLines(cluster.operator).length > records.length, { message: 'the decisions are logged' });
  const all = await admin.must(['get', 'guardrailviolations', '-A', '-o', 'yaml']);
  const refusals = answers.filter((answer) => !answer.startsWith('exec') || !answer.includes('connect')).join('\n');
  expect({
    records: secrets.leaksIn(all + JSON.stringify(records)),
    log: secrets.leaksIn(cluster.operator.log()),
    answers: secrets.leaksIn(
      refusals
        .split('\n')
        .filter((line) => /Guardrail|guardrails\.dev/.test(line))
        .join('\n'),
    ),
    metrics: secrets.leaksIn(await metricsText(cluster.operator)),
    guardrails: secrets.leaksIn(await admin.must(['get', 'guardrails', '-o', 'yaml'])),
  }).toEqual({ records: [], log: [], answers: [], metrics: [], guardrails: [] });
  if (enforcement === 'Deny') expect(refusals).toMatch(/Guardrail "writes-deny" denied/);
  if (enforcement === 'Warn') expect(refusals).toMatch(/Warning: Guardrail "writes-warn"/);
});
