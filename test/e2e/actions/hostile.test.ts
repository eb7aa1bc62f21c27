import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GuardrailMatch, GuardrailSpec, WhenEntry } from '../../../src/api/v1alpha1.ts';
import { expectDenied, expectPassed } from '../support/decisions.ts';
import { GuardedCluster, guardrail, type Manifest, type Person } from '../support/guarded-cluster.ts';
import { type CommandResult, kubectl } from '../support/kubectl.ts';
import { configMap, workload } from '../support/workloads.ts';

/** Guardrails and objects that somebody makes to hurt the operator. */

const MEBIBYTE = 1024 * 1024;
const GROUP = 'hostile.example.com';
const WIDGETS = [{ apiGroups: [GROUP], resources: ['widgets'] }];
const TIMEOUT_MS = 30_000;

let cluster: GuardedCluster;
let alice: Person;
let shop: string;

const spec = (match: GuardrailMatch, ...when: readonly WhenEntry[]): GuardrailSpec => ({
  enforcement: 'Deny',
  failurePolicy: 'Fail',
  match,
  ...(when.length > 0 && { when: when as [WhenEntry] }),
});
const ofWidgets = (...when: readonly WhenEntry[]): GuardrailSpec =>
  spec({ actions: ['Create', 'Update'], resources: WIDGETS }, ...when);

const GUARDRAILS: Readonly<Record<string, GuardrailSpec>> = {
  'no-evil': ofWidgets({ field: { path: '$.spec.evil', operator: 'Equals', values: [true] } }),
  'no-evil-anywhere': ofWidgets({ field: { path: '$..deepEvil', operator: 'Exists' } }),
  'short-names': ofWidgets({ field: { path: '$.spec.names[*]', operator: 'Matches', values: ['(a+)+b', '(.*x){9}'] } }),
  'as-it-should-be': ofWidgets({
    violatesSchema: {
      properties: { spec: { maxProperties: 150_000, properties: { size: { type: 'integer', maximum: 10 } } } },
    },
  }),
  'size-only': spec(
    { actions: ['Update'], resources: WIDGETS, names: ['fixed*'] },
    { changesOutside: ['$.spec.size'] },
  ),
  'maps-stay': spec({
    actions: ['Delete'],
    resources: [{ apiGroups: [''], resources: ['configmaps'] }],
    names: ['kept'],
  }),
};

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  alice = await cluster.person('alice', { grant: { clusterRole: 'cluster-admin' } });
  shop = await cluster.namespace('shop');
  await cluster.admin.must(['create', '-f', '-'], {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget', listKind: 'WidgetList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  });
  await cluster.admin.must(['wait', '--for=condition=Established', '--timeout=30s', `crd/widgets.${GROUP}`]);
  await cluster.guard(GUARDRAILS);
  await cluster.create(configMap(shop, 'kept'));
}, 120_000);
afterAll(() => cluster?.stop());

const widget = (name: string, body: unknown): Manifest => ({
  apiVersion: `${GROUP}/v1`,
  kind: 'Widget',
  metadata: { name, namespace: shop },
  spec: body,
});

/** As it is, since kubectl would write the same in six times the bytes, or not at all. */
const create = (name: string, body: unknown): Promise<CommandResult> => createRaw(JSON.stringify(widget(name, body)));

/** What may be is tried only: etcd would take none of more than 2 MiB. */
const tryToCreate = (name: string, body: unknown): Promise<CommandResult> =>
  createRaw(JSON.stringify(widget(name, body)), '?dryRun=All');

const createRaw = (stdin: string, query = ''): Promise<CommandResult> =>
  kubectl(
    cluster.controlPlane,
    alice.kubeconfig,
    ['create', '--raw', `/apis/${GROUP}/v1/namespaces/${shop}/widgets${query}`, '-f', '-'],
    { stdin },
  );

/** The guardrails that protect other things still do, and quickly. */
async function expectAlive(): Promise<void> {
  expectDenied(await alice.kubectl(['delete', 'configmap', 'kept', '-n', shop]), 'maps-stay', 'Delete');
  expect(await cluster.condition('maps-stay', 'Enforcing')).toMatchObject({ status: 'True' });
}

describe('a hostile guardrail is refused, and it is told why', () => {
  const SOMETHING = { field: { path: '$.a', operator: 'Matches' as const, values: ['a'] } };
  test.each<[string, WhenEntry, string]>([
    [
      'with a script in a path',
      { field: { ...SOMETHING.field, path: '$.spec[?(@.a)]' } },
      'spec.when[0].field.path: must be a JSONPath such as $.spec.replicas: expected *, an index, a quoted key, a slice or a union at position 8',
    ],
    [
      'with a call in a path',
      { changesOutside: ['$.a', '$.spec[(process.exit(1))]'] },
      'spec.when[0].changesOutside[1]: must be a JSONPath such as $.spec.replicas: expected *, an index, a quoted key, a slice or a union at position 8',
    ],
    [
      'with a back-reference',
      { field: { ...SOMETHING.field, values: ['(a)\\1'] } },
      'spec.when[0].field.values[0]: must be an RE2 regular expression',
    ],
    [
      'with counts in counts',
      { field: { ...SOMETHING.field, values: ['((a{99}){99}){99}'] } },
      'spec.when[0].field.values[0]: ',
    ],
    [
      'with a schema that reads the network',
      { violatesSchema: { $ref: 'http://169.254.169.254/latest' } },
      'spec.when[0].violatesSchema#/$ref: must name a definition of this schema',
    ],
    [
      'with a schema that contains itself',
      { violatesSchema: { $ref: '#/$defs/a', $defs: { a: { not: { $ref: '#/$defs/a' } } } } },
      'spec.when[0].violatesSchema#/$defs/a/not/$ref: must not lead back to itself',
    ],
    [
      'with a keyword that is misspelt',
      { violatesSchema: { properties: { spec: { requierd: ['a'] } } } },
      'spec.when[0].violatesSchema#/properties/spec/requierd: must not be set',
    ],
    ['with CEL that is nested too deep', { cel: `${'('.repeat(1000)}true${')'.repeat(1000)}` }, 'spec.when[0].cel: '],
  ])('%s', async (_name, when, message) => {
    const { code, stderr } = await alice.kubectl(['create', '-f', '-'], guardrail('hostile', ofWidgets(when)));
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });
});

