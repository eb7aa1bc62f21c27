import { expect, test } from 'vitest';
import { DecisionLog } from '../../../src/violations/decision-log.ts';
import { decision, finding, review } from './support/samples.ts';
import { FakeLog } from './support/trail.ts';

const time = new Date('2026-03-01T12:00:00Z');

function logOf(records: readonly (string | undefined)[]) {
  const log = new FakeLog();
  return { log, sink: new DecisionLog({ offer: () => records }, log) };
}

test('a decision is one line that names everything and shows nothing', () => {
  const { log, sink } = logOf(['t-1']);
  expect(sink.offer(review(), decision(finding()), time)).toEqual(['t-1']);
  expect(log.lines).toEqual([
    {
      level: 'info',
      message: 'decision',
      fields: {
        decision: 'Denied',
        reason: 'Tripped',
        guardrail: 'no-sudden-scale-down',
        generation: 3,
        action: 'ScaleDown',
        operation: 'UPDATE',
        group: 'apps',
        resource: 'deployments',
        subresource: '',
        namespace: 'shop',
        name: 'web',
        user: 'alice',
        requestUid: '7b1f9a3e-0c1d-4b52-a7a4-2d6b0a3c9f10',
        record: 't-1',
      },
    },
  ]);
});

test('each finding has a line, unless the guardrail wants none', () => {
  const { log, sink } = logOf(['t-1', undefined, undefined]);
  const allowed = { outcome: 'Allowed', reason: 'NotTripped' } as const;
  const findings = [
    finding(),
    finding({ ...allowed, auditAllowed: 'Log' }),
    finding({ ...allowed, auditAllowed: 'None' }),
  ];
  sink.offer(review(), decision(...findings), time);
  expect(log.lines.map(({ fields }) => [fields.decision, fields.record])).toEqual([
    ['Denied', 't-1'],
    ['Allowed', undefined],
  ]);
});

test('an action that nobody could judge is logged even then', () => {
  const { log, sink } = logOf([undefined]);
  const unjudged = finding({ outcome: 'Allowed', reason: 'EvaluationError', auditAllowed: 'None' });
  sink.offer(review(), decision(unjudged), time);
  expect(log.lines).toHaveLength(1);
});

test('a dry run leaves no line', () => {
  const { log, sink } = logOf([undefined]);
  sink.offer(review({ dryRun: true }), decision(finding()), time);
  expect(log.lines).toEqual([]);
});
