import { describe, expect, test } from 'vitest';
import type { GuardrailViolation } from '../../../src/api/v1alpha1.ts';
import type { Review } from '../../../src/policy/review.ts';
import { type Failure, FakeApi, forbidden, invalid, notFound } from './support/fake-api.ts';
import { FakeClock } from './support/fake-clock.ts';
import { decision, finding, review } from './support/samples.ts';
import { createTrail, type TrailOptions } from './support/trail.ts';

const OPERATOR_NAMESPACE = 'guardrails-system';

function setUp(options: Partial<TrailOptions> = {}) {
  const clock = options.clock instanceof FakeClock ? options.clock : new FakeClock('2026-03-01T12:00:10Z');
  const api = options.api ?? new FakeApi();
  const trail = createTrail({ ...options, clock, api });
  trail.writer.start();
  const offer = (parts: Partial<Review> = {}) =>
    trail.queue.offer(review(parts), decision(finding()), clock.date())[0] ?? 'dropped';
  const methods = () => api.calls.map(({ method }) => method);
  return { clock, api, ...trail, offer, methods };
}

describe('writing', () => {
  test('a decision is one create, under the name that was told', async () => {
    const { offer, clock, api, methods, metrics } = setUp();
    const name = offer();
    await clock.advance(0);
    expect(api.stored('shop', name)?.spec).toMatchObject({
      decision: 'Denied',
      operatorInstance: 'run-a',
      sequence: 1,
    });
    expect(methods()).toEqual(['create']);
    expect(metrics.recordedDecisions).toBe(1);
  });

  test('nothing is sent while the offer runs', () => {
    const { offer, api } = setUp();
    offer();
    expect(api.calls).toEqual([]);
  });

  test('repeats before the create are written once it is there', async () => {
    const { offer, clock, api, methods } = setUp();
    const name = offer();
    offer();
    offer();
    await clock.advance(1_000);
    expect(methods()).toEqual(['create', 'get', 'replaceStatus']);
    expect(api.stored('shop', name)?.status).toEqual({
      count: 3,
      firstTime: '2026-03-01T12:00:10.000000Z',
      lastTime: '2026-03-01T12:00:10.000000Z',
      ranges: [{ operatorInstance: 'run-a', first: 1, last: 3, count: 3 }],
    });
  });

  test('what is written is not written again', async () => {
    const { offer, clock, methods, metrics, queue } = setUp();
    offer();
    offer();
    await clock.advance(30_000);
    expect(methods()).toEqual(['create', 'get', 'replaceStatus']);
    expect([metrics.recordedDecisions, queue.isIdle]).toEqual([2, true]);
  });

  test('the status of a record is written at most once a second', async () => {
    const { offer, clock, api, methods } = setUp();
    offer();
    for (let tenth = 0; tenth < 50; tenth += 1) {
      await clock.advance(100);
      offer();
    }
    await clock.advance(1_000);
    expect(methods().filter((method) => method === 'replaceStatus').length).toBeLessThanOrEqual(6);
    expect(api.total).toBe(51);
  });

  test('no more writes run at a time than allowed', async () => {
    const { offer, clock, api } = setUp({ concurrency: 3 });
    let open = 0;
    let most = 0;
    const create = api.create.bind(api);
    api.create = async (namespace: string, body: GuardrailViolation) => {
      open += 1;
      most = Math.max(most, open);
      await create(namespace, body);
      open -= 1;
    };
    for (let index = 0; index < 20; index += 1) {
      offer({ name: `web-${index}` });
    }
    await clock.advance(0);
    expect([most, api.records.length]).toEqual([3, 20]);
  });
});

