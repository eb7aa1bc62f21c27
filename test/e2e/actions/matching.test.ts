import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GuardrailMatch, GuardrailSpec, WhenEntry } from '../../../src/api/v1alpha1.ts';
import { expectDenied, expectPassed, lines } from '../support/decisions.ts';
import { guardTest } from '../support/guard-test.ts';
import { GuardedCluster, type Manifest, type Person } from '../support/guarded-cluster.ts';
import { eventually } from '../support/poll.ts';
import { configMap, IMAGE, workload } from '../support/workloads.ts';

const CONFIG_MAPS = [{ apiGroups: [''], resources: ['configmaps'] }];
const DEPLOYMENTS = [{ apiGroups: ['apps'], resources: ['deployments'] }];

let cluster: GuardedCluster;
let alice: Person;
let bob: Person;
let robot: Person;
/** By name and by label, these are what guardrails tell apart. */
let shop: string;
let shopTest: string;
let lab: string;
/** Where conditions, enforcement, messages and the audit settings are tried. */
let play: string;

const deny = (match: GuardrailMatch, more: Partial<GuardrailSpec> = {}): GuardrailSpec => ({
  enforcement: 'Deny',
  failurePolicy: 'Fail',
  match,
  ...more,
});

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  shop = await cluster.namespace('shop', { env: 'production' });
  shopTest = await cluster.namespace('shop-test', { env: 'test' });
  lab = await cluster.namespace('lab', { env: 'production' });
  play = await cluster.namespace('play', { env: 'play' });
  const grant = { clusterRole: 'cluster-admin' };
  alice = await cluster.person('alice', { groups: ['developers', 'on-call'], grant });
  bob = await cluster.person('bob', { groups: ['developers'], grant });
  robot = await cluster.serviceAccount(lab, 'deployer', grant);
});
afterAll(() => cluster?.stop());

/** A deletion of a ConfigMap that somebody tries out, and whether a guardrail denies it. */
interface Case {
  readonly by: Person;
  readonly of: string;
  readonly in: string;
  readonly isDenied: boolean;
}

/** What a guardrail matches on, beside its actions and resources, and what comes of it. */
interface Matching {
  readonly title: string;
  readonly name: string;
  readonly match: Omit<GuardrailMatch, 'actions' | 'resources'>;
  /** People and namespaces are there only once the cluster is. */
  readonly cases: () => readonly Case[];
}

const denied = (by: Person, of: string, namespace: string): Case => ({ by, of, in: namespace, isDenied: true });
const untouched = (by: Person, of: string, namespace: string): Case => ({ by, of, in: namespace, isDenied: false });

const MATCHINGS: readonly Matching[] = [
  {
    title: 'names are globs of whole names',
    name: 'by-name',
    match: { names: ['web-*', 'x', 'ap'] },
    cases: () => [denied(alice, 'web-a', shop), untouched(alice, 'api', shop)],
  },
  {
    title: 'namespaces are included and excluded by name, and exclude wins',
    name: 'by-namespace',
    match: { namespaces: { include: ['shop-*'], exclude: ['*-test-*'] } },
    cases: () => [denied(alice, 'api', shop), untouched(alice, 'api', shopTest), untouched(alice, 'api', lab)],
  },
  {
    title: 'namespaces that are excluded alone leave all others',
    name: 'not-by-namespace',
    match: { namespaces: { exclude: ['lab-*'] } },
    cases: () => [denied(alice, 'api', shopTest), untouched(alice, 'api', lab)],
  },
  {
    title: 'namespaceSelector reads the labels of the namespace',
    name: 'by-namespace-label',
    match: { namespaceSelector: { matchLabels: { env: 'production' } } },
    cases: () => [denied(alice, 'api', shop), denied(alice, 'api', lab), untouched(alice, 'api', shopTest)],
  },
  {
    title: 'objectSelector reads the labels of the object',
    name: 'by-label',
    match: { objectSelector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['gold'] }] } },
    cases: () => [denied(alice, 'web-a', shop), untouched(alice, 'api', shop)],
  },
  {
    title: 'subjects are included by user, by group and by service account, as globs',
    name: 'by-subject',
    match: {
      subjects: {
        include: [
          { kind: 'User', name: 'ali*' },
          { kind: 'Group', name: 'system:masters' },
          { kind: 'ServiceAccount', namespace: 'lab-*', name: 'deployer' },
        ],
      },
    },
    cases: () => [
      denied(alice, 'api', shop),
      denied(cluster.admin, 'api', shop),
      denied(robot, 'api', shop),
      untouched(bob, 'api', shop),
    ],
  },
  {
    title: 'subjects are excluded, and that wins',
    name: 'not-by-group',
    match: {
      subjects: {
        include: [
          { kind: 'Group', name: 'developers' },
          { kind: 'ServiceAccount', namespace: '*', name: '*' },
        ],
        exclude: [
          { kind: 'Group', name: 'on-call' },
          { kind: 'ServiceAccount', namespace: '*', name: 'deployer' },
        ],
      },
    },
    cases: () => [
      untouched(alice, 'api', shop),
      denied(bob, 'api', shop),
      untouched(robot, 'api', shop),
      untouched(cluster.admin, 'api', shop),
    ],
  },
  {
    title: 'everyone is judged where nobody is named, system:masters included',
    name: 'by-everyone',
    match: { names: ['api'] },
    cases: () => [denied(alice, 'api', shop), denied(cluster.admin, 'api', shop), denied(robot, 'api', shop)],
  },
];

