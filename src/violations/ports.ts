import type { GuardrailViolation, GuardrailViolationStatus } from '../api/v1alpha1.ts';

/** What the writer needs of the API server. Every failure is thrown as a KubeError. */
export interface ViolationApi {
  create(namespace: string, body: GuardrailViolation): Promise<void>;
  get(namespace: string, name: string): Promise<GuardrailViolation>;
  /** Writes `status`, all of it, if the object is still at the resourceVersion; else throws an error with `isConflict`. */
  replaceStatus(namespace: string, name: string, update: StatusUpdate): Promise<void>;
}

/** A status, and the version of the object that it was made from. */
export interface StatusUpdate {
  readonly resourceVersion: string;
  readonly status: GuardrailViolationStatus;
}

/** What retention needs of the API server. Every failure is thrown as a KubeError. */
export interface ViolationArchive {
  /** Returns one page of the records of all namespaces, in the order of namespace and name, as the API server lists. */
  list(page: PageRequest): Promise<ViolationPage>;
  /** Deletes a record. An absent one is an error with `isNotFound`. */
  delete(namespace: string, name: string): Promise<void>;
}

/** Which page of a list. */
export interface PageRequest {
  readonly limit: number;
  /** Where the page before ended; "" for the first. */
  readonly continue: string;
}

/** One page of a list. */
export interface ViolationPage {
  readonly items: readonly StoredRecord[];
  /** Where the next page begins; "" after the last. */
  readonly continue: string;
}

/** All that retention needs to know of a record. */
export interface StoredRecord {
  readonly namespace: string;
  readonly name: string;
  /** When the API server created it. */
  readonly createdTime: Date;
  /** Whether its decision is Allowed. */
  readonly isAllowed: boolean;
  /** The namespace that it is about, if it could not be written there; else "". */
  readonly origin: string;
}

/** Why a decision is not on record. */
export type DropReason =
  /** As many records as may wait are waiting. */
  | 'queue_full'
  /** The records that wait take as much memory as they may. */
  | 'bytes_full'
  /** The record is too large, even without all that can be left out. */
  | 'too_large'
  /** The record could not be made. */
  | 'unencodable'
  /** The API server refused it for good, in the operator's namespace too. */
  | 'api_refused'
  /** It was a repeat of a record that was deleted before the repeat was written. */
  | 'record_gone'
  /** The operator ended before it was written. */
  | 'shutdown';

/** Counts what becomes of decisions and records. */
export interface ViolationMetrics {
  /** So many decisions more are on record in the cluster. */
  recorded(decisions: number): void;
  /** So many decisions more are lost to the trail. */
  dropped(reason: DropReason, decisions: number): void;
  /** A write failed and will be tried again. */
  retried(): void;
  /** So many old records more were deleted. */
  removed(records: number): void;
}

/** What a log line says beside its message. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes log lines. Messages are constant; whatever varies is a field. */
export interface Log {
  info(message: string, fields: LogFields): void;
  /** Writes a line for each of these fields. */
  infoAll(message: string, lines: readonly LogFields[]): void;
  warn(message: string, fields: LogFields): void;
}

/** Time, as far as the audit trail needs it. */
export interface Clock {
  /** The milliseconds since the epoch. */
  now(): number;
  /** Calls back once, after so many milliseconds. Returns what cancels that. */
  after(milliseconds: number, callback: () => void): () => void;
}