describe('two replicas', () => {
  test('the same decision in both is one record, with a row for each', async () => {
    const clock = new FakeClock();
    const api = new FakeApi();
    const one = setUp({ clock, api, operatorInstance: 'run-a' });
    const other = setUp({ clock, api, operatorInstance: 'run-b' });
    const names = [one.offer(), other.offer(), other.offer()];
    await clock.advance(2_000);
    expect(new Set(names).size).toBe(1);
    expect(api.records).toHaveLength(1);
    expect(api.records[0]?.status).toMatchObject({
      count: 3,
      ranges: [
        { operatorInstance: 'run-a', first: 1, last: 1, count: 1 },
        { operatorInstance: 'run-b', first: 1, last: 2, count: 2 },
      ],
    });
  });

  test('a status that another writes in between is read again', async () => {
    const { offer, clock, api } = setUp();
    const name = offer();
    offer();
    let left = 3;
    api.meanwhile = () => {
      const stored = api.stored('shop', name);
      if (left > 0 && stored !== undefined) {
        left -= 1;
        api.put(stored);
      }
    };
    await clock.advance(1_000);
    expect(api.total).toBe(2);
  });

  test('where others write without end, it is left for later', async () => {
    const { offer, clock, api, metrics } = setUp();
    const name = offer();
    offer();
    let left = 7;
    api.meanwhile = () => {
      const stored = api.stored('shop', name);
      if (left > 0 && stored !== undefined) {
        left -= 1;
        api.put(stored);
      }
    };
    await clock.advance(1_000);
    expect([api.total, metrics.retries]).toEqual([1, 1]);
    await clock.advance(1_000);
    expect(api.total).toBe(2);
  });

  test('another decision whose record has the name by accident keeps it, and this one takes a longer name', async () => {
    const { offer, clock, api } = setUp();
    const name = offer();
    await clock.advance(0);
    const stored = api.stored('shop', name);
    const strange = setUp({ clock, api, operatorInstance: 'run-b' });
    if (stored !== undefined) {
      api.put({ ...stored, spec: { ...stored.spec, subject: { username: 'mallory' } } });
    }
    expect(strange.offer()).toBe(name);
    await clock.advance(0);
    expect(api.records.map(({ metadata, spec }) => [metadata?.name, spec.subject.username])).toEqual([
      [name, 'mallory'],
      [expect.stringMatching(new RegExp(`^${name}[0-9a-f]{28}$`)), 'alice'],
    ]);
    expect(strange.offer()).toMatch(/[0-9a-f]{40}$/);
  });
});

describe('a record that its namespace refuses', () => {
  const refusals = [
    { name: 'for a quota, or since it ends', error: forbidden },
    { name: 'since it is gone', error: notFound },
  ];

  test.each(refusals)("goes to the operator's namespace with a label: $name", async ({ error }) => {
    const { offer, clock, api, metrics } = setUp();
    api.refuse = ({ method, namespace }) => (method === 'create' && namespace === 'shop' ? error() : undefined);
    const name = offer();
    offer();
    await clock.advance(1_000);
    const stored = api.stored(OPERATOR_NAMESPACE, name);
    expect(stored?.metadata?.labels).toMatchObject({ 'guardrails.dev/namespace': 'shop' });
    expect(stored?.status?.count).toBe(2);
    expect([api.records.length, metrics.lost]).toEqual([1, 0]);
  });

  test.each(refusals)(
    'waits if that is refused too, and is written when it is allowed again: $name',
    async ({ error }) => {
      const { offer, clock, api, metrics } = setUp();
      api.refuse = ({ method }) => (method === 'create' ? error() : undefined);
      offer();
      offer();
      await clock.advance(300_000);
      expect([api.records.length, metrics.lost]).toEqual([0, 0]);
      api.refuse = () => undefined;
      await clock.advance(60_000);
      expect([api.total, metrics.lost]).toEqual([2, 0]);
    },
  );

  test.each(refusals)('is lost if that is refused for ten minutes: $name', async ({ error }) => {
    const { offer, clock, api, metrics, log, queue } = setUp();
    api.refuse = ({ method }) => (method === 'create' ? error() : undefined);
    offer();
    offer();
    await clock.advance(660_000);
    expect(metrics.drops).toEqual({ api_refused: 2 });
    expect(log.lines.at(-1)?.fields).toMatchObject({ cause: 'api_refused', decisions: 2, status: error().status });
    expect([queue.pendingRecords, queue.pendingBytes, queue.knownRecords]).toEqual([0, 0, 0]);
  });

  test('a record that is invalid is not tried elsewhere', async () => {
    const { offer, clock, api, metrics, methods } = setUp();
    api.refuse = invalid;
    offer();
    await clock.advance(60_000);
    expect(methods()).toEqual(['create']);
    expect(metrics.drops).toEqual({ api_refused: 1 });
  });

  test('records of objects of the cluster go there at once', async () => {
    const { offer, clock, api } = setUp();
    const name = offer({ group: '', resource: 'namespaces', namespace: 'shop', name: 'shop' });
    await clock.advance(0);
    expect(api.stored(OPERATOR_NAMESPACE, name)?.metadata?.labels).not.toHaveProperty('guardrails.dev/namespace');
  });
});

