import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { GuardrailSpec, WhenEntry } from '../../../src/api/v1alpha1.ts';
import { expectDenied, expectPassed } from '../support/decisions.ts';
import { guardTest } from '../support/guard-test.ts';
import { GuardedCluster, guardrail, type Manifest, type Person } from '../support/guarded-cluster.ts';
import { eventually } from '../support/poll.ts';
import { configMap } from '../support/workloads.ts';

const CONFIG_MAPS = [{ apiGroups: [''], resources: ['configmaps'] }];
const SECRETS = [{ apiGroups: [''], resources: ['secrets'] }];
const BAD: WhenEntry[] = [{ field: { path: '$.data[?(@.x)]', operator: 'Exists' } }];

const spec = (more: Partial<GuardrailSpec> = {}): GuardrailSpec => ({
  enforcement: 'Deny',
  failurePolicy: 'Fail',
  match: { actions: ['Delete'], resources: CONFIG_MAPS },
  ...more,
});

let cluster: GuardedCluster;
let alice: Person;

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  alice = await cluster.person('alice', { grant: { clusterRole: 'cluster-admin' } });
});
afterAll(() => cluster?.stop());

const apply = (name: string, given: unknown) =>
  alice.kubectl(['apply', '-f', '-'], guardrail(name, given as GuardrailSpec));

describe('a Guardrail that can not be meant', () => {
  /** Refused by the operator, which tells the field and what it must be. */
  test.each<{ title: string; given: Partial<GuardrailSpec>; told: string }>([
    {
      title: 'a filter in a path',
      given: { when: BAD },
      told: 'spec.when[0].field.path: must be a JSONPath such as $.spec.replicas: expected',
    },
    {
      title: 'a regular expression',
      given: { when: [{ field: { path: '$.x', operator: 'Matches', values: ['('] } }] },
      told: 'spec.when[0].field.values[0]: must be',
    },
    {
      title: 'an operator without an operand',
      given: { when: [{ field: { path: '$.x', operator: 'Equals' } }] },
      told: 'spec.when[0].field.values: must be exactly one value for Equals',
    },
    {
      title: 'a threshold',
      given: { when: [{ change: { type: 'Decreased', byMoreThan: 'half' } }] },
      told: 'spec.when[0].change.byMoreThan: must be a percentage (50%), a number (3) or a quantity (512Mi)',
    },
    {
      title: 'an alternative',
      given: { when: [{ anyOf: [{ change: { type: 'Any', path: '$..x' } }] }] },
      told: 'spec.when[0].anyOf[0].change.path: must',
    },
    {
      title: 'a message that would show secrets',
      given: { message: '{{ $.object.data.password }}' },
      told: 'spec.message: must not show what may be secret',
    },
    {
      title: 'a message that reads what is not there',
      given: { message: '{{ $.user.name }}' },
      told: 'spec.message: must read one of object, oldObject, target, options, namespace, request, action',
    },
    {
      title: 'an action that can not happen to the resource',
      given: { match: { actions: ['Exec'], resources: CONFIG_MAPS } },
      told: 'spec.match.actions[0]: must be able to happen to one of spec.match.resources: Exec happens to pods',
    },
    {
      title: 'a selector',
      given: {
        match: {
          actions: ['Delete'],
          resources: CONFIG_MAPS,
          objectSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] },
        },
      },
      told: 'spec.match.objectSelector',
    },
  ])('is refused by the operator for $title', async ({ given, told }) => {
    const { code, stderr } = await apply('refused', spec(given));
    expect(stderr).toContain(told);
    expect(stderr).toContain('admission webhook "guardrails.validate.guardrails.dev" denied the request');
    expect(code).toBe(1);
    expect(await cluster.find('guardrails.guardrails.dev', undefined, 'refused')).toBeUndefined();
  });

  /** Refused by the CRD, so that it holds while the operator is away. */
  test.each<{ title: string; given: unknown; told: string }>([
    {
      title: 'Deny without a failurePolicy',
      given: { enforcement: 'Deny', match: spec().match },
      told: 'spec.failurePolicy: Invalid value: failurePolicy must be set to Fail or Ignore when enforcement is Deny',
    },
    {
      title: 'Fail for what only warns',
      given: spec({ enforcement: 'Warn' }),
      told: 'failurePolicy may be Fail only when enforcement is Deny',
    },
    { title: 'no enforcement', given: { match: spec().match }, told: 'spec.enforcement: Required value' },
    {
      title: 'an action that is none',
      given: spec({ match: { actions: ['Destroy' as 'Delete'] } }),
      told: 'spec.match.actions[0]: Unsupported value: "Destroy"',
    },
    {
      title: 'resources that are missing',
      given: spec({ match: { actions: ['Delete'] } }),
      told: 'resources must be set for the actions that can happen to anything',
    },
    {
      title: 'a subresource',
      given: spec({ match: { actions: ['Delete'], resources: [{ apiGroups: [''], resources: ['pods/status'] }] } }),
      told: 'spec.match.resources[0].resources[0]',
    },
    {
      title: 'two conditions in one',
      given: spec({ when: [{ change: { type: 'Any' }, images: { notFrom: ['a'] } }] }),
      told: 'exactly one of change, field, changesOutside, images, violatesSchema, cel and anyOf must be set',
    },
    {
      title: 'a ServiceAccount without a namespace',
      given: spec({ match: { ...spec().match, subjects: { include: [{ kind: 'ServiceAccount', name: 'a' }] } } }),
      told: 'namespace must be set for a ServiceAccount, and only there',
    },
    {
      title: 'a field that is none',
      given: { ...spec(), enforcment: 'Deny' },
      told: 'unknown field "spec.enforcment"',
    },
  ])('is refused by the CRD for $title', async ({ given, told }) => {
    const { code, stderr } = await apply('refused', given);
    expect(stderr).toContain(told);
    expect(code).toBe(1);
  });

  test('is refused as an update too, and the one before goes on', async () => {
    const namespace = await cluster.namespace('goes-on');
    const match = { ...spec().match, namespaces: { include: [namespace] } };
    await guardTest(cluster, { 'goes-on': spec({ match }) });
    const { code, stderr } = await apply('goes-on', spec({ match, when: BAD }));
    expect(stderr).toContain('spec.when[0].field.path');
    expect(code).toBe(1);
    await cluster.create(configMap(namespace, 'a'));
    expectDenied(await alice.kubectl(['delete', 'configmap', 'a', '-n', namespace]), 'goes-on', 'Delete');
    expect((await cluster.condition('goes-on', 'Ready'))?.status).toBe('True');
  });
});

