import { hash } from 'node:crypto';
import type { GuardrailViolationSpec } from '../api/v1alpha1.ts';
import type { SharedSpec } from './record-spec.ts';

// Enough that names don't meet by chance. Who makes two keys meet on purpose gains nothing: whole keys are compared.
const NAME_DIGITS = 12;
const LONG_NAME_DIGITS = 40;

// Seven digits last until the year 4453, so that names sort by time until then.
const TIME_DIGITS = 7;

/** What of a record tells its decision apart from others, beside what `SharedSpec` holds. */
export type OwnSpec = Pick<GuardrailViolationSpec, 'decision' | 'reason' | 'guardrail'>;

/**
 * What tells decisions apart: equal keys are repeats of one another. 64 hex digits. Made of the record alone, without what
 * differs between repeats, so that it can be made again from a stored record.
 */
export function recordKey(spec: OwnSpec & SharedSpec): string {
  return keyWith(spec, sharedKey(spec));
}

/** The share that the common part of records has in their keys. */
export function sharedKey({ action, subject, changes, changesTruncated }: SharedSpec): string {
  return digest([
    subject.username,
    [action.type, action.operation, action.group, action.resource, action.subresource],
    [action.namespace, action.name, action.uid],
    changes?.map(({ path, from, to }) => [path, from ?? null, to ?? null]),
    changesTruncated,
  ]);
}

/** The key of a record whose common part has that share in it. */
export function keyWith({ decision, reason, guardrail }: OwnSpec, shared: string): string {
  return digest([guardrail.uid, guardrail.generation, decision, reason, shared]);
}

/** JSON, so that no value can be written to look like a separator. */
const digest = (parts: readonly unknown[]): string => hash('sha256', JSON.stringify(parts));

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
