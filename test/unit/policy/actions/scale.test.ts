import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { review } from '../support/reviews.ts';
import { changesOf, told } from '../support/workloads.ts';

const job = (from: object, to: object) =>
  review({ group: 'batch', resource: 'jobs', oldObject: { spec: from }, object: { spec: to } });

const statefulSet = (from: object, to: object) =>
  review({ resource: 'statefulsets', oldObject: { spec: from }, object: { spec: to } });

const SCALINGS = ['ScaleUp', 'ScaleDown', 'ScaleToZero'] as const;
const scalings = (of: Parameters<typeof changesOf>[1]) =>
  SCALINGS.filter((action) => changesOf(action, of) !== undefined);

describe('the parallelism of a Job', () => {
  test.each([
    ['lowered', { parallelism: 3 }, { parallelism: 2 }, ['ScaleDown']],
    ['raised', { parallelism: 3 }, { parallelism: 4 }, ['ScaleUp']],
    ['none', { parallelism: 3 }, { parallelism: 0 }, ['ScaleDown', 'ScaleToZero']],
    ['not set is 1, and then none', {}, { parallelism: 0 }, ['ScaleDown', 'ScaleToZero']],
    ['3 and then not set, which is 1', { parallelism: 3 }, {}, ['ScaleDown']],
    ['not set and then 1', {}, { parallelism: 1 }, []],
    ['a text, which is no number', { parallelism: 3 }, { parallelism: '3' }, ['ScaleDown']],
    ['beside replicas, which a Job has not', { replicas: 3 }, { replicas: 1 }, []],
  ])('%s', (_name, from, to, expected) => expect(scalings(job(from, to))).toEqual(expected));

  test('is told by its own path', () => {
    expect(told(changesOf('ScaleDown', job({ parallelism: 3 }, { parallelism: 2 })))).toEqual([
      '$.spec.parallelism 3 -> 2',
    ]);
  });

  test('of a CronJob is no scaling', () => {
    const of = (parallelism: number) => ({ spec: { jobTemplate: { spec: { parallelism } }, parallelism } });
    const cronJob = review({ group: 'batch', resource: 'cronjobs', oldObject: of(3), object: of(0) });
    expect(scalings(cronJob)).toEqual([]);
  });
});

describe('the ordinals of a StatefulSet', () => {
  const at = (replicas: number, start?: unknown) => ({ replicas, ...(start !== undefined && { ordinals: { start } }) });

  test.each([
    [
      'that move up lose the first',
      at(5),
      at(5, 2),
      ['ScaleDown'],
      ['$.spec.replicas 5 -> 3', '$.spec.ordinals.start 0 -> 2'],
    ],
    [
      'that move down lose the last',
      at(5, 3),
      at(5),
      ['ScaleDown'],
      ['$.spec.replicas 5 -> 2', '$.spec.ordinals.start 3 -> 0'],
    ],
    [
      'that move away lose all',
      at(3),
      at(3, 3),
      ['ScaleDown', 'ScaleToZero'],
      ['$.spec.replicas 3 -> 0', '$.spec.ordinals.start 0 -> 3'],
    ],
    [
      'that move away while there are more',
      at(3),
      at(9, 3),
      ['ScaleUp', 'ScaleDown', 'ScaleToZero'],
      ['$.spec.replicas 3 -> 0', '$.spec.ordinals.start 0 -> 3'],
    ],
    ['that move down while enough are added lose none', at(2, 3), at(5), ['ScaleUp'], []],
    ['that move while there are none', at(0), at(0, 3), [], []],
    ['that are written as they are', at(3), at(3, 0), [], []],
    [
      'that are a text count as 0',
      at(3, 1),
      at(3, '1'),
      ['ScaleDown'],
      ['$.spec.replicas 3 -> 2', '$.spec.ordinals.start 1 -> 0'],
    ],
  ])('%s', (_name, from, to, expected, changes) => {
    expect(scalings(statefulSet(from, to))).toEqual(expected);
    expect(told(changesOf('ScaleDown', statefulSet(from, to)))).toEqual(changes);
  });

  test('of what is no StatefulSet are a field like any', () => {
    const of = review({ oldObject: { spec: at(3) }, object: { spec: at(3, 3) } });
    expect(scalings(of)).toEqual([]);
  });

  test('a StatefulSet loses exactly the Pods whose ordinals are not among the new ones', () => {
    const small = fc.integer({ min: 0, max: 8 });
    fc.assert(
      fc.property(small, small, small, small, (replicas, start, newReplicas, newStart) => {
        const ordinals = (count: number, first: number) =>
          new Set([...Array(count).keys()].map((index) => first + index));
        const stay = ordinals(replicas, start).intersection(ordinals(newReplicas, newStart)).size;
        const of = statefulSet(at(replicas, start), at(newReplicas, newStart));
        const [down] = changesOf('ScaleDown', of) ?? [];
        expect(down).toEqual(stay < replicas ? { path: '$.spec.replicas', from: replicas, to: stay } : undefined);
        expect(changesOf('ScaleToZero', of) !== undefined).toBe(replicas > 0 && stay === 0);
      }),
    );
  });
});