describe('a Guardrail that can not compile and is there all the same', () => {
  const broken = (resources: GuardrailSpec['match']['resources'], more: Partial<GuardrailSpec> = {}): Manifest =>
    ({
      ...spec({ match: { actions: ['Delete'], resources: resources ?? [] }, when: BAD, ...more }),
    }) as unknown as Manifest;

  test('since it was stored while the operator was away, is Stalled and answered by its failurePolicy; others go on', async () => {
    const namespace = await cluster.namespace('stalled');
    const within = { namespaces: { include: [namespace] } };
    await guardTest(cluster, { sound: spec({ match: { actions: ['Create'], resources: CONFIG_MAPS, ...within } }) });
    onTestFinished(() => cluster.unguard('closed', 'open'));
    await cluster.operator.stop();
    try {
      for (const [name, given] of [
        ['closed', broken(CONFIG_MAPS)],
        ['open', broken(SECRETS, { failurePolicy: 'Ignore' })],
      ] as const) {
        expectPassed(await apply(name, given));
      }
    } finally {
      await cluster.startOperator();
    }
    const conditions = await eventually(
      async () => {
        const { status, metadata } = await cluster.read('guardrails.guardrails.dev', undefined, 'closed');
        return status.observedGeneration === metadata.generation && status.conditions;
      },
      { message: 'the operator has seen it' },
    );
    expect(conditions).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          type: 'Ready',
          status: 'False',
          reason: 'CompileError',
          message: expect.stringMatching(
            /^spec\.when\[0\]\.field\.path: must .*; requests in its scope are answered by failurePolicy Fail$/,
          ),
        }),
        expect.objectContaining({ type: 'Stalled', status: 'True', reason: 'CompileError' }),
        expect.objectContaining({ type: 'Enforcing', status: 'False' }),
      ]),
    );
    await cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', namespace } });
    // Who made it can't be judged: its scope is all namespaces.
    const remove = (kind: string, name: string) => alice.kubectl(['delete', kind, name, '-n', namespace]);
    await eventually(async () => (await remove('configmap', 'kube-root-ca.crt')).code === 1, {
      message: 'it is configured',
    });
    expectDenied(
      await remove('configmap', 'kube-root-ca.crt'),
      'closed',
      'Delete',
      'It does not compile: spec.when[0].field.path',
    );
    expectPassed(await remove('secret', 'a'));
    const [passed] = await cluster.trail('open');
    expect(passed?.spec).toMatchObject({ decision: 'Allowed', reason: 'NotCompiled', action: { target: 'secrets/a' } });
    await cluster.enforced('sound');
    expectDenied(await alice.kubectl(['create', 'configmap', 'a', '-n', namespace]), 'sound', 'Create');

    // What is mended is in force, without a restart.
    await cluster.guard({ closed: spec({ match: { actions: ['Delete'], resources: CONFIG_MAPS, names: ['other'] } }) });
    expectPassed(await remove('configmap', 'kube-root-ca.crt'));
    expect((await cluster.condition('closed', 'Stalled'))?.status).toBe('False');
  });

  test('since its webhook was switched off, leaves the generation before in force', async () => {
    const namespace = await cluster.namespace('previous');
    const match = { ...spec().match, namespaces: { include: [namespace] } };
    await guardTest(cluster, { previous: spec({ match, message: 'Of the first generation.' }) });
    await cluster.create(configMap(namespace, 'a'), {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'guardrails-operator', namespace: 'guardrails-system' },
      data: { repair: 'Off' },
    });
    try {
      await cluster.admin.must(['delete', 'validatingwebhookconfiguration', 'guardrails.dev']);
      await eventually(async () => (await cluster.condition('previous', 'Enforcing'))?.reason === 'RepairOff', {
        message: 'the operator says that it does not repair',
      });
      expectPassed(await apply('previous', spec({ match, when: BAD, message: 'Of the second.' })));
    } finally {
      await cluster.admin.must(['delete', 'configmap', 'guardrails-operator', '-n', 'guardrails-system']);
    }
    const ready = await eventually(
      async () => {
        const condition = await cluster.condition('previous', 'Ready');
        return condition?.status === 'False' && condition;
      },
      { message: 'the second generation is found not to compile' },
    );
    expect(ready.message).toContain('generation 1 stays in force');
    const remove = ['delete', 'configmap', 'a', '-n', namespace, '--dry-run=server'];
    await eventually(async () => (await alice.kubectl(remove)).code === 1, {
      message: 'the configuration is repaired',
    });
    expectDenied(await alice.kubectl(remove), 'previous', 'Delete', 'Of the first generation.');
  });
});

