import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StatusWriter } from '../../../src/controller/status.ts';
import type { PatchOptions, PatchType } from '../../../src/kube/client.ts';
import { errorFromResponse } from '../../../src/kube/errors.ts';
import type { ObjectReference } from '../../../src/policy/object-reference.ts';
import type { KubeObject } from '../../../src/policy/review.ts';
import { silentLogger } from '../../../src/telemetry/logger.ts';

type Guardrail = { metadata: { name: string; uid: string; resourceVersion: string }; status: Record<string, unknown> };
type StatusPatch = { metadata: { resourceVersion: string; uid: string }; status: Record<string, unknown> };

const refused = (code: number, reason: string) => errorFromResponse({ code, body: { reason, message: reason } }, 'X');

const READY = [{ type: 'Ready', status: 'True', reason: 'Loaded', message: 'loaded' }] as const;

/** As much of an API server as the status of guardrails needs. */
class FakeCluster {
  readonly guardrails = new Map<string, Guardrail>();
  readonly patches: StatusPatch['status'][] = [];
  gets = 0;
  failures: Error[] = [];
  #version = 1;

  add(name: string, status: Record<string, unknown> = {}, uid = `uid-${name}`): void {
    this.guardrails.set(name, { metadata: { name, uid, resourceVersion: this.#next() }, status });
  }

  /** Another replica, or somebody else, writes. */
  interfere(name: string, status: Record<string, unknown>): void {
    const guardrail = this.guardrails.get(name);
    if (guardrail !== undefined) {
      this.#store(guardrail, status);
    }
  }

  async get({ name }: ObjectReference): Promise<KubeObject> {
    this.gets += 1;
    return structuredClone(this.#find(name));
  }

  async patch(reference: ObjectReference, type: PatchType, body: unknown, options?: PatchOptions): Promise<KubeObject> {
    expect([type, options?.subresource]).toEqual(['merge', 'status']);
    const failure = this.failures.shift();
    if (failure !== undefined) {
      throw failure;
    }
    const guardrail = this.#find(reference.name);
    const { metadata, status } = body as StatusPatch;
    if (metadata.resourceVersion !== guardrail.metadata.resourceVersion || metadata.uid !== guardrail.metadata.uid) {
      throw refused(409, 'Conflict');
    }
    this.patches.push(status);
    this.#store(guardrail, status);
    return structuredClone(guardrail);
  }

  #find(name: string): Guardrail {
    const guardrail = this.guardrails.get(name);
    if (guardrail === undefined) {
      throw refused(404, 'NotFound');
    }
    return guardrail;
  }

  #store(guardrail: Guardrail, status: Record<string, unknown>): void {
    const counts = { ...(guardrail.status.counts as object), ...(status.counts as object) };
    guardrail.status = { ...guardrail.status, ...status, counts };
    guardrail.metadata.resourceVersion = this.#next();
  }

  #next(): string {
    this.#version += 1;
    return String(this.#version);
  }
}

let cluster: FakeCluster;
let cache: Map<string, KubeObject>;
let writer: StatusWriter;

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-22T12:00:00Z') });
  cluster = new FakeCluster();
  cache = new Map();
  writer = new StatusWriter({
    client: cluster,
    cached: (name) => cache.get(name),
    logger: silentLogger,
    random: () => 1,
  });
});

afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const count = (outcome: 'Denied' | 'Allowed' = 'Denied', name = 'a') =>
  writer.count(name, `uid-${name}`, outcome, new Date());
const countsOf = (name = 'a') => cluster.guardrails.get(name)?.status.counts;

