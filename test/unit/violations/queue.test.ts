import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../src/policy/decision.ts';
import type { Review } from '../../../src/policy/review.ts';
import { FakeApi } from './support/fake-api.ts';
import { FakeClock } from './support/fake-clock.ts';
import { decision, finding, review } from './support/samples.ts';
import { createTrail, type TrailOptions } from './support/trail.ts';

function setUp(bounds: Partial<TrailOptions> = {}) {
  const clock = new FakeClock('2026-03-01T12:00:10Z');
  const trail = createTrail({ clock, api: new FakeApi(), ...bounds });
  const offer = (findingParts: Partial<Finding> = {}, reviewParts: Partial<Review> = {}) =>
    trail.queue.offer(review(reviewParts), decision(finding(findingParts)), clock.date())[0];
  return { clock, ...trail, offer };
}

/** Takes one record and reports all of it as written. */
function writeOne({ queue }: Pick<ReturnType<typeof setUp>, 'queue'>): void {
  const record = queue.take();
  if (record === undefined) {
    throw new Error('there is nothing to write');
  }
  queue.settle(record, record.complete);
}

describe('what is recorded', () => {
  test.each<{ name: string; finding?: Partial<Finding>; review?: Partial<Review>; recorded: boolean }>([
    { name: 'a denial', recorded: true },
    {
      name: 'a warning, whatever is wanted of allowed ones',
      finding: { outcome: 'Warned', auditAllowed: 'None' },
      recorded: true,
    },
    { name: 'an audited finding', finding: { outcome: 'Audited', auditAllowed: 'Log' }, recorded: true },
    {
      name: 'an allowed one, where that is wanted',
      finding: { outcome: 'Allowed', reason: 'NotTripped' },
      recorded: true,
    },
    {
      name: 'an allowed one that shall only be logged',
      finding: { outcome: 'Allowed', reason: 'NotTripped', auditAllowed: 'Log' },
      recorded: false,
    },
    {
      name: 'an allowed one of which nothing is wanted',
      finding: { outcome: 'Allowed', reason: 'Derived', auditAllowed: 'None' },
      recorded: false,
    },
    ...(['EvaluationError', 'NotCompiled', 'TargetNotFound'] as const).map((reason) => ({
      name: `an allowed one with reason ${reason}, whatever is wanted`,
      finding: { outcome: 'Allowed', reason, auditAllowed: 'None' } as const,
      recorded: true,
    })),
    { name: 'a dry run', review: { dryRun: true }, recorded: false },
  ])('$name: $recorded', ({ finding: findingParts, review: reviewParts, recorded }) => {
    const { offer, queue, metrics } = setUp();
    expect(offer(findingParts, reviewParts) !== undefined).toBe(recorded);
    expect(queue.pendingRecords).toBe(recorded ? 1 : 0);
    expect(metrics.lost).toBe(0);
  });

  test('each finding of a decision has a record of its own, named in order', () => {
    const { queue, clock } = setUp();
    const skipped = finding({ outcome: 'Allowed', reason: 'NotTripped', auditAllowed: 'None' });
    const other = finding({ guardrail: { name: 'other', uid: 'u2', generation: 1 } });
    const names = queue.offer(review(), decision(finding(), skipped, other), clock.date());
    expect(names).toEqual([expect.any(String), undefined, expect.any(String)]);
    expect(names[0]).not.toBe(names[2]);
  });

  test('decisions are numbered from 1, those that are dropped too', () => {
    const { offer, queue } = setUp({ maxPending: 2 });
    offer({}, { name: 'a' });
    offer({}, { name: 'b' });
    offer({}, { name: 'dropped' });
    writeOne({ queue });
    offer({}, { name: 'c' });
    expect([queue.take(), queue.take()].map((record) => record?.body?.spec.sequence)).toEqual([2, 4]);
  });
});

