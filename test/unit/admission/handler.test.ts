import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../../src/admission/decode.ts';
import { createHandler, NotReadyError } from '../../../src/admission/handler.ts';
import type { Snapshot } from '../../../src/admission/judge.ts';
import type { Lookup, Page, ViolationSink } from '../../../src/admission/ports.ts';
import { deadlineIn, lookupBudget } from '../../../src/admission/timeout.ts';
import type { GuardrailSpec } from '../../../src/api/v1alpha1.ts';
import type { LoadedGuardrail } from '../../../src/policy/compiled-guardrail.ts';
import type { Decision } from '../../../src/policy/decision.ts';
import { NO_FACTS } from '../../../src/policy/facts.ts';
import type { ObjectReference } from '../../../src/policy/object-reference.ts';
import { PolicyIndex } from '../../../src/policy/policy-index.ts';
import type { KubeObject } from '../../../src/policy/review.ts';
import { compiled, EVERYTHING, resources, SHOP } from '../policy/support/judge.ts';
import { capturedBody } from '../policy/support/reviews.ts';

const NOW = new Date('2026-01-01T00:00:00Z');

/** Answers look-ups from a map, by resource and name; an Error is thrown. Remembers what was asked. */
class FakeLookup implements Lookup {
  readonly asked: ObjectReference[] = [];
  readonly #objects: Readonly<Record<string, KubeObject | Error>>;

  constructor(objects: Readonly<Record<string, KubeObject | Error>> = {}) {
    this.#objects = objects;
  }

  async get(reference: ObjectReference): Promise<KubeObject | undefined> {
    this.asked.push(reference);
    const found = this.#objects[`${reference.resource}/${reference.name}`];
    if (found instanceof Error) throw found;
    return found;
  }

  list(): Promise<Page> {
    return Promise.reject(new Error('nothing is to be listed here'));
  }
}

