import { describe, expect, test } from 'vitest';
import { disruptionBudgetLoosen } from '../../../../src/policy/actions/disruption-budget.ts';
import type { Change } from '../../../../src/policy/decision.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';
import { targetOf } from '../../../../src/policy/target.ts';
import { review } from '../support/reviews.ts';

function detect(parts: Partial<Review>): readonly Change[] | undefined {
  const of = review({ group: 'policy', resource: 'poddisruptionbudgets', ...parts });
  return disruptionBudgetLoosen.detect({ review: of, target: targetOf(of, undefined, undefined), info: undefined });
}

const WEB = { matchLabels: { app: 'web' } };

/** Paths of what an update of the spec loosens. */
const loosened = (from: KubeObject, to: KubeObject): string[] | undefined =>
  detect({
    oldObject: { spec: { selector: WEB, ...from } },
    object: { spec: { selector: WEB, ...to } },
  })?.map(({ path }) => path);

const NOT_X = { key: 'app', operator: 'NotIn', values: ['x'] };
const NOT_Y = { key: 'app', operator: 'NotIn', values: ['y'] };

const MIN = '$.spec.minAvailable';
const MAX = '$.spec.maxUnavailable';
const SELECTOR = '$.spec.selector';
const POLICY = '$.spec.unhealthyPodEvictionPolicy';