describe('match', () => {
  const names = MATCHINGS.map(({ name }) => name);

  beforeAll(async () => {
    for (const namespace of [shop, shopTest, lab]) {
      await cluster.create(
        configMap(namespace, 'web-a', { labels: { tier: 'gold' } }),
        configMap(namespace, 'api', { labels: { tier: 'silver' } }),
      );
    }
    // All at once: each case looks at its own guardrail alone.
    await cluster.guard(
      Object.fromEntries(
        MATCHINGS.map(({ name, match }) => [name, deny({ actions: ['Delete'], resources: CONFIG_MAPS, ...match })]),
      ),
    );
  });
  afterAll(() => cluster.unguard(...names));

  test.each(MATCHINGS)('$title', async ({ name, cases }) => {
    for (const { by, of, in: namespace, isDenied } of cases()) {
      const before = await cluster.decisions(name);
      // Tried out only, so that each can be tried by everybody.
      const { stderr } = await by.kubectl(['delete', 'configmap', of, '-n', namespace, '--dry-run=server']);
      // Of several webhooks that refuse, the API server tells of one.
      if (isDenied) expect(stderr).toContain(`denied Delete of configmaps/${of} in ${namespace}`);
      else expect(stderr).not.toContain(`"${name}"`);
      // What doesn't match is no decision at all, of no outcome.
      expect(await cluster.decisions(name)).toEqual(isDenied ? { Denied: (before.Denied ?? 0) + 1 } : before);
    }
  });

  test('objectSelector holds for the object as it was and as it will be', async () => {
    await guardTest(cluster, {
      'old-or-new': deny({
        actions: ['Update'],
        resources: CONFIG_MAPS,
        namespaces: { include: [play] },
        objectSelector: { matchLabels: { rank: 'gold' } },
      }),
    });
    await cluster.create(configMap(play, 'gold', { labels: { rank: 'gold' } }), configMap(play, 'plain'));
    const at = (name: string) => ['configmap', name, '-n', play];
    expectDenied(await alice.kubectl(['label', ...at('gold'), 'rank-']), 'old-or-new', 'LabelChange', 'objectSelector');
    expectDenied(
      await alice.kubectl(['label', ...at('plain'), 'rank=gold']),
      'old-or-new',
      'Update',
      'metadata.labels',
    );
    expectPassed(await alice.kubectl(['label', ...at('plain'), 'rank=silver']));
    expect(lines(await cluster.trail('old-or-new'))).toHaveLength(2);
  });

  test('a label that a namespace gets is known to the next request', async () => {
    await guardTest(cluster, {
      'by-new-label': deny({
        actions: ['Create'],
        resources: CONFIG_MAPS,
        namespaceSelector: { matchLabels: { stage: 'frozen' } },
      }),
    });
    const namespace = await cluster.namespace('thaw');
    expectPassed(await alice.kubectl(['create', 'configmap', 'a', '-n', namespace]));
    expectPassed(await alice.kubectl(['label', 'namespace', namespace, 'stage=frozen']));
    await eventually(
      async () => (await alice.kubectl(['create', 'configmap', 'b', '-n', namespace, '--dry-run=server'])).code === 1,
      {
        message: 'the label is seen',
        timeoutMs: 5_000,
      },
    );
    // A namespace that is born with it is never without.
    const born = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'born-frozen', labels: { stage: 'frozen' } },
    };
    await cluster.create(born);
    expectDenied(await alice.kubectl(['create', 'configmap', 'a', '-n', 'born-frozen']), 'by-new-label', 'Create');
  });
});

