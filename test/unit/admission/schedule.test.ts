import { describe, expect, test } from 'vitest';
import { createHandler } from '../../../src/admission/handler.ts';
import type { Lookup, Page } from '../../../src/admission/ports.ts';
import { deadlineIn } from '../../../src/admission/timeout.ts';
import type { GuardrailMatch, GuardrailSchedule } from '../../../src/api/v1alpha1.ts';
import type { Decision } from '../../../src/policy/decision.ts';
import { NO_FACTS } from '../../../src/policy/facts.ts';
import { PolicyIndex } from '../../../src/policy/policy-index.ts';
import { compiled, resources } from '../policy/support/judge.ts';
import { capturedBody } from '../policy/support/reviews.ts';

const SCHEDULE: GuardrailSchedule = {
  active: 'During',
  windows: [{ absolute: { from: '2026-12-20T00:00:00Z', to: '2026-12-21T00:00:00Z' } }],
};
const INSIDE = new Date('2026-12-20T12:00:00Z');
const BEFORE = new Date('2026-12-19T12:00:00Z');

/** Judges a captured review by one guardrail at a time of day, in a cluster of which nothing can be read. */
async function judged(name: string, match: GuardrailMatch, now: Date) {
  let lookups = 0;
  const refuse = (): Promise<never> => {
    lookups += 1;
    return Promise.reject(new Error('nothing can be read here'));
  };
  const lookup: Lookup = { get: refuse, list: (): Promise<Page> => refuse() };
  const offered: Decision[] = [];
  const handler = createHandler({
    source: {
      current: () => ({
        index: new PolicyIndex([compiled(match, { schedule: SCHEDULE })], resources),
        namespaces: new Map(),
        scans: () => NO_FACTS.scans,
      }),
    },
    lookup,
    sink: {
      offer: (_review, decision) => {
        offered.push(decision);
        return decision.findings.map(() => 'record');
      },
    },
    clock: () => now,
    onDecision: () => undefined,
  });
  const { response } = await handler(capturedBody(name), '', deadlineIn(60_000));
  return { allowed: response.allowed, lookups, findings: offered.flatMap(({ findings }) => findings) };
}

describe('a guardrail that is not in effect asks for nothing and finds nothing', () => {
  test.each<[string, string, GuardrailMatch]>([
    [
      'of the object behind a subresource',
      'pod-exec',
      { actions: ['Exec'], objectSelector: { matchLabels: { a: 'b' } } },
    ],
    [
      'of a namespace',
      'deployment-scale',
      { actions: ['ScaleDown', 'ScaleUp'], namespaceSelector: { matchLabels: { a: 'b' } } },
    ],
    ['of what an autoscaler scales', 'autoscaler-maximum-lowered', { actions: ['ScaleDown'] }],
    [
      'of what goes with a namespace',
      'namespace-delete',
      { actions: ['Delete'], resources: [{ apiGroups: ['apps'], resources: ['deployments'] }] },
    ],
  ])('%s', async (_name, review, match) => {
    const inside = await judged(review, match, INSIDE);
    expect(inside.lookups).toBeGreaterThan(0);
    expect(inside.findings).toHaveLength(1);
    expect(inside.allowed).toBe(false);
    expect(await judged(review, match, BEFORE)).toEqual({ allowed: true, lookups: 0, findings: [] });
  });

  test('of what goes with a namespace, where no deletion can be by the field manager that is meant', async () => {
    const match: GuardrailMatch = {
      actions: ['Delete'],
      resources: [{ apiGroups: ['apps'], resources: ['deployments'] }],
      fieldManagers: { include: ['*'] },
    };
    expect(await judged('namespace-delete', match, INSIDE)).toEqual({ allowed: true, lookups: 0, findings: [] });
  });
});
