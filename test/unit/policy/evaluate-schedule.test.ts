import { describe, expect, it } from 'vitest';
import type { GuardrailSpec } from '../../../src/api/v1alpha1.ts';
import { compileGuardrail } from '../../../src/policy/compile.ts';
import { compiled, findingOf, guardrail } from './support/judge.ts';
import { review } from './support/reviews.ts';

const schedule: NonNullable<GuardrailSpec['schedule']> = {
  active: 'During',
  windows: [{ absolute: { from: '2026-12-20T00:00:00Z', to: '2027-01-02T00:00:00Z' } }],
};
const match = { actions: ['ScaleDown' as const] };
const scale = review({ oldObject: { spec: { replicas: 4 } }, object: { spec: { replicas: 1 } } });
const [BEFORE, FROM, LAST, TO] = [
  '2026-12-19T23:59:59.999Z',
  '2026-12-20T00:00:00.000Z',
  '2027-01-01T23:59:59.999Z',
  '2027-01-02T00:00:00.000Z',
].map((time) => new Date(time));

describe('a guardrail with a schedule', () => {
  it.each([
    ['before its window', BEFORE, undefined],
    ['from its beginning on', FROM, 'Denied'],
    ['to the last moment', LAST, 'Denied'],
    ['at its end', TO, undefined],
  ])('judges %s', (_title, now, outcome) => {
    expect(findingOf(compiled(match, { schedule }), scale, { now: now as Date })?.outcome).toBe(outcome);
  });

  it('gives no error either while it is not in effect', () => {
    const source = guardrail({ ...match, namespaceSelector: {} }, { schedule });
    const judged = (now: Date | undefined) =>
      findingOf(compileGuardrail(source), scale, { now: now as Date, namespace: 'Failed' })?.reason;
    expect([judged(BEFORE), judged(FROM)]).toEqual([undefined, 'EvaluationError']);
  });

  it('that does not compile is in effect at any time', () => {
    const broken = compileGuardrail(guardrail(match, { schedule, when: [{ cel: '1 +' }] }));
    expect(findingOf(broken, scale, { now: BEFORE as Date })?.reason).toBe('NotCompiled');
  });
});