describe('when', () => {
  const conditions: Readonly<Record<string, WhenEntry>> = {
    'change without a path': { change: { type: 'Decreased', byMoreThan: '50%' } },
    'change of a path': {
      change: {
        path: '$.spec.template.spec.containers[*].resources.limits.memory',
        type: 'Increased',
        byAtLeast: '512Mi',
      },
    },
    'field in Object': {
      field: { path: "$.metadata.annotations['e2e.example.com/force']", in: 'Object', operator: 'Exists' },
    },
    'field in OldObject': {
      field: { path: '$.metadata.labels.frozen', in: 'OldObject', operator: 'Equals', values: ['yes'] },
    },
    'field in Target': {
      field: { path: '$.metadata.labels.tier', in: 'Target', operator: 'In', values: ['gold', 'platinum'] },
    },
    'field in Options': {
      field: { path: '$.propagationPolicy', in: 'Options', operator: 'Equals', values: ['Orphan'] },
    },
    'field in Namespace': {
      field: { path: '$.metadata.labels.env', in: 'Namespace', operator: 'Matches', values: ['pl.y'] },
    },
    'field in Request': {
      field: { path: '$.userInfo.username', in: 'Request', operator: 'NotGlob', values: ['ali*'] },
    },
    'images.notFrom': { images: { notFrom: ['registry.example.com/*'] } },
    anyOf: {
      anyOf: [
        { change: { path: '$.spec.replicas', type: 'Increased', byMoreThan: 1 } },
        { field: { path: '$.spec.paused', operator: 'Equals', values: [true] } },
      ],
    },
  };
  const nameOf = (title: string): string => `when-${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`;
  const objectOf = (title: string): string => nameOf(title).replace('when-', 'web-');

  beforeAll(async () => {
    const memory = { resources: { limits: { memory: '1Gi' } } };
    for (const title of Object.keys(conditions)) {
      const labels = {
        ...(title.includes('Target') && { tier: 'gold' }),
        ...(title.includes('Old') && { frozen: 'yes' }),
      };
      const web = workload('Deployment', { namespace: play, name: objectOf(title), replicas: 4, labels });
      const template = {
        metadata: { labels: { app: objectOf(title) } },
        spec: { containers: [{ name: 'main', image: IMAGE, ...memory }] },
      };
      await cluster.create({ ...web, spec: { ...(web.spec as Manifest), template } });
    }
    // Each on its own object, so that they can be in force together.
    await cluster.guard(
      Object.fromEntries(
        Object.entries(conditions).map(([title, condition]) => [
          nameOf(title),
          deny(
            {
              actions: title === 'change without a path' ? ['ScaleDown'] : ['Update', 'Delete'],
              resources: DEPLOYMENTS,
              names: [objectOf(title)],
              namespaces: { include: [play] },
              subjects: { exclude: [{ kind: 'Group', name: 'system:serviceaccounts' }] },
            },
            { when: [condition] },
          ),
        ]),
      ),
    );
  });
  afterAll(() => cluster.unguard(...Object.keys(conditions).map(nameOf)));

  const memory = (value: string): string[] => ['set', 'resources', 'DEPLOYMENT', `--limits=memory=${value}`];
  const annotate = (key: string): string[] => ['annotate', 'DEPLOYMENT', `e2e.example.com/${key}=yes`];
  const scale = (replicas: number): string[] => ['scale', 'DEPLOYMENT', `--replicas=${replicas}`];

  test.each<{ title: string; trips: readonly string[]; passes: readonly string[]; by?: () => Person }>([
    { title: 'change without a path', trips: scale(1), passes: scale(2) },
    { title: 'change of a path', trips: memory('1536Mi'), passes: memory('1280Mi') },
    { title: 'field in Object', trips: annotate('force'), passes: annotate('other') },
    { title: 'field in OldObject', trips: annotate('any'), passes: [] },
    { title: 'field in Target', trips: scale(5), passes: [] },
    {
      title: 'field in Options',
      trips: ['delete', 'DEPLOYMENT', '--cascade=orphan'],
      passes: ['delete', 'DEPLOYMENT', '--cascade=foreground', '--dry-run=server'],
    },
    { title: 'field in Namespace', trips: scale(5), passes: [] },
    { title: 'field in Request', trips: scale(5), passes: [], by: () => bob },
    {
      title: 'images.notFrom',
      trips: ['set', 'image', 'DEPLOYMENT', 'main=nginx'],
      passes: ['set', 'image', 'DEPLOYMENT', 'main=registry.example.com/other'],
    },
    { title: 'anyOf', trips: scale(6), passes: scale(5) },
  ])('$title', async ({ title, trips, passes, by }) => {
    const run = (person: Person, args: readonly string[]) => {
      const what = args.map((arg) => (arg === 'DEPLOYMENT' ? `deployment/${objectOf(title)}` : arg));
      return person.kubectl([...what, '-n', play]);
    };
    const denied = await run(by?.() ?? alice, trips);
    expect(denied.stderr).toContain(`Guardrail "${nameOf(title)}" denied`);
    expect(denied.code).toBe(1);
    if (passes.length > 0) expectPassed(await run(alice, passes));
    const { Denied = 0, Allowed = 0 } = await cluster.decisions(nameOf(title));
    expect(Denied).toBeGreaterThan(0);
    // It was sent and judged, and did not trip.
    if (passes.length > 0) expect(Allowed).toBeGreaterThan(0);
  });

  test('the other alternative of anyOf, and the other side of the fields that have only one so far', async () => {
    const pause = await alice.kubectl(['rollout', 'pause', `deployment/${objectOf('anyOf')}`, '-n', play]);
    expectDenied(pause, nameOf('anyOf'), 'Update', 'paused true');
    expectPassed(await alice.kubectl([...scale(5).with(1, `deployment/${objectOf('field in Request')}`), '-n', play]));
    const frozen = ['label', 'deployment', objectOf('field in Target'), '-n', play, '--overwrite', 'tier=silver'];
    // As it will be, it is not gold any more.
    expectPassed(await alice.kubectl(frozen));
    expectPassed(await alice.kubectl([...scale(5).with(1, `deployment/${objectOf('field in Target')}`), '-n', play]));
  });
});

