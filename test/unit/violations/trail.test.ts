import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Failure, FakeApi, forbidden, invalid } from './support/fake-api.ts';
import { FakeClock } from './support/fake-clock.ts';
import { decision, finding, review } from './support/samples.ts';
import { createTrail, type TrailOptions } from './support/trail.ts';

const REPLICAS = ['run-a', 'run-b'];
// What happens to the records of an object of that name, for ever.
const NAMES = ['web', 'api', 'in-full-namespace', 'invalid'];

type Step =
  | { readonly type: 'offer'; readonly replica: number; readonly name: string; readonly times: number }
  | { readonly type: 'wait'; readonly milliseconds: number }
  | { readonly type: 'fail'; readonly failures: readonly Failure[] }
  | { readonly type: 'clock'; readonly milliseconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('offer' as const),
      replica: fc.nat(REPLICAS.length - 1),
      name: fc.constantFrom(...NAMES),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('wait' as const),
      milliseconds: fc.oneof(fc.nat(20), fc.nat(3_000), fc.nat(90_000)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('fail' as const),
      failures: fc.array(
        fc.constantFrom<Failure>('unavailable', 'throttled', 'unauthorized', 'network', 'lost', 'lost', 'lost'),
        { maxLength: 6 },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('clock' as const),
      milliseconds: fc.integer({ min: -120_000, max: 120_000 }),
    }),
  },
);

const bounds: fc.Arbitrary<Pick<TrailOptions, 'maxPending' | 'maxPendingBytes' | 'maxSettled' | 'concurrency'>> =
  fc.record({
    maxPending: fc.constantFrom(1, 3, 10_000),
    maxPendingBytes: fc.constantFrom(2_500, 1_000_000),
    maxSettled: fc.constantFrom(0, 1, 10_000),
    concurrency: fc.constantFrom(1, 2, 8),
  });

function setUp(limits: Partial<TrailOptions>) {
  const clock = new FakeClock();
  const api = new FakeApi();
  // By the name alone, so that what is refused once is refused always.
  const refused = new Set<string>();
  api.refuse = ({ method, namespace, name }, body) => {
    if (body?.spec.action.name === 'invalid') {
      refused.add(name);
    }
    if (refused.has(name)) {
      return invalid();
    }
    const isFull = body?.spec.action.name === 'in-full-namespace' && namespace === 'shop';
    return method === 'create' && isFull ? forbidden() : undefined;
  };
  const replicas = REPLICAS.map((operatorInstance) => createTrail({ clock, api, ...limits, operatorInstance }));
  for (const { writer } of replicas) {
    writer.start();
  }
  return { clock, api, replicas };
}

type World = ReturnType<typeof setUp>;

/** Does one step. Returns how many decisions were offered. */
async function take({ clock, api, replicas }: World, next: Step): Promise<number> {
  switch (next.type) {
    case 'offer':
      for (let time = 0; time < next.times; time += 1) {
        replicas[next.replica]?.queue.offer(review({ name: next.name }), decision(finding()), clock.date());
      }
      return next.times;
    case 'wait':
      await clock.advance(next.milliseconds);
      return 0;
    case 'fail':
      api.failures.push(...next.failures);
      return 0;
    case 'clock':
      clock.correct(next.milliseconds);
      return 0;
  }
  return next satisfies never;
}

const lost = ({ replicas }: World) => replicas.reduce((sum, { metrics }) => sum + metrics.lost, 0);
const recorded = ({ replicas }: World) => replicas.reduce((sum, { metrics }) => sum + metrics.recordedDecisions, 0);

test('every decision is in a record of the cluster or counted as lost, whatever fails and in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), bounds, async (steps, limits) => {
      const world = setUp(limits);
      let offered = 0;
      for (const next of steps) {
        offered += await take(world, next);
      }
      world.api.failures.length = 0;
      const flushed = Promise.all(world.replicas.map(({ writer }) => writer.flush(30_000)));
      await world.clock.advance(30_000);
      await flushed;
      expect({ total: world.api.total + lost(world), recorded: recorded(world) }).toEqual({
        total: offered,
        recorded: world.api.total,
      });
      for (const { queue } of world.replicas) {
        expect([queue.isIdle, queue.pendingRecords, queue.pendingBytes]).toEqual([true, 0, 0]);
      }
    }),
    { numRuns: 500 },
  );
});

test('the bounds hold at every moment', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const world = setUp({ maxPending: 3, maxPendingBytes: 3_000, maxSettled: 2 });
      for (const next of steps) {
        await take(world, next);
        for (const { queue } of world.replicas) {
          expect(queue.pendingRecords).toBeLessThanOrEqual(3);
          expect(queue.pendingBytes).toBeLessThanOrEqual(3_000);
        }
      }
    }),
    { numRuns: 100 },
  );
});

test('a status says of each run only what it has seen, in numbers that go up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const world = setUp({});
      for (const next of steps) {
        await take(world, next);
      }
      world.api.failures.length = 0;
      await world.clock.advance(600_000);
      for (const { status } of world.api.records) {
        const ranges = status?.ranges ?? [];
        expect(status?.count ?? 0).toBe(ranges.reduce((sum, { count }) => sum + count, 0));
        expect(ranges.every(({ first, last, count }) => first <= last && count <= last - first + 1)).toBe(true);
        expect((status?.firstTime ?? '') <= (status?.lastTime ?? '')).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});