describe('an update of a budget loosens', () => {
  test.each<{ name: string; from: KubeObject; to: KubeObject; paths: string[] }>([
    { name: 'a lower minimum', from: { minAvailable: 2 }, to: { minAvailable: 1 }, paths: [MIN] },
    { name: 'a lower percentage', from: { minAvailable: '50%' }, to: { minAvailable: '9%' }, paths: [MIN] },
    { name: 'a higher maximum', from: { maxUnavailable: 1 }, to: { maxUnavailable: 2 }, paths: [MAX] },
    {
      name: 'a higher percentage of loss',
      from: { maxUnavailable: '9%' },
      to: { maxUnavailable: '10%' },
      paths: [MAX],
    },
    {
      name: 'a percentage instead of a number, which can not be compared',
      from: { minAvailable: 1 },
      to: { minAvailable: '99%' },
      paths: [MIN],
    },
    { name: 'a number instead of a percentage', from: { minAvailable: '10%' }, to: { minAvailable: 9 }, paths: [MIN] },
    {
      name: 'a maximum instead of a minimum',
      from: { minAvailable: 1 },
      to: { maxUnavailable: 1 },
      paths: [MIN, MAX],
    },
    {
      name: 'a minimum instead of a maximum',
      from: { maxUnavailable: 1 },
      to: { minAvailable: 9 },
      paths: [MIN, MAX],
    },
    { name: 'a bound where there was none, and nothing could go', from: {}, to: { minAvailable: 3 }, paths: [MIN] },
    {
      name: 'a value that is neither number nor percentage',
      from: { minAvailable: 1 },
      to: { minAvailable: 'many' },
      paths: [MIN],
    },
    { name: 'a minimum that is an object', from: { minAvailable: 1 }, to: { minAvailable: { a: 1 } }, paths: [MIN] },
    {
      name: 'another selector',
      from: { maxUnavailable: 1 },
      to: { maxUnavailable: 1, selector: { matchLabels: { app: 'other' } } },
      paths: [`${SELECTOR}.matchLabels.app`],
    },
    {
      name: 'a narrower selector, though nothing that it still selects may go',
      from: { maxUnavailable: 1 },
      to: { maxUnavailable: 0, selector: { matchLabels: { app: 'web', tier: 'x' } } },
      paths: [`${SELECTOR}.matchLabels.tier`],
    },
    {
      name: 'a selector that is gone and selects nothing',
      from: { maxUnavailable: 1 },
      to: { maxUnavailable: 1, selector: null },
      paths: [SELECTOR],
    },
    {
      name: 'a wider selector for a minimum: Pods that were not counted stand in for those that were',
      from: { minAvailable: 2 },
      to: { minAvailable: 2, selector: {} },
      paths: [`${SELECTOR}.matchLabels`],
    },
    {
      name: 'a wider selector for a percentage',
      from: { maxUnavailable: '30%' },
      to: { maxUnavailable: '30%', selector: {} },
      paths: [`${SELECTOR}.matchLabels`],
    },
    {
      name: 'unhealthy Pods that may always go',
      from: { minAvailable: 1, unhealthyPodEvictionPolicy: 'IfHealthyBudget' },
      to: { minAvailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
      paths: [POLICY],
    },
    {
      name: 'unhealthy Pods that may always go, where nothing was said',
      from: { minAvailable: 1 },
      to: { minAvailable: 2, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
      paths: [POLICY],
    },
    {
      name: 'several at once',
      from: { minAvailable: 2 },
      to: { minAvailable: 1, selector: { matchLabels: { app: 'x' } }, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
      paths: [MIN, `${SELECTOR}.matchLabels.app`, POLICY],
    },
  ])('$name', ({ from, to, paths }) => expect(loosened(from, to)).toEqual(paths));
});

describe('an update of a budget does not loosen', () => {
  test.each<{ name: string; from: KubeObject; to: KubeObject }>([
    { name: 'a higher minimum', from: { minAvailable: 1 }, to: { minAvailable: 2 } },
    { name: 'a lower maximum', from: { maxUnavailable: '50%' }, to: { maxUnavailable: '49%' } },
    { name: 'the same', from: { minAvailable: '50%' }, to: { minAvailable: '50%' } },
    { name: 'a maximum of none instead of a minimum', from: { minAvailable: 9 }, to: { maxUnavailable: 0 } },
    { name: 'a minimum of all instead of a number', from: { minAvailable: 9 }, to: { minAvailable: '100%' } },
    { name: 'any bound instead of a minimum of none', from: { minAvailable: 0 }, to: { maxUnavailable: '90%' } },
    { name: 'any bound instead of a maximum of all', from: { maxUnavailable: '100%' }, to: { maxUnavailable: 9 } },
    { name: 'no bound at all, which lets nothing go', from: { minAvailable: 1 }, to: {} },
    {
      name: 'the same selector in another order and form',
      from: {
        minAvailable: 1,
        selector: {
          matchExpressions: [
            { key: 'a', operator: 'In', values: ['x', 'y'] },
            { key: 'b', operator: 'Exists' },
          ],
        },
      },
      to: {
        minAvailable: 1,
        selector: {
          matchExpressions: [
            { key: 'b', operator: 'Exists' },
            { key: 'a', operator: 'In', values: ['y', 'x'] },
          ],
        },
      },
    },
    {
      name: 'a selector of more values for a maximum that is a number',
      from: { maxUnavailable: 1 },
      to: { maxUnavailable: 1, selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'x'] }] } },
    },
    {
      name: 'two requirements on one key in another order',
      from: { minAvailable: 1, selector: { matchExpressions: [NOT_X, NOT_Y] } },
      to: { minAvailable: 1, selector: { matchExpressions: [NOT_Y, NOT_X] } },
    },
    {
      name: 'a label that is written as an expression',
      from: { minAvailable: 1 },
      to: { minAvailable: 1, selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] } },
    },
    {
      name: 'a wider selector for a maximum that is a number',
      from: { maxUnavailable: 1 },
      to: { maxUnavailable: 1, selector: {} },
    },
    {
      name: 'a wider selector for a budget under which nothing may go',
      from: { minAvailable: 1 },
      to: { minAvailable: '100%', selector: {} },
    },
    {
      name: 'a selector where there was none',
      from: { minAvailable: 1, selector: null },
      to: { minAvailable: 1 },
    },
    {
      name: 'another selector of a budget under which all could go',
      from: { minAvailable: 0 },
      to: { minAvailable: 0, selector: { matchLabels: { app: 'x' } } },
    },
    {
      name: 'unhealthy Pods that may no longer always go',
      from: { minAvailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
      to: { minAvailable: 1, unhealthyPodEvictionPolicy: 'IfHealthyBudget' },
    },
    {
      name: 'what is the default anyway',
      from: { minAvailable: 1 },
      to: { minAvailable: 1, unhealthyPodEvictionPolicy: 'IfHealthyBudget' },
    },
  ])('$name', ({ from, to }) => expect(loosened(from, to)).toBeUndefined());
});

