import type { GuardrailViolation } from '../api/v1alpha1.ts';
import { type ApiAnswer, apiAnswer } from './api-answer.ts';
import { mergeStatus, rangesOf } from './merge-status.ts';
import type { PendingRecord, Written } from './pending-record.ts';
import type { ViolationApi } from './ports.ts';
import { recordKey } from './record-key.ts';

/** How often in a row the status is tried again after somebody else has written. There are few replicas. */
const MAX_CONFLICTS = 5;

/** What came of an attempt to write a record. */
export type WriteOutcome =
  | { readonly type: 'written'; readonly written: Written }
  /** It can be tried again at once, when its turn comes. */
  | { readonly type: 'crowded' }
  /** It can be tried again when the API server is well. */
  | { readonly type: 'failed'; readonly error: unknown }
  /** It is not allowed anywhere now. Rights, quotas and namespaces can come back. */
  | { readonly type: 'forbidden'; readonly error: unknown }
  | { readonly type: 'refused'; readonly error: unknown }
  /** The record was deleted in the meantime. */
  | { readonly type: 'gone' };

/** What an attempt to write needs. */
export interface RecordWriteOptions {
  readonly api: ViolationApi;
  readonly operatorInstance: string;
  readonly operatorNamespace: string;
}

/** Writes a record as far as it isn't in the cluster: creates it, or brings its status up to date. Never throws. */
export async function writeRecord(record: PendingRecord, options: RecordWriteOptions): Promise<WriteOutcome> {
  const { body } = record;
  return body === undefined ? await updateStatus(record, options) : await create(record, body, options);
}

async function create(
  record: PendingRecord,
  body: GuardrailViolation,
  options: RecordWriteOptions,
): Promise<WriteOutcome> {
  try {
    await options.api.create(record.namespace, body);
    return { type: 'written', written: record.begun };
  } catch (error) {
    return await afterCreate(apiAnswer(error), error, record, options);
  }
}

async function afterCreate(
  answer: ApiAnswer,
  error: unknown,
  record: PendingRecord,
  options: RecordWriteOptions,
): Promise<WriteOutcome> {
  switch (answer) {
    case 'exists':
      // A replica was first, or this is a second attempt and the first one arrived.
      return await updateStatus(record, options);
    case 'forbidden':
    case 'absent':
      return await createElsewhere(error, record, options);
    // The API server counts quotas by compare-and-swap, and gives up after a few conflicts.
    case 'conflict':
    case 'later':
      return { type: 'failed', error };
    case 'refused':
      return { type: 'refused', error };
  }
  return answer satisfies never;
}

async function createElsewhere(
  error: unknown,
  record: PendingRecord,
  options: RecordWriteOptions,
): Promise<WriteOutcome> {
  if (record.namespace === options.operatorNamespace) {
    return { type: 'forbidden', error };
  }
  record.moveTo(options.operatorNamespace);
  return await writeRecord(record, options);
}

async function updateStatus(record: PendingRecord, options: RecordWriteOptions): Promise<WriteOutcome> {
  for (let attempt = 0; attempt < MAX_CONFLICTS; attempt += 1) {
    try {
      const stored = await options.api.get(record.namespace, record.name);
      if (recordKey(stored.spec) !== record.key) {
        return await underAnotherName(record, options);
      }
      return { type: 'written', written: await swapStatus(record, stored, options) };
    } catch (error) {
      const answer = apiAnswer(error);
      if (answer !== 'conflict') {
        return afterUpdate(answer, error, record);
      }
    }
  }
  return { type: 'crowded' };
}

async function swapStatus(
  record: PendingRecord,
  stored: GuardrailViolation,
  { api, operatorInstance }: RecordWriteOptions,
): Promise<Written> {
  // One moment's figures: repeats that come while the call runs are for the next one.
  const written = record.complete;
  const row = rangesOf(stored).find((range) => range.operatorInstance === operatorInstance);
  const status = mergeStatus(stored, record.figures(row));
  if (status !== undefined) {
    const resourceVersion = stored.metadata?.resourceVersion ?? '';
    await api.replaceStatus(record.namespace, record.name, { resourceVersion, status });
  }
  return written;
}

async function underAnotherName(record: PendingRecord, options: RecordWriteOptions): Promise<WriteOutcome> {
  return record.rename() ? await writeRecord(record, options) : { type: 'refused', error: undefined };
}

function afterUpdate(answer: ApiAnswer, error: unknown, record: PendingRecord): WriteOutcome {
  if (answer === 'later') {
    return { type: 'failed', error };
  }
  if (answer === 'absent') {
    // While the body is still there it can be created again.
    return record.isCreated ? { type: 'gone' } : { type: 'failed', error };
  }
  return { type: answer === 'forbidden' ? 'forbidden' : 'refused', error };
}