describe('a record that was deleted', () => {
  test('its unwritten repeats are lost, and the next decision makes a new one', async () => {
    const { offer, clock, api, metrics } = setUp();
    const name = offer();
    await clock.advance(0);
    offer();
    offer();
    api.remove('shop', name);
    await clock.advance(1_000);
    expect(metrics.drops).toEqual({ record_gone: 2 });
    offer();
    await clock.advance(0);
    expect(api.total).toBe(1);
  });
});

describe('failures that pass', () => {
  test.each<Failure>(['unavailable', 'throttled', 'unauthorized', 'network', 'lost'])(
    'after %s the write is tried again, and counts once',
    async (failure) => {
      const { offer, clock, api, metrics, log } = setUp();
      api.failures.push(failure, failure);
      offer();
      offer();
      await clock.advance(60_000);
      expect([api.records.length, api.total, metrics.lost]).toEqual([1, 2, 0]);
      expect(metrics.retries).toBeGreaterThan(0);
      expect(log.lines[0]?.message).toBe('violations could not be written');
    },
  );

  test('the API server says how long to wait', async () => {
    const { offer, clock, api } = setUp();
    api.failures.push('throttled');
    offer();
    await clock.advance(6_999);
    expect(api.records).toHaveLength(0);
    await clock.advance(1);
    expect(api.records).toHaveLength(1);
  });

  test('all writes pause together, for longer each time, and one alone tries again', async () => {
    const { offer, clock, api } = setUp();
    const away: Failure[] = Array.from({ length: 1_000 }, () => 'network');
    api.failures.push(...away);
    for (let index = 0; index < 100; index += 1) {
      offer({ name: `web-${index}` });
    }
    await clock.advance(0);
    const first = api.calls.length;
    await clock.advance(600_000);
    expect(first).toBeLessThanOrEqual(8);
    // Pauses of 1, 2, 4, 8 and 16 seconds, then of half a minute.
    expect(api.calls.length - first).toBeLessThanOrEqual(27);
    api.failures.length = 0;
    await clock.advance(30_000);
    expect(api.records).toHaveLength(100);
  });

  test('one record that fails again and again does not keep the others', async () => {
    const { offer, clock, api } = setUp();
    const create = api.create.bind(api);
    api.create = (namespace: string, body: GuardrailViolation) =>
      body.spec.action.name === 'poison' ? Promise.reject(new Error('broken')) : create(namespace, body);
    offer({ name: 'poison' });
    for (let index = 0; index < 50; index += 1) {
      offer({ name: `web-${index}` });
    }
    await clock.advance(2_000);
    expect(api.records).toHaveLength(50);
  });
});

describe('a graceful stop', () => {
  test('everything is written without waiting for the second of a repeat', async () => {
    const { offer, clock, api, writer, metrics } = setUp();
    offer();
    await clock.advance(0);
    offer();
    const flushed = writer.flush(5_000);
    await clock.advance(10);
    expect(await flushed).toBe(0);
    expect([api.total, metrics.lost]).toEqual([2, 0]);
  });

  test('with nothing to write it is over at once', async () => {
    expect(await setUp().writer.flush(5_000)).toBe(0);
  });

  test('a pause is cut short, and failures are tried again until the deadline', async () => {
    const { offer, clock, api, writer } = setUp();
    api.failures.push('throttled');
    offer();
    await clock.advance(0);
    const flushed = writer.flush(5_000);
    await clock.advance(10);
    expect(await flushed).toBe(0);
    expect(api.total).toBe(1);
  });

  test('what is not written by the deadline is counted, and nothing is written after it', async () => {
    const { offer, clock, api, writer, metrics, log } = setUp();
    api.failures.push(...Array.from({ length: 100 }, (): Failure => 'network'));
    offer({ name: 'a' });
    offer({ name: 'a' });
    offer({ name: 'b' });
    const flushed = writer.flush(5_000);
    await clock.advance(5_000);
    expect(await flushed).toBe(3);
    const calls = api.calls.length;
    expect(calls).toBeGreaterThan(3);
    expect(offer()).toBe('dropped');
    await clock.advance(60_000);
    expect(api.calls).toHaveLength(calls);
    expect(metrics.drops).toEqual({ shutdown: 4 });
    const logged = log.lines.filter(({ fields }) => fields.cause === 'shutdown');
    expect(logged.reduce((sum, { fields }) => sum + Number(fields.decisions), 0)).toBe(4);
  });
});
