import { describe, expect, test } from 'vitest';
import { roleGrant } from '../../../../src/policy/actions/role-grant.ts';
import { EvaluationError } from '../../../../src/policy/evaluation-context.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';
import { targetOf } from '../../../../src/policy/target.ts';
import { compiled, findingOf } from '../support/judge.ts';
import { review } from '../support/reviews.ts';

const GROUP = 'rbac.authorization.k8s.io';

type Fields = Readonly<Record<string, unknown>>;

const grants = (of: Review) =>
  roleGrant.detect({ review: of, target: targetOf(of, undefined, undefined), info: undefined });

const reviewOf = (resource: string, before: KubeObject | undefined, after: KubeObject): Review =>
  review({
    group: GROUP,
    resource,
    ...(before === undefined ? { operation: 'CREATE' } : { oldObject: before }),
    object: after,
  });

const rule = (verbs: string, resources: string, more: Fields = {}): Fields => ({
  apiGroups: [''],
  resources: resources.split(' '),
  verbs: verbs.split(' '),
  ...more,
});
const paths = (verbs: string, ...nonResourceURLs: readonly string[]): Fields => ({
  verbs: verbs.split(' '),
  nonResourceURLs,
});
const rules = (...all: readonly Fields[]): Fields => ({ rules: all });

const ROLES: readonly (readonly [string, Fields | undefined, Fields, boolean])[] = [
  ['a Role that is created with rules', undefined, rules(rule('get', 'pods')), true],
  ['a Role that is created without rules', undefined, rules(), false],
  ['a Role that is created with rules without verbs', undefined, rules({ ...rule('get', 'pods'), verbs: [] }), false],
  ['the same rules', rules(rule('get', 'pods')), rules(rule('get', 'pods')), false],
  ['null in the place of no rules', rules(), { rules: null }, false],
  [
    'rules in another order',
    rules(rule('get', 'pods'), rule('get', 'nodes')),
    rules(rule('get', 'nodes'), rule('get', 'pods')),
    false,
  ],
  ['verbs in another order', rules(rule('get list', 'pods')), rules(rule('list get', 'pods')), false],
  ['one more verb', rules(rule('get', 'pods')), rules(rule('get list', 'pods')), true],
  ['one verb less', rules(rule('get list', 'pods')), rules(rule('get', 'pods')), false],
  ['every verb', rules(rule('get', 'pods')), rules(rule('*', 'pods')), true],
  ['a verb where there was every one', rules(rule('*', 'pods')), rules(rule('escalate', 'pods')), false],
  ['one more resource', rules(rule('get', 'pods')), rules(rule('get', 'pods secrets')), true],
  ['every resource', rules(rule('get', 'pods')), rules(rule('get', '*')), true],
  ['a resource where there was every one', rules(rule('get', '*')), rules(rule('get', 'secrets pods/log')), false],
  ['a subresource of what was allowed', rules(rule('get', 'pods')), rules(rule('get', 'pods/log')), true],
  [
    'one of all subresources of a name',
    rules(rule('update', '*/scale')),
    rules(rule('update', 'deployments/scale')),
    false,
  ],
  ['all subresources of a name', rules(rule('update', 'deployments/scale')), rules(rule('update', '*/scale')), true],
  ['what only looks like all subresources', rules(rule('get', 'pods/*')), rules(rule('get', 'pods/log')), true],
  ['another group', rules(rule('get', 'pods')), rules(rule('get', 'pods', { apiGroups: ['apps'] })), true],
  ['every group', rules(rule('get', 'pods')), rules(rule('get', 'pods', { apiGroups: ['*'] })), true],
  ['one of all groups', rules(rule('get', 'pods', { apiGroups: ['*'] })), rules(rule('get', 'pods')), false],
  [
    'names that go, which is every name',
    rules(rule('get', 'secrets', { resourceNames: ['a'] })),
    rules(rule('get', 'secrets')),
    true,
  ],
  [
    'one more name',
    rules(rule('get', 'secrets', { resourceNames: ['a'] })),
    rules(rule('get', 'secrets', { resourceNames: ['a', 'b'] })),
    true,
  ],
  [
    'a name where there was every one',
    rules(rule('get', 'secrets')),
    rules(rule('get', 'secrets', { resourceNames: ['a'] })),
    false,
  ],
  ['two rules joined to one', rules(rule('get', 'pods'), rule('list', 'pods')), rules(rule('get list', 'pods')), false],
  ['one rule split into two', rules(rule('get list', 'pods')), rules(rule('list', 'pods'), rule('get', 'pods')), false],
  [
    'two rules joined so that each gets the verbs of the other',
    rules(rule('get', 'pods'), rule('list', 'secrets')),
    rules(rule('get list', 'pods secrets')),
    true,
  ],
  ['one more path', rules(paths('get', '/healthz')), rules(paths('get', '/healthz', '/metrics')), true],
  ['a path that a pattern covers', rules(paths('get', '/api/*')), rules(paths('get', '/api/v1/*', '/api/')), false],
  ['a path beside a pattern', rules(paths('get', '/api/*')), rules(paths('get', '/apis')), true],
  ['a pattern that is longer only by stars', rules(paths('get', '/api/**')), rules(paths('get', '/api/v1')), false],
  [
    'all paths beside all resources',
    rules(rule('*', '*', { apiGroups: ['*'] })),
    rules(rule('*', '*', { apiGroups: ['*'] }), paths('*', '*')),
    true,
  ],
];

