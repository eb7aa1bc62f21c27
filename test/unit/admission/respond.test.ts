import { describe, expect, test } from 'vitest';
import { respond } from '../../../src/admission/respond.ts';
import type { Decision, Finding, Outcome } from '../../../src/policy/decision.ts';

const finding = (outcome: Outcome, message = `it was ${outcome}`, name = 'g'): Finding => ({
  guardrail: { name, uid: 'u', generation: 1 },
  severity: 'Medium',
  enforcement: 'Deny',
  auditAllowed: 'Record',
  outcome,
  reason: 'Tripped',
  action: 'Update',
  actions: ['Update'],
  changes: [],
  message,
});
const decision = (allowed: boolean, ...findings: readonly Finding[]): Decision => ({ allowed, findings });

describe('the answer', () => {
  test.each<[string, Decision, boolean]>([
    ['without findings', decision(true), true],
    ['of what did not trip', decision(true, finding('Allowed')), true],
    ['of a warning', decision(true, finding('Warned')), true],
    ['of an audit', decision(true, finding('Audited')), true],
    ['of a denial', decision(false, finding('Denied')), false],
    ['of a denial among others', decision(false, finding('Allowed'), finding('Denied'), finding('Warned')), false],
    ['of a denial that the decision forgot', decision(true, finding('Denied')), false],
    ['of a decision that no finding explains', decision(false), false],
  ])('%s is allowed: %s', (_name, of, allowed) => {
    const response = respond('uid-1', of, []);
    expect(response.uid).toBe('uid-1');
    expect(response.allowed).toBe(allowed);
  });

  test('of denials tells each, with the name of its record', () => {
    const { status, warnings } = respond(
      'u',
      decision(false, finding('Denied', 'a'), finding('Allowed'), finding('Denied', 'b')),
      ['r1', undefined, undefined],
    );
    expect(status).toEqual({ code: 403, reason: 'Forbidden', message: 'a [record r1]; b' });
    expect(warnings).toBeUndefined();
  });

  test('tells the outcomes and the records to the audit log of the API server', () => {
    const { auditAnnotations } = respond(
      'u',
      decision(false, finding('Denied', 'a', 'x'), finding('Allowed', 'b', 'y')),
      ['r1', 'r2'],
    );
    expect(auditAnnotations).toEqual({ decisions: 'x=Denied,y=Allowed', records: 'r1,r2' });
  });

  test('has no annotations without findings', () => {
    expect(respond('u', decision(true), [])).toEqual({ uid: 'u', allowed: true });
  });

  test('warns at most ten times, in so many characters that none is cut, and keeps the names of the records', () => {
    const many = Array.from({ length: 20 }, () => finding('Warned', 'w'.repeat(1000)));
    const { warnings = [] } = respond(
      'u',
      decision(true, ...many),
      many.map((_, index) => `record-${index}`),
    );
    expect(warnings).toHaveLength(10);
    for (const [index, warning] of warnings.entries()) {
      expect(warning.length).toBeLessThanOrEqual(250);
      expect(warning).toContain(`… [record record-${index}]`);
    }
  });

  test('is bounded, whatever the number of findings', () => {
    const many = Array.from({ length: 2000 }, (_, index) => finding('Denied', 'm'.repeat(4096), `guardrail-${index}`));
    const { status, auditAnnotations } = respond(
      'u',
      decision(false, ...many),
      many.map((_, index) => `r${index}`),
    );
    expect(status?.message.length).toBeLessThanOrEqual(4096);
    expect(status?.message).toContain('[record r0]');
    expect(Object.values(auditAnnotations ?? {}).every((text) => text.length <= 4096)).toBe(true);
  });
});