describe('a budget', () => {
  test('that is deleted loosens, whatever it said', () => {
    const budget = { spec: { minAvailable: 0 } };
    expect(detect({ operation: 'DELETE', oldObject: budget })).toEqual([{ path: '$', from: budget }]);
  });

  test('tells by how much it is loosened', () => {
    const [change] = detect({ oldObject: { spec: { minAvailable: 4 } }, object: { spec: { minAvailable: 1 } } }) ?? [];
    expect(change).toEqual({ path: MIN, from: 4, to: 1 });
  });
});

describe('a selector of ten thousand requirements', () => {
  const long = (more: object[] = []): KubeObject => ({
    maxUnavailable: 1,
    selector: {
      matchExpressions: [
        ...Array.from({ length: 10_000 }, (_, index) => ({ key: `k${index}`, operator: 'Exists' })),
        ...more,
      ],
    },
  });

  test('is compared like any other', () => {
    expect(loosened(long(), long([{ key: 'a', operator: 'Exists' }]))).toHaveLength(1);
    expect(loosened(long([{ key: 'a', operator: 'Exists' }]), long())).toBeUndefined();
    expect(loosened(long(), long())).toBeUndefined();
  });
});

describe('a write to the status of a budget', () => {
  const status = (from: KubeObject, to: KubeObject, username = 'alice') =>
    detect({
      subresource: 'status',
      subject: { username, groups: [] },
      oldObject: { spec: { minAvailable: 2 }, status: from },
      object: { spec: { minAvailable: 1 }, status: to },
    })?.map(({ path }) => path);

  test.each<{ name: string; from: KubeObject; to: KubeObject; paths: string[] }>([
    {
      name: 'more disruptions allowed',
      from: { disruptionsAllowed: 0 },
      to: { disruptionsAllowed: 1 },
      paths: ['disruptionsAllowed'],
    },
    {
      name: 'disruptions where nothing was counted',
      from: {},
      to: { disruptionsAllowed: 1 },
      paths: ['disruptionsAllowed'],
    },
    { name: 'more healthy Pods', from: { currentHealthy: 1 }, to: { currentHealthy: 2 }, paths: ['currentHealthy'] },
    { name: 'fewer to be healthy', from: { desiredHealthy: 2 }, to: { desiredHealthy: 1 }, paths: ['desiredHealthy'] },
    {
      name: 'a count that is older than the spec, told to be new',
      from: { observedGeneration: 1 },
      to: { observedGeneration: 2 },
      paths: ['observedGeneration'],
    },
    {
      name: 'a Pod that was evicted, forgotten',
      from: { disruptedPods: { 'web-1': '2026-01-01T00:00:00Z', 'web-2': '2026-01-01T00:00:00Z' } },
      to: { disruptedPods: { 'web-1': '2026-01-01T00:00:00Z' } },
      paths: ['disruptedPods'],
    },
  ])('loosens: $name', ({ from, to, paths }) => {
    expect(status(from, to)).toEqual(paths.map((path) => `$.status.${path}`));
  });

  test.each<{ name: string; from: KubeObject; to: KubeObject }>([
    { name: 'fewer disruptions allowed', from: { disruptionsAllowed: 1 }, to: { disruptionsAllowed: 0 } },
    { name: 'one more Pod evicted', from: {}, to: { disruptedPods: { 'web-1': '2026-01-01T00:00:00Z' } } },
    { name: 'conditions', from: { conditions: [] }, to: { conditions: [{ type: 'DisruptionAllowed' }] } },
    { name: 'a text for a number', from: { disruptionsAllowed: 0 }, to: { disruptionsAllowed: '9' } },
  ])('does not loosen: $name', ({ from, to }) => expect(status(from, to)).toBeUndefined());

  test.each(['system:serviceaccount:kube-system:disruption-controller', 'system:kube-controller-manager'])(
    'is no action when %s counts',
    (username) => expect(status({ disruptionsAllowed: 0 }, { disruptionsAllowed: 1 }, username)).toBeUndefined(),
  );

  test('is one by an account of the same name elsewhere', () => {
    const username = 'system:serviceaccount:shop:disruption-controller';
    expect(status({ disruptionsAllowed: 0 }, { disruptionsAllowed: 1 }, username)).toHaveLength(1);
  });
});