test('status counts decisions, and a restart of the operator adds to them; dry runs count for nothing', async () => {
  const namespace = await cluster.namespace('counted');
  const within = { namespaces: { include: [namespace] } };
  await guardTest(cluster, {
    counted: spec({
      match: { actions: ['Create', 'Delete'], resources: CONFIG_MAPS, names: ['a', 'b'], ...within },
      when: [{ field: { path: '$.metadata.name', operator: 'Equals', values: ['a'] } }],
    }),
  });
  const create = (name: string, ...flags: string[]) =>
    alice.kubectl(['create', 'configmap', name, '-n', namespace, ...flags]);
  const status = async () => (await cluster.read('guardrails.guardrails.dev', undefined, 'counted')).status;
  const before = Date.now();
  expectDenied(await create('a'), 'counted', 'Create');
  expectDenied(await create('a', '--dry-run=server'), 'counted', 'Create');
  expectPassed(await create('b'));
  expect(await cluster.operator.stop()).toBe(0);
  try {
    expect((await status()).counts).toEqual({ denied: 1, allowed: 1 });
    const { lastViolationTime } = await status();
    expect(Math.abs(Date.parse(lastViolationTime) - before)).toBeLessThan(60_000);
  } finally {
    await cluster.startOperator();
  }
  await cluster.enforced('counted');
  expectDenied(await create('a'), 'counted', 'Create');
  const counts = await eventually(
    async () => {
      const { counts } = await status();
      return counts.denied === 2 && counts;
    },
    { message: 'the decision is counted' },
  );
  expect(counts).toEqual({ denied: 2, allowed: 1 });
});