/** Never answers before it is told to stop. */
class SlowLookup implements Lookup {
  get(_reference: ObjectReference, signal: AbortSignal): Promise<undefined> {
    return new Promise((_resolve, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  list(): Promise<Page> {
    return Promise.reject(new Error('nothing is to be listed here'));
  }
}

class FakeSink implements ViolationSink {
  readonly offered: Decision[] = [];
  offer(_review: unknown, decision: Decision): (string | undefined)[] {
    this.offered.push(decision);
    return decision.findings.map((_, index) => `record-${index}`);
  }
}

interface Setting {
  readonly guardrails: readonly LoadedGuardrail[];
  readonly lookup?: Lookup;
  readonly namespaces?: Readonly<Record<string, KubeObject>>;
  readonly isReady?: boolean;
  readonly signal?: AbortSignal;
  readonly group?: string;
}

async function handle(name: string, setting: Setting) {
  const { guardrails, lookup = new FakeLookup(), namespaces = {}, isReady = true } = setting;
  const sink = new FakeSink();
  const decisions: Decision[] = [];
  const snapshot: Snapshot = {
    index: new PolicyIndex(guardrails, resources),
    namespaces: { get: (key) => namespaces[key] },
    scans: () => NO_FACTS.scans,
  };
  const handler = createHandler({
    source: { current: () => (isReady ? snapshot : undefined) },
    lookup,
    sink,
    clock: () => NOW,
    onDecision: (_review, decision) => decisions.push(decision),
  });
  const signal = setting.signal ?? AbortSignal.timeout(60_000);
  const answer = await handler(capturedBody(name), setting.group ?? '', { signal });
  return { answer, sink, decisions };
}

const exec = (spec: Partial<GuardrailSpec> = {}) =>
  compiled({ actions: ['Exec'], objectSelector: { matchLabels: { tier: 'gold' } } }, spec);
const scaleDown = compiled({ actions: ['ScaleDown'] });
const GOLD = { 'pods/target': { metadata: { labels: { tier: 'gold' } } } };

describe('the handler', () => {
  test('answers with the uid of the review', async () => {
    const { answer, sink, decisions } = await handle('deployment-scale', { guardrails: [scaleDown] });
    const { request } = JSON.parse(capturedBody('deployment-scale').toString()) as { request: { uid: string } };
    expect(answer).toMatchObject({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {
        uid: request.uid,
        allowed: false,
        status: { code: 403, message: expect.stringContaining('[record record-0]') },
      },
    });
    expect(sink.offered).toEqual(decisions);
    expect(decisions[0]?.findings).toHaveLength(1);
  });

  test('allows what no guardrail guards, and offers it without findings', async () => {
    const { answer, sink } = await handle('deployment-scale', { guardrails: [] });
    expect(answer.response).toEqual({ uid: expect.any(String), allowed: true });
    expect(sink.offered).toEqual([{ allowed: true, findings: [] }]);
  });

  test('judges by the guardrails of the group alone', async () => {
    const ignoring = compiled({ actions: ['ScaleDown'] }, { failurePolicy: 'Ignore' }, 'ignoring');
    const index = new PolicyIndex([scaleDown, ignoring], resources);
    for (const { id, guardrails } of index.groups) {
      const { decisions } = await handle('deployment-scale', { guardrails: [scaleDown, ignoring], group: id });
      expect(decisions[0]?.findings.map(({ guardrail }) => guardrail.name)).toEqual(
        guardrails.map(({ scope }) => scope.identity.name),
      );
    }
  });

  test('can not answer before everything is loaded', async () => {
    await expect(handle('deployment-scale', { guardrails: [scaleDown], isReady: false })).rejects.toThrow(
      NotReadyError,
    );
  });

  test('refuses what is no review', async () => {
    const handler = createHandler({
      source: {
        current: () => ({ index: new PolicyIndex([], resources), namespaces: new Map(), scans: () => NO_FACTS.scans }),
      },
      lookup: new FakeLookup(),
      sink: new FakeSink(),
      clock: () => NOW,
      onDecision: () => {},
    });
    await expect(handler(Buffer.from('{}'), '', deadlineIn(1000))).rejects.toThrow(DecodeError);
  });
});

describe('look-ups', () => {
  test('are made only where somebody needs them', async () => {
    const lookup = new FakeLookup(GOLD);
    await handle('pod-exec', { guardrails: [compiled({ actions: ['Exec'] }), scaleDown], lookup });
    expect(lookup.asked).toEqual([]);
    await handle('pod-exec', { guardrails: [exec()], lookup });
    expect(lookup.asked).toEqual([{ group: '', version: 'v1', resource: 'pods', namespace: 'shop', name: 'target' }]);
  });

  test('are not made for who is not judged', async () => {
    const lookup = new FakeLookup(GOLD);
    const others = compiled({
      actions: ['Exec'],
      objectSelector: {},
      subjects: { exclude: [{ kind: 'User', name: 'alice' }] },
    });
    const { answer } = await handle('pod-exec', { guardrails: [others], lookup });
    expect(lookup.asked).toEqual([]);
    expect(answer.response.allowed).toBe(true);
  });

  test.each<[string, Partial<GuardrailSpec>, Lookup, string, boolean]>([
    ['a Pod that is guarded', {}, new FakeLookup(GOLD), 'Tripped', false],
    ['a Pod that is not guarded', {}, new FakeLookup({ 'pods/target': {} }), 'none', true],
    ['a Pod that is not there', {}, new FakeLookup(), 'TargetNotFound', false],
    [
      'a Pod that can not be read, under Fail',
      {},
      new FakeLookup({ 'pods/target': new Error('boom') }),
      'EvaluationError',
      false,
    ],
    [
      'a Pod that can not be read, under Ignore',
      { failurePolicy: 'Ignore' },
      new FakeLookup({ 'pods/target': new Error('boom') }),
      'EvaluationError',
      true,
    ],
    ['a Pod that is not read in time, under Fail', {}, new SlowLookup(), 'EvaluationError', false],
    [
      'a Pod that is not read in time, under Ignore',
      { failurePolicy: 'Ignore' },
      new SlowLookup(),
      'EvaluationError',
      true,
    ],
  ])('of %s', async (_name, spec, lookup, reason, allowed) => {
    const signal = lookup instanceof SlowLookup ? AbortSignal.abort() : AbortSignal.timeout(60_000);
    const { answer, decisions } = await handle('pod-exec', { guardrails: [exec(spec)], lookup, signal });
    expect(decisions[0]?.findings[0]?.reason ?? 'none').toBe(reason);
    expect(answer.response.allowed).toBe(allowed);
    if (lookup instanceof SlowLookup)
      expect(decisions[0]?.findings[0]?.message).toContain('the time of the request ran out');
  });

  test('that throw what is no Error, or at once, are failed look-ups', async () => {
    const lookup: Lookup = {
      get: () => {
        throw 'at once';
      },
      list: () => Promise.resolve({ items: [], continue: '' }),
    };
    const { answer } = await handle('pod-exec', { guardrails: [exec()], lookup });
    expect(answer.response).toMatchObject({
      allowed: false,
      status: { message: expect.stringContaining('pods/target could not be read: unknown error') },
    });
  });

  describe('of namespaces', () => {
    const inProduction = compiled({
      actions: ['ScaleDown'],
      namespaceSelector: { matchLabels: { env: 'production' } },
    });
    const deletes = compiled({ actions: ['Delete'], resources: EVERYTHING });
    const going = { metadata: { name: 'closing', deletionTimestamp: '2026-01-01T00:00:00Z' } };
    const NAMESPACE_DELETES = 'configmap-delete-by-namespace-controller';

    test.each<
      [string, string, LoadedGuardrail, Record<string, KubeObject>, Lookup & { asked: unknown[] }, number, boolean]
    >([
      [
        'one that is known is not looked up',
        'deployment-scale',
        inProduction,
        { shop: SHOP },
        new FakeLookup(),
        0,
        false,
      ],
      [
        'one that is new is looked up',
        'deployment-scale',
        inProduction,
        {},
        new FakeLookup({ 'namespaces/shop': SHOP }),
        1,
        false,
      ],
      ['one of other labels does not match', 'deployment-scale', inProduction, { shop: {} }, new FakeLookup(), 0, true],
      ['one that is not there is an error', 'deployment-scale', inProduction, {}, new FakeLookup(), 1, false],
      [
        'one that can not be read is an error',
        'deployment-scale',
        inProduction,
        {},
        new FakeLookup({ 'namespaces/shop': new Error('boom') }),
        1,
        false,
      ],
      [
        'one that is known to go is not looked up',
        NAMESPACE_DELETES,
        deletes,
        { closing: going },
        new FakeLookup(),
        0,
        true,
      ],
      [
        'one that is not known to go is looked up',
        NAMESPACE_DELETES,
        deletes,
        { closing: {} },
        new FakeLookup({ 'namespaces/closing': going }),
        1,
        true,
      ],
      [
        'one that stays is not emptied',
        NAMESPACE_DELETES,
        deletes,
        { closing: {} },
        new FakeLookup({ 'namespaces/closing': {} }),
        1,
        false,
      ],
      [
        'one that can not be read is not emptied',
        NAMESPACE_DELETES,
        deletes,
        {},
        new FakeLookup({ 'namespaces/closing': new Error('boom') }),
        1,
        false,
      ],
    ])('%s', async (_name, name, guardrail, namespaces, lookup, asked, allowed) => {
      const { answer } = await handle(name, { guardrails: [guardrail], namespaces, lookup });
      expect(lookup.asked).toHaveLength(asked);
      expect(answer.response.allowed).toBe(allowed);
    });
  });
});

describe('the time for look-ups', () => {
  test.each<[unknown, number]>([
    ['5s', 4750],
    ['4.5s', 4250],
    ['500ms', 250],
    ['1m', 29_750],
    ['30s', 29_750],
    ['100ms', 100],
    ['0s', 100],
    [undefined, 4750],
    ['', 4750],
    ['soon', 4750],
    ['-5s', 4750],
    ['5', 4750],
    ['99999999999s', 4750],
    [['1s', '2s'], 4750],
  ])('of timeout=%j is %d ms', (timeout, expected) => expect(lookupBudget(timeout)).toBe(expected));
});