describe('conditions', () => {
  test('are written at once', async () => {
    cluster.add('a', { observedGeneration: -1 });
    writer.setStatus('a', 'uid-a', { generation: 1, conditions: READY });
    await pass(0);
    expect(cluster.guardrails.get('a')?.status).toMatchObject({
      observedGeneration: 1,
      conditions: [{ ...READY[0], observedGeneration: 1, lastTransitionTime: '2026-11-22T12:00:00Z' }],
    });
  });

  test('that are there are not written, and what the watch has seen is not read', async () => {
    cluster.add('a');
    writer.setStatus('a', 'uid-a', { generation: 1, conditions: READY });
    await pass(0);
    cache.set('a', await cluster.get({ group: '', version: '', resource: '', namespace: '', name: 'a' }));
    cluster.gets = 0;
    for (let i = 0; i < 10; i += 1) {
      writer.setStatus('a', 'uid-a', { generation: 1, conditions: READY });
      await pass(10_000);
    }
    expect(cluster.patches).toHaveLength(1);
    expect(cluster.gets).toBe(0);
  });

  test('keep what others have set', async () => {
    cluster.add('a', { conditions: [{ type: 'example.com/Reviewed', status: 'True' }] });
    writer.setStatus('a', 'uid-a', { generation: 1, conditions: READY });
    await pass(0);
    expect(cluster.guardrails.get('a')?.status.conditions).toMatchObject([
      { type: 'example.com/Reviewed' },
      { type: 'Ready' },
    ]);
  });

  test('are written over a cache that is behind', async () => {
    cluster.add('a');
    cache.set('a', structuredClone(cluster.guardrails.get('a') as Guardrail));
    cluster.interfere('a', { lastViolationTime: '2026-11-22T11:00:00Z' });
    writer.setStatus('a', 'uid-a', { generation: 1, conditions: READY });
    await pass(0);
    expect(cluster.guardrails.get('a')?.status).toMatchObject({
      observedGeneration: 1,
      lastViolationTime: '2026-11-22T11:00:00Z',
    });
  });
});

describe('counts', () => {
  test('wait for the rest of a burst, whatever conditions are written meanwhile', async () => {
    cluster.add('a');
    count();
    await pass(300);
    writer.setStatus('a', 'uid-a', { generation: 1, conditions: READY });
    await pass(300);
    expect(cluster.guardrails.get('a')?.status.observedGeneration).toBe(1);
    expect(countsOf() ?? {}).not.toHaveProperty('denied');
    count();
    await pass(400);
    expect(countsOf()).toMatchObject({ denied: 2 });
  });

  test('that are overdue are written at once', async () => {
    cluster.add('a');
    const timers = vi.spyOn(globalThis, 'setTimeout');
    count();
    // The process was busy: the clock went on, and no timer had its turn.
    vi.setSystemTime(Date.now() + 5_000);
    count();
    expect(timers.mock.calls.every(([, ms]) => (ms ?? 0) >= 0)).toBe(true);
    await pass(1_000);
    expect(countsOf()).toMatchObject({ denied: 2 });
  });

  test('are written soon after a quiet time, and then at most every 30 seconds', async () => {
    cluster.add('a');
    count();
    count('Allowed');
    await pass(1_000);
    expect(countsOf()).toEqual({ denied: 1, allowed: 1 });
    for (let second = 0; second < 90; second += 1) {
      count();
      await pass(1_000);
    }
    // One at the start, and one for each of the 30 seconds that followed.
    expect(cluster.patches).toHaveLength(4);
    await pass(30_000);
    expect(countsOf()).toEqual({ denied: 91, allowed: 1 });
  });

  test('go on from what the status says, so that a restart resets nothing', async () => {
    cluster.add('a', { counts: { denied: 40, allowed: 2 }, lastViolationTime: '2026-11-01T00:00:00Z' });
    count();
    await pass(1_000);
    expect(cluster.guardrails.get('a')?.status).toEqual({
      counts: { denied: 41, allowed: 2 },
      lastViolationTime: '2026-11-22T12:00:00Z',
    });
  });

  test('of two replicas are added up', async () => {
    cluster.add('a');
    cache.set('a', structuredClone(cluster.guardrails.get('a') as Guardrail));
    count();
    cluster.interfere('a', { counts: { denied: 10 } });
    await pass(1_000);
    expect(countsOf()).toEqual({ denied: 11 });
  });

  test('do not delay conditions, nor come with them too early', async () => {
    cluster.add('a');
    count();
    await pass(1_000);
    count();
    writer.setStatus('a', 'uid-a', { generation: 1, conditions: READY });
    await pass(0);
    expect(cluster.patches).toHaveLength(2);
    expect(cluster.patches[1]).not.toHaveProperty('counts');
    await pass(30_000);
    expect(countsOf()).toEqual({ denied: 2 });
  });

  test('of a guardrail that was made anew under the same name begin anew', async () => {
    cluster.add('a', {}, 'uid-new');
    count();
    await pass(60_000);
    expect(cluster.patches).toEqual([]);
    writer.count('a', 'uid-new', 'Denied', new Date());
    await pass(60_000);
    expect(countsOf()).toEqual({ denied: 1 });
  });

  test('of a guardrail that is gone are forgotten', async () => {
    count();
    await pass(60_000);
    cluster.add('a');
    await pass(60_000);
    expect(cluster.patches).toEqual([]);
    expect(cluster.gets).toBe(1);
  });

  test('of guardrails that are not retained are forgotten', async () => {
    cluster.add('a');
    cluster.add('b');
    count('Denied', 'a');
    count('Denied', 'b');
    writer.retain(new Set(['uid-b']));
    await pass(60_000);
    expect(countsOf('a')).toBeUndefined();
    expect(countsOf('b')).toEqual({ denied: 1 });
  });
});

