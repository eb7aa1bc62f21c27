import { expect, test } from 'vitest';
import { DropReport } from '../../../src/violations/drop-report.ts';
import { FakeClock } from './support/fake-clock.ts';
import { FakeLog, FakeMetrics } from './support/trail.ts';

function setUp() {
  const clock = new FakeClock();
  const metrics = new FakeMetrics();
  const log = new FakeLog();
  return { clock, metrics, log, drops: new DropReport({ clock, metrics, log }) };
}

test('the first loss is logged at once, the others after a minute in one line with their number', async () => {
  const { clock, log, drops } = setUp();
  drops.count('queue_full');
  drops.count('queue_full', 3);
  drops.count('queue_full', 4, { status: 422 });
  await clock.advance(59_999);
  expect(log.lines.map(({ fields }) => fields)).toEqual([{ cause: 'queue_full', decisions: 1 }]);
  await clock.advance(1);
  expect(log.lines.at(-1)?.fields).toEqual({ cause: 'queue_full', decisions: 7, status: 422 });
});

test('each loss is in the metric at once', () => {
  const { metrics, drops } = setUp();
  drops.count('queue_full');
  drops.count('queue_full', 3);
  drops.count('too_large');
  expect(metrics.drops).toEqual({ queue_full: 4, too_large: 1 });
});

test('each reason has lines of its own', () => {
  const { log, drops } = setUp();
  drops.count('queue_full');
  drops.count('bytes_full');
  expect(log.lines.map(({ fields }) => fields.cause)).toEqual(['queue_full', 'bytes_full']);
});

test('after a minute without losses the next is logged at once', async () => {
  const { clock, log, drops } = setUp();
  drops.count('queue_full');
  await clock.advance(60_000);
  drops.count('queue_full');
  expect(log.lines).toHaveLength(2);
});

test('under losses without end there is one line a minute, and the lines add up', async () => {
  const { clock, log, drops } = setUp();
  for (let second = 0; second < 600; second += 1) {
    drops.count('queue_full');
    await clock.advance(1000);
  }
  drops.flush();
  expect(log.lines.length).toBeLessThanOrEqual(11);
  expect(log.lines.reduce((sum, { fields }) => sum + Number(fields.decisions), 0)).toBe(600);
});
