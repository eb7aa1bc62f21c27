import { expect } from 'vitest';
import type { GuardrailViolation, ViolationChange } from '../../../src/api/v1alpha1.ts';
import type { CommandResult } from './kubectl.ts';

/** Expects that a command was refused by that Guardrail as that action, and that the user was told so. `text` is more of the message. */
export function expectDenied(result: CommandResult, guardrail: string, action: string, text = ''): void {
  expect(result.stderr).toContain(`Guardrail "${guardrail}" denied ${action} of `);
  expect(result.stderr).toContain(text);
  expect(result.code).toBe(1);
}

/** Expects that a command went through, without a word of any guardrail. */
export function expectPassed({ code, stdout, stderr }: CommandResult): void {
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).not.toContain('Guardrail');
}

/**
 * A record in a line: `Denied ScaleDown of deployments.apps/web via scale by alice: $.spec.replicas 4 -> 1`. Without the count:
 * the API server judges a write again where it finds that its first look at the object was out of date.
 */
export function line({ spec }: GuardrailViolation): string {
  const { action, changes = [], subject, decision } = spec;
  const via = action.subresource === undefined ? '' : ` via ${action.subresource}`;
  const told = changes.filter(({ path }) => path !== '$').map(changeText);
  const what = told.length === 0 ? '' : `: ${told.join(', ')}`;
  return `${decision} ${action.type} of ${action.target}${via} by ${subject.username}${what}`;
}

function changeText({ path, from, to }: ViolationChange): string {
  if (from === undefined && to === undefined) return path;
  return [path, from, '->', to].filter((part) => part !== undefined).join(' ');
}

/** The records in lines, in the order of the alphabet, which doesn't depend on which was decided first. */
export const lines = (records: readonly GuardrailViolation[]): string[] => records.map(line).sort();