describe('a write that fails', () => {
  test.each([
    ['for a moment', refused(503, 'ServiceUnavailable')],
    ['because of the network', refused(0, 'ECONNREFUSED')],
  ])('%s is tried again, longer apart each time, and counts nothing twice', async (_, failure) => {
    cluster.add('a');
    cluster.failures = [failure, failure, failure];
    count();
    writer.setStatus('a', 'uid-a', { generation: 1, conditions: READY });
    await pass(0);
    expect(cluster.failures).toHaveLength(2);
    await pass(199);
    expect(cluster.failures).toHaveLength(2);
    await pass(1);
    expect(cluster.failures).toHaveLength(1);
    await pass(60_000);
    expect(countsOf()).toEqual({ denied: 1 });
    expect(cluster.guardrails.get('a')?.status).toMatchObject({ observedGeneration: 1 });
  });

  test('by a conflict is made again on what is there now', async () => {
    cluster.add('a');
    cluster.failures = [refused(409, 'Conflict'), refused(409, 'Conflict')];
    count();
    await pass(1_000);
    expect(countsOf()).toEqual({ denied: 1 });
  });

  test('for good is not tried again in a loop, and others are written', async () => {
    cluster.add('a');
    cluster.add('b');
    cluster.failures = [refused(403, 'Forbidden')];
    writer.setStatus('a', 'uid-a', { generation: 1, conditions: READY });
    writer.setStatus('b', 'uid-b', { generation: 1, conditions: READY });
    await pass(60_000);
    expect(cluster.patches).toHaveLength(1);
    expect(cluster.guardrails.get('b')?.status).toMatchObject({ observedGeneration: 1 });
  });
});

describe('stop', () => {
  test('writes what there is and ends', async () => {
    cluster.add('a');
    count();
    await pass(1_000);
    count();
    await writer.stop();
    expect(countsOf()).toEqual({ denied: 2 });
    count();
    writer.setStatus('a', 'uid-a', { generation: 1, conditions: READY });
    await pass(120_000);
    expect(cluster.patches).toHaveLength(2);
  });

  test('does not throw or wait when nothing can be written', async () => {
    cluster.add('a');
    cluster.failures = [refused(503, 'ServiceUnavailable')];
    count();
    await expect(writer.stop()).resolves.toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });
});