describe('a hostile object is judged', () => {
  const wide = (count: number): Record<string, unknown> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
  test.each<[string, () => unknown]>([
    ['a string of a mebibyte', () => ({ text: 'a'.repeat(MEBIBYTE) })],
    ['1.2 MiB of what HTML escapes', () => ({ text: '<'.repeat(1.2 * MEBIBYTE) })],
    ['twenty thousand keys', () => wide(20_000)],
    ['a hundred thousand items', () => ({ list: Array.from({ length: 100_000 }, (_, index) => index) })],
    [
      'keys that every object has',
      () =>
        JSON.parse('{"constructor": 1, "toString": {"a": 1}, "valueOf": 1, "then": 1, "__proto__": {"evil": true}}'),
    ],
    ['a name of a key of ten thousand characters', () => ({ ['k'.repeat(10_000)]: 1 })],
  ])(
    '%s: it passes if it may, and is denied if it may not',
    async (name, make) => {
      const id = name.replace(/[^a-z]+/gi, '-').toLowerCase();
      expectDenied(await create(`bad-${id}`, { ...(make() as object), evil: true }), 'no-evil', 'Create');
      expectDenied(
        await create(`large-${id}`, { ...(make() as object), size: 11 }),
        'as-it-should-be',
        'Create',
        '$.spec.size must be 10 or less',
      );
      expectPassed(await tryToCreate(`good-${id}`, make()));
    },
    TIMEOUT_MS,
  );

  test(
    'an object that is nested too deep to be searched is denied, and it is told why',
    async () => {
      const levels = `${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}`;
      const { code, stderr } = await createRaw(JSON.stringify(widget('deep', 'LEVELS')).replace('"LEVELS"', levels));
      expect(stderr).toMatch(
        /Guardrail "no-evil-anywhere" denied Create of .* It could not be evaluated: it is nested too deep/,
      );
      expect(code).toBe(1);
      await expectAlive();
    },
    TIMEOUT_MS,
  );

  test(
    'a text that an expression nearly matches is judged',
    async () => {
      expectPassed(await create('nearly', { names: ['a'.repeat(20_000)] }));
      expectDenied(await create('matches', { names: [`${'a'.repeat(20_000)}b`] }), 'short-names', 'Create');
      const { stderr } = await create('too-long', { names: ['a'.repeat(MEBIBYTE)] });
      expect(stderr).toContain('Guardrail "short-names" denied Create');
      expect(stderr).toContain("characters can't be matched");
    },
    TIMEOUT_MS,
  );

  test(
    'one change among many is found, and one that may be is let pass',
    async () => {
      await alice.must(
        ['create', '-f', '-'],
        widget('fixed', { size: 1, list: Array.from({ length: 20_000 }, (_, name) => ({ name: `n${name}` })) }),
      );
      const patch = (body: unknown) =>
        alice.kubectl(['patch', `widgets.${GROUP}`, 'fixed', '-n', shop, '--type=json', '-p', JSON.stringify(body)]);
      expectPassed(await patch([{ op: 'replace', path: '/spec/size', value: 2 }]));
      expectDenied(
        await patch([{ op: 'add', path: '/spec/list/19999/x', value: 1 }]),
        'size-only',
        'Update',
        'it changes $.spec.list[n19999].x',
      );
      expectDenied(
        await patch([{ op: 'move', from: '/spec/list/0', path: '/spec/list/1' }]),
        'size-only',
        'Update',
        'it changes $.spec.list',
      );
    },
    TIMEOUT_MS,
  );

  test(
    'while other requests are answered',
    async () => {
      const times: number[] = [];
      let isOver = false;
      const hostile = Promise.all(
        [1, 2, 3].map(async (number) => create(`meanwhile-${number}`, { ...wide(20_000), evil: true })),
      ).finally(() => {
        isOver = true;
      });
      while (!isOver) {
        const before = performance.now();
        const { code } = await alice.kubectl(['delete', 'configmap', 'kept', '-n', shop]);
        expect(code).toBe(1);
        times.push(performance.now() - before);
      }
      for (const result of await hostile) expectDenied(result, 'no-evil', 'Create');
      expect(times.length).toBeGreaterThan(0);
      expect(Math.max(...times)).toBeLessThan(5_000);
      await expectAlive();
    },
    TIMEOUT_MS,
  );

  test('and ordinary work goes on', async () => {
    expectPassed(await create('ordinary', { size: 3 }));
    await alice.create(workload('Deployment', { namespace: shop, name: 'web' }));
    await expectAlive();
  });
});
