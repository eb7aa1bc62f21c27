import { describe, expect, test } from 'vitest';
import { cordon, taintChange } from '../../../../src/policy/actions/node.ts';
import type { Change } from '../../../../src/policy/decision.ts';
import type { KubeObject } from '../../../../src/policy/review.ts';
import { targetOf } from '../../../../src/policy/target.ts';
import { compiled, findingOf } from '../support/judge.ts';
import { review } from '../support/reviews.ts';

function detect(action: typeof cordon, from: KubeObject | undefined, to: KubeObject): readonly Change[] | undefined {
  const parts = { group: '', resource: 'nodes', namespace: '', object: { spec: to } };
  const of = review(from === undefined ? { ...parts, operation: 'CREATE' } : { ...parts, oldObject: { spec: from } });
  return action.detect({ review: of, target: targetOf(of, undefined, undefined), info: undefined });
}

describe('a Node is cordoned', () => {
  test.each<{ name: string; from: KubeObject; is: boolean }>([
    { name: 'that says nothing', from: {}, is: true },
    { name: 'that says it is not', from: { unschedulable: false }, is: true },
    { name: 'that is already', from: { unschedulable: true }, is: false },
  ])('$name', ({ from, is }) => {
    const changes = [{ path: '$.spec.unschedulable', from: false, to: true }];
    expect(detect(cordon, from, { unschedulable: true })).toEqual(is ? changes : undefined);
  });

  test.each<{ name: string; from: KubeObject | undefined; to: KubeObject }>([
    { name: 'when it is uncordoned', from: { unschedulable: true }, to: {} },
    { name: 'when it comes so', from: undefined, to: { unschedulable: true } },
    {
      name: 'when it is tainted',
      from: {},
      to: { taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] },
    },
    { name: 'by a text', from: {}, to: { unschedulable: 'true' } },
  ])('not $name', ({ from, to }) => expect(detect(cordon, from, to)).toBeUndefined());
});

const taint = (key: string, effect = 'NoSchedule', value?: string, timeAdded?: string) => ({
  key,
  effect,
  ...(value !== undefined && { value }),
  ...(timeAdded !== undefined && { timeAdded }),
});

describe('the taints of a Node change', () => {
  const change = (from: string | undefined, to: string | undefined) => ({ path: '$.spec.taints', from, to });

  test.each<{ name: string; from: unknown; to: unknown; changes: readonly Change[] }>([
    { name: 'one comes', from: undefined, to: [taint('gpu')], changes: [change(undefined, 'gpu:NoSchedule')] },
    {
      name: 'one goes',
      from: [taint('gpu', 'NoExecute', 'a')],
      to: [],
      changes: [change('gpu=a:NoExecute', undefined)],
    },
    {
      name: 'one has another value',
      from: [taint('gpu', 'NoSchedule', 'a')],
      to: [taint('gpu', 'NoSchedule', 'b')],
      changes: [change('gpu=a:NoSchedule', 'gpu=b:NoSchedule')],
    },
    {
      name: 'one has another effect',
      from: [taint('gpu')],
      to: [taint('gpu', 'NoExecute')],
      changes: [change('gpu:NoSchedule', undefined), change(undefined, 'gpu:NoExecute')],
    },
    {
      name: 'one of two effects of a key goes',
      from: [taint('gpu'), taint('gpu', 'NoExecute')],
      to: [taint('gpu', 'NoExecute')],
      changes: [change('gpu:NoSchedule', undefined)],
    },
    {
      name: 'one of the conditions is put on by hand',
      from: [],
      to: [taint('node.kubernetes.io/out-of-service', 'NoExecute')],
      changes: [change(undefined, 'node.kubernetes.io/out-of-service:NoExecute')],
    },
  ])('$name', ({ from, to, changes }) =>
    expect(detect(taintChange, { taints: from }, { taints: to })).toEqual(changes),
  );

  test.each<{ name: string; from: unknown; to: unknown }>([
    { name: 'another order', from: [taint('a'), taint('b')], to: [taint('b'), taint('a')] },
    { name: 'another time', from: [taint('a')], to: [taint('a', 'NoSchedule', undefined, '2026-01-01T00:00:00Z')] },
    { name: 'an empty value', from: [taint('a')], to: [taint('a', 'NoSchedule', '')] },
    { name: 'an empty list instead of none', from: undefined, to: [] },
  ])('not by $name', ({ from, to }) => {
    expect(detect(taintChange, { taints: from }, { taints: to })).toBeUndefined();
  });

  test('all of those that change are told', () => {
    const of = review({
      group: '',
      resource: 'nodes',
      namespace: '',
      oldObject: { spec: { taints: [taint('a')] } },
      object: { spec: { taints: [taint('b'), taint('c')] } },
    });
    expect(findingOf(compiled({ actions: ['TaintChange'] }), of)?.message).toContain(
      ': taints a:NoSchedule removed, taints b:NoSchedule, taints c:NoSchedule',
    );
  });

  test('not when it comes with them', () => {
    expect(detect(taintChange, undefined, { taints: [taint('a')] })).toBeUndefined();
  });
});
