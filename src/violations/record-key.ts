import { createHash } from 'node:crypto';
import type { GuardrailViolationSpec } from '../api/v1alpha1.ts';

// Enough that names don't meet by chance. Who makes two keys meet on purpose gains nothing: whole keys are compared.
const NAME_DIGITS = 12;
const LONG_NAME_DIGITS = 40;

// Seven digits last until the year 4453, so that names sort by time until then.
const TIME_DIGITS = 7;

/**
 * What tells decisions apart: equal keys are repeats of one another. 64 hex digits. Made of the record alone, without what
 * differs between repeats, so that it can be made again from a stored record.
 */
export function recordKey({ decision, reason, guardrail, action, subject, ...spec }: GuardrailViolationSpec): string {
  const parts = [
    [guardrail.uid, guardrail.generation, decision, reason],
    subject.username,
    [action.type, action.operation, action.group, action.resource, action.subresource],
    [action.namespace, action.name, action.uid],
    spec.changes?.map(({ path, from, to }) => [path, from ?? null, to ?? null]),
    spec.changesTruncated,
  ];
  // JSON, so that no value can be written to look like a separator.
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** The name of the record of a key in the window that starts then. Equal in all replicas; sorts by time. */
export function recordName(windowStart: number, key: string): string {
  return named(windowStart, key.slice(0, NAME_DIGITS));
}

/** The name for a key whose short name another key has. */
export function longRecordName(windowStart: number, key: string): string {
  return named(windowStart, key.slice(0, LONG_NAME_DIGITS));
}

function named(windowStart: number, digits: string): string {
  const seconds = Math.max(0, Math.floor(windowStart / 1000));
  return `${seconds.toString(36).padStart(TIME_DIGITS, '0')}-${digits}`;
}
