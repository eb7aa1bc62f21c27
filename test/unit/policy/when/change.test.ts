import { describe, expect, test } from 'vitest';
import type { ActionType, ChangeCondition } from '../../../../src/api/v1alpha1.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';
import { compiled, EVERYTHING, findingOf } from '../support/judge.ts';
import { captured, review, widgetUpdate } from '../support/reviews.ts';

/** Whether a change condition trips on a review. */
function trips(of: Review, change: ChangeCondition, actions: readonly ActionType[] = ['Create', 'Update', 'Delete']) {
  const match = { actions: [...actions], resources: EVERYTHING, derived: 'Include' as const };
  return findingOf(compiled(match, { when: [{ change }] }), of)?.outcome === 'Denied';
}

const TYPES = ['Any', 'Added', 'Removed', 'Changed', 'Increased', 'Decreased'] as const;

/** From, to, and the types of change that hold at the path. */
const VALUES: readonly [string, unknown, unknown, string][] = [
  ['a value that comes', undefined, 1, 'Any Added'],
  ['a value that goes', 1, undefined, 'Any Removed'],
  ['null, which is missing', null, undefined, ''],
  ['a value that comes where null was', null, 'a', 'Any Added'],
  ['a number that goes up', 1, 2, 'Any Changed Increased'],
  ['a number that goes down', 2, 1, 'Any Changed Decreased'],
  ['a number below zero that goes up', -2, -1, 'Any Changed Increased'],
  ['a quantity that goes up', '900m', '1', 'Any Changed Increased'],
  ['a quantity that is written otherwise', '1000m', '1', 'Any Changed'],
  ['a percentage that goes down', '50%', '20%', 'Any Changed Decreased'],
  ['a percentage that becomes a number', '50%', 3, 'Any Changed'],
  ['a text', 'a', 'b', 'Any Changed'],
  ['a number that becomes a text', 3, 'none', 'Any Changed'],
  ['the same object in another order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }, ''],
  ['the same named list in another order', [{ name: 'a' }, { name: 'b' }], [{ name: 'b' }, { name: 'a' }], ''],
  ['a plain list in another order', ['a', 'b'], ['b', 'a'], 'Any Changed'],
  ['an object', { a: 1 }, { a: 2 }, 'Any Changed'],
];

describe('change at a path', () => {
  test.each(VALUES)('%s: %j -> %j is %s', (_name, from, to, expected) => {
    const of = widgetUpdate({ spec: { other: 1, v: from } }, { spec: { other: 2, v: to } });
    expect(TYPES.filter((type) => trips(of, { path: '$.spec.v', type })).join(' ')).toBe(expected);
  });

  test.each([
    ['CREATE', { operation: 'CREATE', object: { spec: { v: 1 } }, oldObject: undefined }, 'Any Added'],
    ['DELETE', { operation: 'DELETE', object: undefined, oldObject: { spec: { v: 1 } } }, 'Any Removed'],
  ] as const)('on %s it is %s', (_operation, { object, oldObject, operation }, expected) => {
    const of = review({ operation, ...(object && { object }), ...(oldObject && { oldObject }) });
    expect(TYPES.filter((type) => trips(of, { path: '$.spec.v', type })).join(' ')).toBe(expected);
    expect(TYPES.filter((type) => trips(of, { path: '$.spec.missing', type }))).toEqual([]);
    expect(TYPES.filter((type) => trips(of, { type })).join(' ')).toBe(expected);
  });

  test.each([
    ['$.spec.containers[*].image', 'Changed', true],
    ['$.spec.containers[*].image', 'Added', false],
    ['$.spec.containers[0].image', 'Changed', true],
    ["$.metadata.labels['a.b/c']", 'Removed', true],
    ["$.metadata.labels['__proto__']", 'Any', false],
    ['$.spec.containers[*].env[*].value', 'Changed', true],
    ['$.spec.containers[*].ports[*].hostPort', 'Any', false],
  ] as const)('%s %s: %s', (path, type, expected) => {
    const container = (image: string, value: string) => ({
      name: image,
      image,
      env: [{ name: 'A', value }],
      ports: [{ containerPort: 1 }],
    });
    const of = widgetUpdate(
      { metadata: { labels: { 'a.b/c': '1' } }, spec: { containers: [{ ...container('x', '1'), name: 'c' }] } },
      { metadata: { labels: {} }, spec: { containers: [{ ...container('y', '2'), name: 'c' }] } },
    );
    expect(trips(of, { path, type })).toBe(expected);
  });
});

const THRESHOLDS: readonly [unknown, unknown, ChangeCondition, boolean][] = [
  [10, 5, { type: 'Decreased', byMoreThan: '50%' }, false],
  [10, 4, { type: 'Decreased', byMoreThan: '50%' }, true],
  [10, 5, { type: 'Decreased', byAtLeast: '50%' }, true],
  [10, 6, { type: 'Decreased', byAtLeast: '50%' }, false],
  [3, 2, { type: 'Decreased', byMoreThan: '33.333%' }, true],
  [3, 2, { type: 'Decreased', byMoreThan: '33.334%' }, false],
  [10, 5, { type: 'Increased', byAtLeast: '1%' }, false],
  [10, 13, { type: 'Increased', byMoreThan: 3 }, false],
  [10, 13, { type: 'Increased', byAtLeast: 3 }, true],
  [0, 1, { type: 'Increased', byMoreThan: '1000000%' }, true],
  [0, 2, { type: 'Increased', byMoreThan: 3 }, false],
  [0, 0, { type: 'Increased', byAtLeast: '1%' }, false],
  ['50%', '24%', { type: 'Decreased', byMoreThan: '50%' }, true],
  ['50%', '25%', { type: 'Decreased', byMoreThan: '50%' }, false],
  ['1Gi', '2Gi', { type: 'Increased', byMoreThan: '512Mi' }, true],
  ['1Gi', '1536Mi', { type: 'Increased', byMoreThan: '512Mi' }, false],
  [-10, -16, { type: 'Decreased', byMoreThan: '50%' }, true],
  [-10, -15, { type: 'Decreased', byMoreThan: '50%' }, false],
  [1, 1, { type: 'Increased', byAtLeast: 0 }, false],
];

describe('thresholds', () => {
  test.each(THRESHOLDS)('%j -> %j by %j: %s', (from, to, change, expected) => {
    const of = widgetUpdate({ spec: { v: from } }, { spec: { v: to } });
    expect(trips(of, { ...change, path: '$.spec.v' })).toBe(expected);
  });
});

const PODS = (resources: unknown, name = 'web'): KubeObject => ({ spec: { containers: [{ name, resources }] } });
const LIMIT = '$.spec.containers[*].resources.limits.cpu';
const REQUEST = '$.spec.containers[*].resources.requests.cpu';

describe('limits and requests that are not set', () => {
  test.each([
    ['a removed limit is Increased', { limits: { cpu: '1' } }, { limits: {} }, LIMIT, 'Increased'],
    ['all limits removed are Increased', { limits: { cpu: '1' } }, {}, LIMIT, 'Increased'],
    ['resources removed are Increased', { limits: { cpu: '1' } }, undefined, LIMIT, 'Increased'],
    ['a new limit is Decreased', {}, { limits: { cpu: '1' } }, LIMIT, 'Decreased'],
    ['a removed request is Decreased', { requests: { cpu: '1' } }, {}, REQUEST, 'Decreased'],
    ['a new request is Increased', {}, { requests: { cpu: '1' } }, REQUEST, 'Increased'],
    ['a limit removed under *', { limits: { cpu: '1' } }, {}, '$.spec.containers[*].resources.limits.*', 'Increased'],
  ])('%s', (_name, from, to, path, expected) => {
    const of = widgetUpdate(PODS(from), PODS(to));
    const types = (['Increased', 'Decreased'] as const).filter((type) =>
      trips(of, { path, type, byMoreThan: '1000%' }),
    );
    expect(types).toEqual([expected]);
  });

  test('neither moves with a container that comes or goes', () => {
    const resources = { limits: { cpu: '1' }, requests: { cpu: '1' } };
    const of = widgetUpdate(PODS(resources, 'old'), PODS(resources, 'new'));
    for (const path of [LIMIT, REQUEST]) {
      expect(trips(of, { path, type: 'Increased' }), path).toBe(false);
      expect(trips(of, { path, type: 'Decreased' }), path).toBe(false);
    }
  });

  test.each([
    ['Increased', true],
    ['Decreased', false],
  ] as const)('limits that a Deployment loses are %s: %s, also without a path', (type, expected) => {
    expect(trips(captured('deployment-limits-removed'), { type })).toBe(expected);
  });

  test('a field that only begins so is no limit', () => {
    const of = widgetUpdate({ spec: { limitsOff: { cpu: '1' } } }, { spec: { limitsOff: {} } });
    expect(trips(of, { path: '$.spec.limitsOff.cpu', type: 'Increased' })).toBe(false);
  });
});

describe('change without a path', () => {
  test('reads what the action changes, whatever else the request changes', () => {
    const of = review({
      oldObject: { metadata: { labels: { a: '1' } }, spec: { replicas: 1 } },
      object: { metadata: { labels: { a: '2' } }, spec: { replicas: 5 } },
    });
    expect(trips(of, { type: 'Decreased' }, ['ScaleUp'])).toBe(false);
    expect(trips(of, { type: 'Increased', byAtLeast: '400%' }, ['ScaleUp'])).toBe(true);
  });

  test('reads the changes of every action that the request is, not of the first alone', () => {
    const of = review({
      oldObject: { metadata: { labels: { a: '1' } }, spec: { replicas: 5 } },
      object: { metadata: {}, spec: { replicas: 1 } },
    });
    expect(trips(of, { type: 'Removed' }, ['LabelChange'])).toBe(true);
    expect(trips(of, { type: 'Removed' }, ['ScaleDown', 'LabelChange'])).toBe(true);
  });

  test('finds the one change among many', () => {
    const labels = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`l${index}`, 'x']));
    const of = widgetUpdate({ metadata: { labels }, spec: { v: 2 } }, { metadata: {}, spec: { v: 1 } });
    const spread = widgetUpdate(
      { spec: { a: labels, v: 2 } },
      { spec: { a: Object.fromEntries(Object.keys(labels).map((key) => [key, 'y'])), v: 1 } },
    );
    expect(trips(of, { type: 'Decreased' }, ['Update'])).toBe(true);
    expect(trips(spread, { type: 'Decreased' }, ['Update'])).toBe(true);
  });

  test('can not tell among more than can be compared: failurePolicy answers', () => {
    const many = (value: string) =>
      Object.fromEntries(Array.from({ length: 30_000 }, (_, index) => [`l${index}`, value]));
    const of = widgetUpdate({ spec: { a: many('x'), v: 2 } }, { spec: { a: many('y'), v: 1 } });
    const match = { actions: ['Update' as const], resources: EVERYTHING };
    const finding = findingOf(compiled(match, { when: [{ change: { type: 'Decreased' } }] }), of);
    expect(finding).toMatchObject({ outcome: 'Denied', reason: 'EvaluationError' });
    expect(finding?.message).toContain('it changes more than can be compared');
  });
});