describe('repeats', () => {
  test('the same decision within a window is one record', () => {
    const { offer, queue } = setUp();
    expect(offer()).toBe(offer());
    expect(queue.pendingRecords).toBe(1);
    expect(queue.take()?.complete).toEqual({ decisions: 2, last: 2 });
  });

  test('a repeat of a written record is written a second later, with all that came until then', async () => {
    const trail = setUp();
    const { offer, queue, clock } = trail;
    offer();
    writeOne(trail);
    offer();
    await clock.advance(600);
    offer();
    expect([queue.take(), queue.dueIn()]).toEqual([undefined, 400]);
    await clock.advance(400);
    expect(queue.take()?.complete).toEqual({ decisions: 3, last: 3 });
  });

  test('the next window is another record', async () => {
    const { offer, clock } = setUp();
    const first = offer();
    await clock.advance(50_000);
    expect(offer()).not.toBe(first);
  });

  test('an action that sends several reviews over the end of a window is one record', async () => {
    const { offer, clock, queue } = setUp();
    await clock.advance(49_500);
    const first = offer();
    await clock.advance(1_000);
    expect(offer()).toBe(first);
    expect(queue.pendingRecords).toBe(1);
  });

  test('a clock that goes back finds the record that it had there', async () => {
    const { offer, clock } = setUp();
    const first = offer();
    await clock.advance(60_000);
    offer();
    clock.correct(-60_000);
    expect(offer()).toBe(first);
  });

  test('a repeat takes no room', () => {
    const { offer, metrics } = setUp({ maxPending: 1 });
    expect(offer()).toBe(offer());
    expect(metrics.lost).toBe(0);
  });

  test('written records are forgotten when their window is over', async () => {
    const trail = setUp();
    const { offer, queue, clock } = trail;
    offer({}, { name: 'a' });
    writeOne(trail);
    expect(queue.knownRecords).toBe(1);
    await clock.advance(55_000);
    offer({}, { name: 'b' });
    writeOne(trail);
    expect(queue.knownRecords).toBe(1);
  });

  test('of written records no more are remembered than allowed', () => {
    const trail = setUp({ maxSettled: 2 });
    for (const name of ['a', 'b', 'c', 'd']) {
      trail.offer({}, { name });
      writeOne(trail);
    }
    expect(trail.queue.knownRecords).toBe(2);
  });
});

describe('bounds', () => {
  test('when as many records wait as may, the next is dropped and has no name', () => {
    const { offer, metrics, queue } = setUp({ maxPending: 2 });
    expect(['a', 'b', 'c'].map((name) => offer({}, { name }))[2]).toBeUndefined();
    expect(metrics.drops).toEqual({ queue_full: 1 });
    expect(queue.pendingRecords).toBe(2);
  });

  test('when they take as much memory as they may, the next is dropped', () => {
    const { offer, metrics, queue } = setUp({ maxPendingBytes: 2_500 });
    for (const name of ['a', 'b', 'c']) {
      offer({}, { name });
    }
    expect(metrics.drops).toEqual({ bytes_full: 1 });
    expect(queue.pendingBytes).toBeLessThanOrEqual(2_500);
  });

  test('a written record makes room', () => {
    const trail = setUp({ maxPending: 1 });
    trail.offer({}, { name: 'a' });
    writeOne(trail);
    expect([trail.queue.pendingRecords, trail.queue.pendingBytes]).toEqual([0, 0]);
    expect(trail.offer({}, { name: 'b' })).toBeDefined();
  });

  test('a record that is in hand still takes its room', () => {
    const { offer, queue, metrics } = setUp({ maxPending: 1 });
    offer({}, { name: 'a' });
    queue.take();
    offer({}, { name: 'b' });
    expect(metrics.drops).toEqual({ queue_full: 1 });
  });

  test('a finding that no record can be made of is counted, and nothing is thrown', () => {
    const { queue, clock, metrics } = setUp();
    const broken = finding();
    Object.defineProperty(broken, 'message', {
      get: () => {
        throw new Error('broken');
      },
    });
    expect(queue.offer(review(), decision(broken), clock.date())).toEqual([undefined]);
    expect(metrics.drops).toEqual({ unencodable: 1 });
  });

  test('a closed queue takes nothing, and counts what was not written', () => {
    const trail = setUp();
    const { offer, queue, metrics } = trail;
    offer({}, { name: 'a' });
    writeOne(trail);
    offer({}, { name: 'a' });
    offer({}, { name: 'b' });
    offer({}, { name: 'b' });
    offer({}, { name: 'c' });
    queue.take();
    expect(queue.close()).toBe(4);
    expect(offer({}, { name: 'd' })).toBeUndefined();
    expect(metrics.drops).toEqual({ shutdown: 5 });
  });
});

test('records to create and repeats to write take turns', async () => {
  const trail = setUp();
  const { offer, queue, clock } = trail;
  for (const name of ['a', 'b']) {
    offer({}, { name });
    writeOne(trail);
    offer({}, { name });
  }
  offer({}, { name: 'c' });
  offer({}, { name: 'd' });
  await clock.advance(1_000);
  const taken = Array.from({ length: 4 }, () => queue.take()?.isCreated);
  expect(taken).toEqual([true, false, true, false]);
});