describe('enforcement', () => {
  test('Warn lets pass with a warning, Audit in silence, and both are on record', async () => {
    const match: GuardrailMatch = {
      actions: ['Create'],
      resources: CONFIG_MAPS,
      names: ['told'],
      namespaces: { include: [play] },
    };
    await guardTest(cluster, {
      warns: { enforcement: 'Warn', severity: 'Low', match, message: 'Think twice.' },
      audits: { enforcement: 'Audit', severity: 'Critical', match },
    });
    const { code, stdout, stderr } = await alice.kubectl(['create', 'configmap', 'told', '-n', play]);
    expect(code).toBe(0);
    expect(stdout).toBe('configmap/told created\n');
    const [warned] = await cluster.trail('warns');
    expect(stderr).toBe(
      `Warning: Guardrail "warns" warns of Create of configmaps/told in ${play}. Think twice. [record ${warned?.metadata?.name}]\n`,
    );
    expect(warned?.spec).toMatchObject({
      decision: 'Warned',
      enforcement: 'Warn',
      severity: 'Low',
      fieldManager: 'kubectl-create',
    });
    const [audited] = await cluster.trail('audits');
    expect(audited?.spec).toMatchObject({ decision: 'Audited', enforcement: 'Audit', severity: 'Critical' });
  });

  test('of two that deny, both are told, and the one that does not trip is not', async () => {
    const match: GuardrailMatch = {
      actions: ['Create'],
      resources: CONFIG_MAPS,
      names: ['both'],
      namespaces: { include: [play] },
    };
    const never: WhenEntry[] = [{ field: { path: '$.data.x', operator: 'Exists' } }];
    await guardTest(cluster, {
      'first-no': deny(match),
      'second-no': deny(match),
      'not-no': deny(match, { when: never }),
    });
    const { stderr } = await alice.kubectl(['create', 'configmap', 'both', '-n', play]);
    expect(stderr).toContain('Guardrail "first-no" denied Create of configmaps/both');
    expect(stderr).toContain('Guardrail "second-no" denied Create of configmaps/both');
    expect(stderr).not.toContain('not-no');
  });
});