describe('kubectl', () => {
  test('shows what a Guardrail is and does in columns', async () => {
    await guardTest(cluster, {
      shown: spec({
        severity: 'High',
        match: { actions: ['Delete', 'Evict'], resources: [{ apiGroups: [''], resources: ['pods'] }] },
      }),
    });
    expect(await alice.must(['get', 'gdr'])).toMatch(
      /^NAME +ENFORCEMENT +ACTIONS +READY +IN-EFFECT +DENIED +AGE\nshown +Deny +\["Delete","Evict"\] +True +\d+m?s\n$/,
    );
    expect(await alice.must(['get', 'guardrails', '-o', 'wide'])).toMatch(
      /^NAME +ENFORCEMENT +ACTIONS +READY +IN-EFFECT +DENIED +AGE +SEVERITY +NEXT-CHANGE +TESTS-PASSED +ENFORCING +MESSAGE\nshown .*High +Unknown +True +generation 1 is compiled and loaded\n$/,
    );
    expect(await alice.must(['get', 'gdr', '--field-selector', 'spec.enforcement=Deny', '-o', 'name'])).toContain(
      'shown',
    );
  });

  test('shows what was decided in columns, and finds it by fields and labels', async () => {
    const namespace = await cluster.namespace('shown');
    const match = { ...spec().match, namespaces: { include: [namespace] } };
    await guardTest(cluster, { 'no-delete': spec({ match, severity: 'High', message: 'Ask first.' }) });
    await cluster.create(configMap(namespace, 'a'));
    expectDenied(
      await alice.kubectl(['delete', 'configmap', 'a', '-n', namespace]),
      'no-delete',
      'Delete',
      'Ask first.',
    );
    const [record] = await cluster.trail('no-delete');
    const name = record?.metadata?.name;
    expect(await alice.must(['get', 'gdrv', '-n', namespace])).toMatch(
      new RegExp(
        `^NAME +DECISION +GUARDRAIL +ACTION +RESOURCE +SUBJECT +COUNT +AGE\\n${name} +Denied +no-delete +Delete +configmaps/a +alice +\\d+m?s\\n$`,
      ),
    );
    expect(await alice.must(['get', 'gdrv', '-n', namespace, '-o', 'wide'])).toMatch(
      / High +Guardrail "no-delete" denied Delete of configmaps\/a in shown-\d+\. Ask first\.\n$/,
    );
    for (const selector of [
      ['--field-selector', 'spec.decision=Denied,spec.guardrail.name=no-delete,spec.action.type=Delete'],
      ['--field-selector', 'spec.subject.username=alice,spec.action.resource=configmaps,spec.action.name=a'],
      ['-l', 'guardrails.dev/guardrail=no-delete,guardrails.dev/decision=Denied'],
    ]) {
      expect(await alice.must(['get', 'gdrv', '-n', namespace, ...selector, '-o', 'name'])).toContain(name);
    }
  });

  test('explains every field', async () => {
    expect(await alice.must(['explain', 'guardrail.spec.match'])).toMatch(
      /FIELD: match <Object>[\s\S]*actions\s+<\[\]string> -required-[\s\S]*derived[\s\S]*selectorProtection/,
    );
    expect(await alice.must(['explain', 'guardrail.spec.when.change.byMoreThan'])).toContain(
      'a percentage of the old value (50%)',
    );
    expect(await alice.must(['explain', 'guardrailviolation.spec.action'])).toContain('The real name of the object');
    const all = await alice.must(['explain', 'guardrail.spec', '--recursive']);
    for (const field of ['failurePolicy', 'namespaceSelector', 'quantifier', 'notFrom']) expect(all).toContain(field);
  });
});
