import { describe, expect, test } from 'vitest';
import type { GuardrailStatus } from '../../../src/api/v1alpha1.ts';
import {
  addDecision,
  hasDecisions,
  NO_DECISIONS,
  statusPatch,
  subtractDecisions,
} from '../../../src/controller/guardrail-status.ts';
import type { Outcome } from '../../../src/policy/decision.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const at = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

const decisions = (...outcomes: readonly [Outcome, number][]) =>
  outcomes.reduce((all, [outcome, seconds]) => addDecision(all, outcome, at(seconds)), NO_DECISIONS);

const CONDITIONS = [{ type: 'Ready', status: 'True', reason: 'Loaded', message: '' }] as const;
const STORED = { ...CONDITIONS[0], observedGeneration: 2, lastTransitionTime: '2026-11-22T10:00:00Z' };

describe('counts', () => {
  test.each<[string, GuardrailStatus, readonly [Outcome, number][], GuardrailStatus | undefined]>([
    ['without decisions stay', { counts: { denied: 3 } }, [], undefined],
    [
      'begin with the first decision',
      {},
      [['Denied', 0]],
      { counts: { denied: 1 }, lastViolationTime: '2026-11-22T12:00:00Z' },
    ],
    [
      'are added to those that are there, and only where they differ',
      { counts: { denied: 3, allowed: 10 }, lastViolationTime: '2026-11-22T11:00:00Z' },
      [
        ['Denied', 0],
        ['Denied', 2],
        ['Warned', 1],
        ['Audited', 1],
      ],
      { counts: { denied: 5, warned: 1, audited: 1 }, lastViolationTime: '2026-11-22T12:00:02Z' },
    ],
    ['of what did not trip are no violation', { counts: { allowed: 1 } }, [['Allowed', 0]], { counts: { allowed: 2 } }],
    [
      'of another replica may have a later violation',
      { counts: { denied: 1 }, lastViolationTime: '2026-11-22T13:00:00Z' },
      [['Denied', 0]],
      { counts: { denied: 2 } },
    ],
  ])('%s', (_, status, made, patch) => {
    expect(statusPatch(status, undefined, decisions(...made), NOW)).toEqual(patch);
  });

  test('that were written are taken off, and those that came in between stay', () => {
    const written = decisions(['Denied', 0], ['Allowed', 1]);
    const all = addDecision(written, 'Denied', at(5));
    expect(subtractDecisions(all, written)).toEqual(decisions(['Denied', 5]));
    expect(hasDecisions(subtractDecisions(all, all))).toBe(false);
  });
});

describe('conditions', () => {
  test.each<[string, GuardrailStatus, number, GuardrailStatus | undefined]>([
    [
      'of a guardrail that nobody has seen are set',
      { observedGeneration: -1 },
      1,
      {
        observedGeneration: 1,
        conditions: [{ ...CONDITIONS[0], observedGeneration: 1, lastTransitionTime: '2026-11-22T12:00:00Z' }],
      },
    ],
    ['that are there are left alone', { observedGeneration: 2, conditions: [STORED] }, 2, undefined],
    [
      'of a new generation are set',
      { observedGeneration: 2, conditions: [STORED] },
      3,
      { observedGeneration: 3, conditions: [{ ...STORED, observedGeneration: 3 }] },
    ],
    ['of an older generation than is observed are dropped', { observedGeneration: 5, conditions: [] }, 4, undefined],
    [
      'that somebody has changed are set again',
      { observedGeneration: 2, conditions: [{ ...STORED, status: 'False' }] },
      2,
      { conditions: [{ ...STORED, lastTransitionTime: '2026-11-22T12:00:00Z' }] },
    ],
  ])('%s', (_, status, generation, patch) => {
    expect(statusPatch(status, { generation, conditions: CONDITIONS }, NO_DECISIONS, NOW)).toEqual(patch);
  });
});
