import { describe, expect, test } from 'vitest';
import { configChange } from '../../../../src/policy/actions/config-change.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';
import { targetOf } from '../../../../src/policy/target.ts';
import { compiled, findingOf } from '../support/judge.ts';
import { review } from '../support/reviews.ts';

const SECRET = 'hunter2-5ecret';

const changes = (of: Review) =>
  configChange.detect({ review: of, target: targetOf(of, undefined, undefined), info: undefined });

const reviewOf = (resource: string, before: KubeObject, after: KubeObject): Review =>
  review({ group: '', resource, oldObject: before, object: after });

const CASES: readonly (readonly [string, KubeObject, KubeObject, readonly string[] | undefined])[] = [
  ['a value that changes', { data: { a: '1', b: '2' } }, { data: { a: '1', b: '3' } }, ['$.data.b']],
  ['a key that comes', { data: {} }, { data: { 'app.yaml': '' } }, ["$.data['app.yaml']"]],
  ['a key that goes', { data: { a: '1' } }, { data: {} }, ['$.data.a']],
  ['the first key', {}, { data: { a: '1' } }, ['$.data.a']],
  ['binary data', { binaryData: { a: 'YQ==' } }, { binaryData: { a: 'Yg==' } }, ['$.binaryData.a']],
  [
    'a key that moves to the binary ones',
    { data: { a: '1' } },
    { binaryData: { a: 'MQ==' } },
    ['$.data.a', '$.binaryData.a'],
  ],
  ['data that can no longer be changed', { data: {} }, { data: {}, immutable: true }, ['$.immutable']],
  ['an empty map in the place of none', {}, { data: {} }, undefined],
  ['null in the place of none', {}, { data: null, immutable: null }, undefined],
  ['keys in another order', { data: { a: '1', b: '2' } }, { data: { b: '2', a: '1' } }, undefined],
  ['a label', { data: { a: '1' } }, { data: { a: '1' }, metadata: { labels: { a: 'b' } } }, undefined],
];

describe.each(['configmaps', 'secrets'])('of %s', (resource) => {
  test.each(CASES)('%s', (_name, before, after, paths) => {
    expect(changes(reviewOf(resource, before, after))?.map(({ path }) => path)).toEqual(paths);
  });

  test('the keys are told, and no value is', () => {
    const before = { data: { password: SECRET, pin: 1 }, binaryData: { a: SECRET } };
    const after = { data: { password: `${SECRET}2`, pin: 20252026 }, binaryData: { b: SECRET } };
    const finding = findingOf(compiled({ actions: ['ConfigChange'] }), reviewOf(resource, before, after));
    expect(finding?.message).toContain(': data.password, data.pin, binaryData.a, and 1 more');
    expect(finding?.changes).toEqual(
      ['data.password', 'data.pin', 'binaryData.a', 'binaryData.b'].map((path) => ({ path: `$.${path}` })),
    );
    expect(JSON.stringify(finding)).not.toMatch(/5ecret|20252026/);
  });

  test.each([
    ['Added', { data: {} }, { data: { a: SECRET } }, true],
    ['Added', { data: { a: '1' } }, { data: { a: SECRET } }, false],
    ['Removed', { data: { a: SECRET } }, { data: {} }, true],
    ['Changed', { data: { a: '1' } }, { data: { a: SECRET } }, true],
    ['Changed', { data: {} }, { data: { a: SECRET } }, false],
  ] as const)('a condition on what is %s reads the values that are not shown', (type, before, after, trips) => {
    const guard = compiled({ actions: ['ConfigChange'] }, { when: [{ change: { type } }] });
    const finding = findingOf(guard, reviewOf(resource, before, after));
    expect(finding?.outcome).toBe(trips ? 'Denied' : 'Allowed');
    expect(JSON.stringify(finding)).not.toContain(SECRET);
  });
});

test('data of another kind is not looked at', () => {
  expect(changes({ ...reviewOf('configmaps', {}, { data: { a: '1' } }), group: 'example.com' })).toBeUndefined();
});