test('a message reads every variable, in words that hold no secrets', async () => {
  await guardTest(cluster, {
    explains: deny(
      { actions: ['ScaleDown'], resources: DEPLOYMENTS, names: ['explained'], namespaces: { include: [play] } },
      {
        message:
          '{{ $.request.userInfo.username }}: {{ $.action.type }} of {{ $.target.metadata.name }} ({{ $.target.metadata.labels.team }}) from {{ $.oldObject.spec.replicas }} to {{ $.object.spec.replicas }} in {{ $.namespace.metadata.labels.env }} by {{ $.options.kind }}; {{ $.object.spec.nothing }}',
      },
    ),
  });
  await cluster.create(
    workload('Deployment', { namespace: play, name: 'explained', replicas: 4, labels: { team: 'shop' } }),
  );
  const scale = ['scale', 'deployment/explained', '-n', play, '--replicas=1'];
  const text = 'ScaleDown of explained (shop) from 4 to 1 in play by';
  expectDenied(await alice.kubectl(scale), 'explains', 'ScaleDown', `alice: ${text} UpdateOptions; <none>`);
  const patch = ['patch', 'deployment/explained', '-n', play, '-p', '{"spec":{"replicas":1}}'];
  expectDenied(await bob.kubectl(patch), 'explains', 'ScaleDown', `bob: ${text} UpdateOptions; <none>`);
});

test('audit.allowed says what becomes of an action that matched and did not trip', async () => {
  const never: WhenEntry[] = [{ field: { path: '$.data.x', operator: 'Exists' } }];
  const all = ['record', 'log', 'none'] as const;
  const words = { record: 'Record', log: 'Log', none: 'None' } as const;
  const match: GuardrailMatch = {
    actions: ['Create'],
    resources: CONFIG_MAPS,
    names: ['quiet'],
    namespaces: { include: [play] },
  };
  await guardTest(
    cluster,
    Object.fromEntries(
      all.map((name) => [`to-${name}`, deny(match, { when: never, audit: { allowed: words[name] } })]),
    ),
  );
  expectPassed(await alice.kubectl(['create', 'configmap', 'quiet', '-n', play]));
  for (const name of all) expect(await cluster.decisions(`to-${name}`)).toEqual({ Allowed: 1 });
  expect(lines(await cluster.trail('to-record'))).toEqual(['Allowed Create of configmaps/quiet by alice']);
  expect(await cluster.trail('to-log', { unrecorded: 1 })).toEqual([]);
  expect(await cluster.trail('to-none', { unrecorded: 1 })).toEqual([]);
  const logged = cluster.operator
    .log()
    .split('\n')
    .filter((line) => line.includes('"message":"decision"'))
    .map((line) => JSON.parse(line).guardrail);
  expect(logged.filter((name: string) => name.startsWith('to-')).sort()).toEqual(['to-log', 'to-record']);
});

test('sixteen namespaces and more, each with a guardrail of its own, are guarded all the same', async () => {
  const namespaces = await Promise.all(Array.from({ length: 18 }, () => cluster.namespace('many')));
  const specs = namespaces.map((namespace) => [
    `in-${namespace}`,
    deny({ actions: ['Create'], resources: CONFIG_MAPS, namespaces: { include: [namespace] } }),
  ]);
  await guardTest(cluster, Object.fromEntries(specs));
  const results = namespaces.map((namespace) => alice.kubectl(['create', 'configmap', 'a', '-n', namespace]));
  for (const [index, result] of (await Promise.all(results)).entries()) {
    expectDenied(result, `in-${namespaces[index]}`, 'Create');
  }
  expectPassed(await alice.kubectl(['create', 'configmap', 'many', '-n', lab]));
});