describe('a Role', () => {
  test.each(ROLES)('%s', (_name, before, after, is) => {
    for (const resource of ['roles', 'clusterroles']) {
      expect(grants(reviewOf(resource, before, after)) !== undefined).toBe(is);
    }
  });

  test('only the rights that are new are told', () => {
    const of = reviewOf(
      'roles',
      rules(rule('get', 'deployments', { apiGroups: ['apps'] })),
      rules(
        rule('get delete', 'deployments', { apiGroups: ['apps'], resourceNames: ['web'] }),
        paths('get', '/metrics'),
      ),
    );
    expect(grants(of)).toEqual([
      { path: '$.rules[deployments.apps named web].verbs', to: ['delete'] },
      { path: '$.rules[/metrics].verbs', to: ['get'] },
    ]);
  });

  test('deleting one grants nothing, and the same fields of another kind do not either', () => {
    const of = reviewOf('roles', rules(), rules(rule('get', 'pods')));
    expect(
      grants(review({ group: GROUP, resource: 'roles', operation: 'DELETE', oldObject: rules(rule('get', 'pods')) })),
    ).toBeUndefined();
    expect(grants({ ...of, group: 'example.com' })).toBeUndefined();
  });
});

const labelled = (labels: Fields, more: Fields = rules(rule('get', 'pods'))): KubeObject => ({
  metadata: { labels },
  ...more,
});
const aggregating = (...clusterRoleSelectors: readonly Fields[]): Fields => ({
  aggregationRule: { clusterRoleSelectors },
});
const TO_ADMIN = { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' };
const SELECTOR = { matchLabels: { a: 'b' } };

describe('aggregation', () => {
  test.each<[string, KubeObject, KubeObject, boolean]>([
    ['a label that gives the rules to another', labelled({}), labelled(TO_ADMIN), true],
    [
      'a label of somebody else that does',
      labelled({}),
      labelled({ 'example.com/aggregate-to-monitoring': 'true' }),
      true,
    ],
    [
      'such a label with another value',
      labelled({ 'a/aggregate-to-b': 'no' }),
      labelled({ 'a/aggregate-to-b': 'true' }),
      true,
    ],
    ['such a label that stays', labelled(TO_ADMIN), labelled({ ...TO_ADMIN, a: 'b' }), false],
    ['such a label that goes', labelled(TO_ADMIN), labelled({}), false],
    ['another label', labelled({}), labelled({ app: 'web', 'example.com/to-aggregate-to': 'x' }), false],
    ['such a label without rules', labelled({}, rules()), labelled(TO_ADMIN, rules()), false],
    [
      'such a label of one that is itself filled with rules',
      labelled({}, aggregating(SELECTOR)),
      labelled(TO_ADMIN, aggregating(SELECTOR)),
      true,
    ],
    ['a selector that comes', rules(), aggregating(SELECTOR), true],
    ['one more selector', aggregating(SELECTOR), aggregating(SELECTOR, {}), true],
    ['the same selector', aggregating(SELECTOR), aggregating(SELECTOR), false],
    ['a selector that goes', aggregating(SELECTOR, {}), aggregating(SELECTOR), false],
  ])('%s', (_name, before, after, is) =>
    expect(grants(reviewOf('clusterroles', before, after)) !== undefined).toBe(is),
  );
});

const user = (name: string, more: Fields = {}): Fields => ({ kind: 'User', apiGroup: GROUP, name, ...more });
const account = (namespace: string, name: string): Fields => ({ kind: 'ServiceAccount', namespace, name });
const binding = (subjects: unknown, role = 'view'): KubeObject => ({
  roleRef: { kind: 'ClusterRole', name: role },
  subjects,
});

describe('a binding', () => {
  test.each<[string, KubeObject | undefined, KubeObject, boolean]>([
    ['that is created', undefined, binding([user('bob')]), true],
    ['that is created without subjects', undefined, binding(null), false],
    [
      'with the same subjects in another order',
      binding([user('bob'), user('carol')]),
      binding([user('carol'), user('bob')]),
      false,
    ],
    ['with one subject more', binding([user('bob')]), binding([user('bob'), user('carol')]), true],
    ['with one subject less', binding([user('bob'), user('carol')]), binding([user('bob')]), false],
    ['with a group of the same name', binding([user('bob')]), binding([{ ...user('bob'), kind: 'Group' }]), true],
    [
      'with the account of another namespace',
      binding([account('shop', 'ci')]),
      binding([account('kube-system', 'ci')]),
      true,
    ],
    ['whose role is another', binding([user('bob')]), binding([user('bob')], 'admin'), true],
    ['with a label', binding([user('bob')]), { ...binding([user('bob')]), metadata: { labels: { a: 'b' } } }, false],
  ])('%s', (_name, before, after, is) => {
    for (const resource of ['rolebindings', 'clusterrolebindings']) {
      expect(grants(reviewOf(resource, before, after)) !== undefined).toBe(is);
    }
  });

  test('is told with its role and its new subjects', () => {
    const of = reviewOf(
      'rolebindings',
      binding([user('bob')], 'admin'),
      binding([user('bob'), account('shop', 'ci')], 'admin'),
    );
    expect(findingOf(compiled({ actions: ['RoleGrant'] }), of)?.message).toContain(
      ': roleRef.name admin, subjects[ServiceAccount shop ci]',
    );
  });
});

describe('hostile roles', () => {
  const names = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

  test.each<[string, Fields, Fields]>([
    [
      'rules whose verbs and resources multiply',
      rules(rule('get', 'pods')),
      rules({ apiGroups: names(300, 'g'), resources: names(300, 'r'), verbs: names(300, 'v') }),
    ],
    [
      'thousands of rules that all differ',
      rules(...names(5_000, 'a').map((name) => rule('get', name))),
      rules(...names(5_000, 'b').map((name) => rule('get', name))),
    ],
    ['thousands of paths', rules(paths('get', ...names(10_000, '/a'))), rules(paths('get', ...names(10_000, '/b')))],
  ])('%s count as granted, and take no time', (_name, before, after) => {
    const start = process.cpuUsage();
    expect(grants(reviewOf('roles', before, after))).toBeDefined();
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(1_000);
  });

  test('rules that are nested too deep to be compared are an error that is told', () => {
    const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`);
    expect(() => grants(reviewOf('clusterroles', rules(), { rules: [deep] }))).toThrow(EvaluationError);
  });

  test('types that the API does not allow are read without a word', () => {
    for (const odd of [1, 'a', null, {}, [1, null, [], { verbs: 1 }], [{ verbs: [{}], resources: [null] }]]) {
      const object = { rules: odd, subjects: odd, aggregationRule: odd, metadata: { labels: odd } };
      for (const resource of ['clusterroles', 'rolebindings']) {
        expect(() => grants(reviewOf(resource, {}, object))).not.toThrow();
      }
    }
  });
});
