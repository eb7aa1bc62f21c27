import { afterEach, describe, expect, test, vi } from 'vitest';
import type { GuardrailSpec } from '../../../src/api/v1alpha1.ts';
import type { DesiredStatus } from '../../../src/controller/guardrail-status.ts';
import { IndexSource, type ObjectStore } from '../../../src/controller/index-source.ts';
import { Reconciler } from '../../../src/controller/reconciler.ts';
import type { WebhookConfiguration } from '../../../src/controller/webhook-configuration.ts';
import { silentLogger } from '../../../src/telemetry/logger.ts';
import { guardrailObject } from './support/guardrails.ts';

const MINUTE_MS = 60_000;

afterEach(() => {
  vi.restoreAllMocks();
});

/** A reconciler of one guardrail in a cluster where all is as it should be, by a clock that can be set. */
function reconcile(spec: Partial<GuardrailSpec>, ahead = 0) {
  const object = guardrailObject('g', spec);
  const store = (items: ReadonlyMap<string, typeof object>): ObjectStore => ({
    items: () => items,
    staleness: () => 0,
  });
  const source = new IndexSource(
    {
      guardrails: store(new Map([['g', object]])),
      namespaces: store(new Map()),
      customResourceDefinitions: store(new Map()),
    },
    60,
    () => ({ kind: 'Unavailable', why: 'there are none here' }),
  );
  const told: DesiredStatus[] = [];
  const waits = vi.spyOn(globalThis, 'setTimeout');
  const clock = { ahead };
  const reconciler = new Reconciler({
    source,
    discover: async () => ({ resources: [], stale: [] }),
    customResourceKey: () => '',
    entries: () => [],
    configuration: {
      reconcile: async () => ({ kind: 'Covered' }),
      covered: () => [],
    } as unknown as WebhookConfiguration,
    status: { setStatus: (_name, _uid, desired) => void told.push(desired), retain: () => undefined },
    tested: {
      condition: () => ({ type: 'TestsPassed', status: 'Unknown', reason: 'NoTests', message: '' }),
      retain: () => undefined,
      stop: () => undefined,
    },
    onLoaded: () => undefined,
    onEnforcement: () => undefined,
    logger: silentLogger,
    now: () => performance.now(),
    clock: () => new Date(Date.now() + clock.ahead),
  });
  const stop = new AbortController();
  const running = reconciler.run(stop.signal);
  return {
    clock,
    last: () => told.at(-1)?.schedule,
    /** How long it means to wait. */
    wait: () => waits.mock.lastCall?.[1],
    markDirty: () => reconciler.markDirty(),
    end: () => {
      stop.abort();
      return running;
    },
  };
}

const window = (from: number, to: number): Partial<GuardrailSpec> => ({
  schedule: {
    active: 'During',
    windows: [{ absolute: { from: new Date(from).toISOString(), to: new Date(to).toISOString() } }],
  },
});

describe('the reconciler', () => {
  test('looks again at the moment at which a schedule changes, without being told', async () => {
    const from = Date.now() + 1_500;
    const { last, end } = reconcile(window(from, from + 1_000));
    try {
      await vi.waitFor(() => expect(last()?.inEffect).toBe(false), { timeout: 5_000 });
      await vi.waitFor(() => expect(last()?.inEffect).toBe(true), { timeout: 5_000, interval: 5 });
      expect(Date.now()).toBeGreaterThanOrEqual(from);
      await vi.waitFor(() => expect(last()).toEqual({ inEffect: false }), { timeout: 5_000, interval: 5 });
      expect(Date.now()).toBeGreaterThanOrEqual(from + 1_000);
    } finally {
      await end();
    }
  });

  test('looks again within a minute while the change is far away, and sees a clock that was set', async () => {
    const from = Date.now() + 60 * MINUTE_MS;
    const { clock, last, wait, markDirty, end } = reconcile(window(from, from + MINUTE_MS));
    try {
      await vi.waitFor(() => expect(last()?.inEffect).toBe(false), { timeout: 5_000 });
      await vi.waitFor(() => expect(wait()).toBeGreaterThan(50_000), { timeout: 5_000 });
      expect(wait()).toBeLessThanOrEqual(MINUTE_MS);
      clock.ahead = 60 * MINUTE_MS;
      markDirty();
      await vi.waitFor(() => expect(last()?.inEffect).toBe(true), { timeout: 5_000 });
      clock.ahead = 0;
      markDirty();
      await vi.waitFor(() => expect(last()?.inEffect).toBe(false), { timeout: 5_000 });
    } finally {
      await end();
    }
  });

  test('says nothing of a schedule where there is none', async () => {
    const { last, wait, end } = reconcile({});
    try {
      await vi.waitFor(() => expect(wait()).toBeGreaterThan(50_000), { timeout: 5_000 });
      expect(last()).toBeUndefined();
    } finally {
      await end();
    }
  });
});
