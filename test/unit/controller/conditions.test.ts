import { describe, expect, test } from 'vitest';
import { type DesiredCondition, setCondition, toKubeTime } from '../../../src/api/conditions.ts';
import type { Condition } from '../../../src/api/v1alpha1.ts';

const BEFORE = '2026-11-22T10:00:00Z';
const NOW = new Date('2026-11-22T12:00:00.789Z');

const ready: Condition = {
  type: 'Ready',
  status: 'True',
  observedGeneration: 1,
  lastTransitionTime: BEFORE,
  reason: 'Loaded',
  message: 'loaded',
};
const foreign: Condition = { ...ready, type: 'example.com/Reviewed' };
const desired: DesiredCondition = { type: 'Ready', status: 'True', reason: 'Loaded', message: 'loaded' };

const set = (conditions: readonly Condition[], change: Partial<DesiredCondition>, observedGeneration = 1) =>
  setCondition(conditions, { ...desired, ...change }, { observedGeneration, now: NOW });

describe('a condition', () => {
  test('that is new is added after the others', () => {
    expect(set([foreign], {})).toEqual([foreign, { ...ready, lastTransitionTime: '2026-11-22T12:00:00Z' }]);
  });

  test('that says the same is left alone', () => {
    const conditions = [ready, foreign];
    expect(set(conditions, {})).toBe(conditions);
  });

  test.each<[string, Partial<DesiredCondition>, number, Partial<Condition>]>([
    ['another reason', { reason: 'Other' }, 1, { reason: 'Other' }],
    ['another message', { message: 'other' }, 1, { message: 'other' }],
    ['another generation', {}, 2, { observedGeneration: 2 }],
  ])('with %s keeps its lastTransitionTime', (_, change, generation, expected) => {
    expect(set([foreign, ready], change, generation)).toEqual([foreign, { ...ready, ...expected }]);
  });

  test('with another status gets a new lastTransitionTime', () => {
    expect(set([ready], { status: 'False' })).toEqual([
      { ...ready, status: 'False', lastTransitionTime: '2026-11-22T12:00:00Z' },
    ]);
  });

  test('is not changed in place', () => {
    const conditions = Object.freeze([Object.freeze({ ...ready })]);
    expect(() => set(conditions, { status: 'False' })).not.toThrow();
  });
});

test('times have whole seconds', () => {
  expect(toKubeTime(NOW)).toBe('2026-11-22T12:00:00Z');
});
