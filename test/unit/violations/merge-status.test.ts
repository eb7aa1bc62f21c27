import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GuardrailViolation, ViolationRange } from '../../../src/api/v1alpha1.ts';
import { mergeStatus, rangesOf } from '../../../src/violations/merge-status.ts';
import { RecordMaker, recordBody } from '../../../src/violations/record.ts';
import { finding, review } from './support/samples.ts';

const at = (second: number) => new Date(Date.parse('2026-03-01T12:00:00Z') + second * 1000);
const micro = (second: number) => at(second).toISOString().replace('Z', '000Z');

// Created by run-a, for its decision 5.
const mark = { operatorInstance: 'run-a', sequence: 5, time: at(10) };
const created = recordBody('name', 'shop', new RecordMaker(review()).spec(finding(), mark));

const own = (range: ViolationRange, first = 10, last = 20) => ({ range, firstTime: at(first), lastTime: at(last) });
const range = (operatorInstance: string, first: number, last: number, count: number): ViolationRange => ({
  operatorInstance,
  first,
  last,
  count,
});

describe('the status of a record', () => {
  test('a record without one stands for the decision of its creator', () => {
    expect(rangesOf(created)).toEqual([range('run-a', 5, 5, 1)]);
  });

  test('the creator says how many there are in the place of the one', () => {
    expect(mergeStatus(created, own(range('run-a', 5, 9, 3)))).toEqual({
      count: 3,
      firstTime: micro(10),
      lastTime: micro(20),
      ranges: [range('run-a', 5, 9, 3)],
    });
  });

  test("another replica adds its row to the creator's", () => {
    expect(mergeStatus(created, own(range('run-b', 2, 2, 1), 4, 4))).toEqual({
      count: 2,
      firstTime: micro(4),
      lastTime: micro(10),
      ranges: [range('run-a', 5, 5, 1), range('run-b', 2, 2, 1)],
    });
  });

  test.each([
    { name: 'the one decision of its creator', record: created, figures: own(range('run-a', 5, 5, 1), 10, 10) },
    {
      name: 'what it says already',
      record: { ...created, status: mergeStatus(created, own(range('run-b', 2, 8, 4))) ?? {} },
      figures: own(range('run-b', 2, 8, 4)),
    },
  ])('nothing is written for $name', ({ record, figures }) => {
    expect(mergeStatus(record, figures)).toBeUndefined();
  });

  test('when there is no room for another row, the oldest are merged into one', () => {
    let record: GuardrailViolation = created;
    for (const run of ['run-b', 'run-c', 'run-d', 'run-e']) {
      record = { ...record, status: mergeStatus(record, own(range(run, 1, 2, 2)), 3) ?? {} };
    }
    expect(record.status).toMatchObject({
      count: 9,
      ranges: [range('merged', 1, 5, 5), range('run-d', 1, 2, 2), range('run-e', 1, 2, 2)],
    });
  });

  test('however many runs write, no decision is lost and the limit holds', () => {
    const updates = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), fc.nat(5)), { maxLength: 30 });
    fc.assert(
      fc.property(updates, fc.integer({ min: 2, max: 8 }), (steps, limit) => {
        let record: GuardrailViolation = created;
        let total = 1;
        steps.forEach(([run, more], index) => {
          // Each row is of a run of its own: how a run goes on after its row was merged is the business of PendingRecord.
          total += more + 1;
          const row = range(`${run}-${index}`, 1, more + 1, more + 1);
          record = { ...record, status: mergeStatus(record, own(row), limit) ?? {} };
          expect(record.status?.count).toBe(total);
          expect(record.status?.ranges?.length).toBeLessThanOrEqual(limit);
        });
      }),
    );
  });
});
