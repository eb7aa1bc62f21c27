import type { Decision, Finding } from '../policy/decision.ts';
import type { Review } from '../policy/review.ts';
import { auditOf } from './audit-rule.ts';
import type { DropReport } from './drop-report.ts';
import { KnownRecords } from './known-records.ts';
import { PendingRecord, type Written } from './pending-record.ts';
import type { Clock, DropReason, LogFields, ViolationMetrics } from './ports.ts';
import { MAX_RECORD_BYTES, RecordMaker, recordBody, recordNamespace } from './record.ts';
import { WINDOW_MS, windowAt } from './window.ts';

/** What a replica may hold while the API server is away. A usual record has 1 to 3 KB. */
const MAX_PENDING = 10_000;
const MAX_PENDING_BYTES = 32 * 1024 * 1024;

/** How many written records are remembered, so that a repeat needs no attempt to create. */
const MAX_SETTLED = 10_000;

/** Repeats are gathered for so long before they are written, which is then the least time between two writes of a record. */
const REPEAT_DELAY_MS = 1_000;

/** What a ViolationQueue needs. */
export interface ViolationQueueOptions {
  /** Names this run of the operator; no other run, before or after, may have the same name. At most 64 characters. */
  readonly operatorInstance: string;
  /** Where records of cluster-scoped objects go. */
  readonly operatorNamespace: string;
  readonly clock: Clock;
  readonly drops: DropReport;
  readonly metrics: Pick<ViolationMetrics, 'recorded'>;
  /** How long repeats of a decision go into one record. Must be equal in all replicas. Defaults to 60 seconds. */
  readonly windowMs?: number | undefined;
  /** How many records may wait to be created. Defaults to 10,000. */
  readonly maxPending?: number | undefined;
  /** How many bytes of JSON they may be. Defaults to 32 MiB. */
  readonly maxPendingBytes?: number | undefined;
  /** How many written records are remembered for their repeats. Defaults to 10,000. */
  readonly maxSettled?: number | undefined;
}

/**
 * Holds decisions until they are written. Takes them without waiting, makes one record of repeats within a window, and is
 * bounded: what doesn't fit is counted as a drop, never waited for.
 *
 * A known record is in exactly one of four states: to be created, in hand of the writer, with repeats to be written, or settled.
 */
export class ViolationQueue {
  readonly #options: ViolationQueueOptions;
  readonly #windowMs: number;
  readonly #maxPending: number;
  readonly #maxPendingBytes: number;
  readonly #known: KnownRecords;
  readonly #toCreate = new Set<PendingRecord>();
  readonly #inHand = new Set<PendingRecord>();
  // With the time from when it may be written. The delay is the same for all, so that the first is always due first.
  readonly #toUpdate = new Map<PendingRecord, number>();
  #sequence = 0;
  #pendingRecords = 0;
  #pendingBytes = 0;
  #isUpdateNext: boolean = false;
  #isHurried: boolean = false;
  #isClosed: boolean = false;
  #onWork: () => void = () => undefined;

  constructor(options: ViolationQueueOptions) {
    this.#options = options;
    this.#windowMs = options.windowMs ?? WINDOW_MS;
    this.#maxPending = options.maxPending ?? MAX_PENDING;
    this.#maxPendingBytes = options.maxPendingBytes ?? MAX_PENDING_BYTES;
    this.#known = new KnownRecords({ windowMs: this.#windowMs, maxSettled: options.maxSettled ?? MAX_SETTLED });
  }

  /** How many records are not created yet. */
  get pendingRecords(): number {
    return this.#pendingRecords;
  }

  /** How many bytes of JSON they are. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** How many records are known in all, those that are remembered for repeats included. */
  get knownRecords(): number {
    return this.#known.size;
  }

  /** Whether everything is written. */
  get isIdle(): boolean {
    return this.#toCreate.size + this.#toUpdate.size + this.#inHand.size === 0;
  }

  /**
   * Takes the findings of a decision. Never blocks and never throws. Returns, for each finding, the name of its record, or
   * undefined where there will be none: a dry run, a finding that the guardrail wants no record of, or a drop.
   */
  offer(review: Review, decision: Decision, time: Date): readonly (string | undefined)[] {
    const records = new RecordMaker(review);
    return decision.findings.map((finding) =>
      review.dryRun || auditOf(finding) !== 'Record' ? undefined : this.#offerFinding(review, records, finding, time),
    );
  }

  /** Has a function called whenever there may be something to take, now or later. It must not throw, nor take at once. */
  onWork(listener: () => void): void {
    this.#onWork = listener;
  }

  /** Hands out a record that is to be written now, if there is one. It must be given back: `settle`, `putBack` or `drop`. */
  take(): PendingRecord | undefined {
    const [created] = this.#toCreate;
    const updated = this.#firstDue();
    const record = this.#isUpdateNext ? (updated ?? created) : (created ?? updated);
    if (record !== undefined) {
      // In turns, so that neither kind waits until the other ends.
      this.#isUpdateNext = record === created;
      this.#toCreate.delete(record);
      this.#toUpdate.delete(record);
      this.#inHand.add(record);
    }
    return record;
  }

  /** In how many milliseconds there is something to take; undefined if only an offer or a record given back can change that. */
  dueIn(): number | undefined {
    if (this.#toCreate.size > 0) {
      return 0;
    }
    const [first] = this.#toUpdate.values();
    return first === undefined ? undefined : Math.max(0, this.#waitUntil(first));
  }

  /** Takes a record back of which so much is in the cluster. */
  settle(record: PendingRecord, written: Written): void {
    if (!this.#inHand.delete(record)) {
      return;
    }
    this.#release(record);
    this.#options.metrics.recorded(record.confirm(written));
    if (record.unconfirmed > 0) {
      this.#scheduleUpdate(record);
    } else {
      this.#known.settle(record);
      this.#known.forget(this.#options.clock.now());
    }
  }

  /** Takes a record back that could not be written now. */
  putBack(record: PendingRecord): void {
    if (!this.#inHand.delete(record)) {
      return;
    }
    if (record.isCreated) {
      this.#scheduleUpdate(record);
    } else {
      this.#toCreate.add(record);
      this.#onWork();
    }
  }

  /** Takes a record back that can't be written at all. What isn't in the cluster of it is lost. */
  drop(record: PendingRecord, reason: DropReason, detail: LogFields = {}): void {
    if (this.#inHand.delete(record)) {
      this.#abandon(record, reason, detail);
    }
  }

  /** Makes repeats due at once, for a queue that is about to be closed. */
  hurry(): void {
    this.#isHurried = true;
    this.#onWork();
  }

  /** Takes nothing more, and counts everything that isn't written as lost. Returns how many decisions that are. */
  close(): number {
    this.#isClosed = true;
    const open = [...this.#toCreate, ...this.#toUpdate.keys(), ...this.#inHand];
    const lost = open.reduce((sum, { unconfirmed }) => sum + unconfirmed, 0);
    this.#toCreate.clear();
    this.#toUpdate.clear();
    this.#inHand.clear();
    for (const record of open) {
      this.#abandon(record, 'shutdown');
    }
    return lost;
  }

  #offerFinding(review: Review, records: RecordMaker, finding: Finding, time: Date): string | undefined {
    // A decision that is dropped has its number too: the gap in the numbers shows it.
    this.#sequence += 1;
    try {
      const accepted = this.#accept(review, records, finding, time);
      if (accepted instanceof PendingRecord) {
        return accepted.name;
      }
      this.#options.drops.count(accepted);
    } catch {
      this.#options.drops.count('unencodable');
    }
    return undefined;
  }

  #accept(review: Review, records: RecordMaker, finding: Finding, time: Date): PendingRecord | DropReason {
    if (this.#isClosed) {
      return 'shutdown';
    }
    const { operatorInstance, operatorNamespace } = this.#options;
    const key = records.key(finding);
    const previous = this.#known.find(key, time.getTime());
    if (previous !== undefined) {
      this.#repeat(previous, time);
      return previous;
    }
    const window = windowAt(time.getTime(), this.#windowMs);
    const name = this.#known.nameFor(key, window.start);
    const spec = records.spec(finding, { operatorInstance, sequence: this.#sequence, time });
    const body = recordBody(name, recordNamespace(review, operatorNamespace), spec);
    return this.#admit(new PendingRecord({ key, window, body, time }));
  }

  #repeat(record: PendingRecord, time: Date): void {
    record.repeat(this.#sequence, time);
    this.#known.add(record);
    if (this.#known.unsettle(record)) {
      this.#scheduleUpdate(record);
    }
  }

  #admit(record: PendingRecord): PendingRecord | DropReason {
    if (record.bytes > MAX_RECORD_BYTES) {
      return 'too_large';
    }
    if (this.#pendingRecords >= this.#maxPending) {
      return 'queue_full';
    }
    if (this.#pendingBytes + record.bytes > this.#maxPendingBytes) {
      return 'bytes_full';
    }
    this.#pendingRecords += 1;
    this.#pendingBytes += record.bytes;
    this.#known.add(record);
    this.#toCreate.add(record);
    this.#onWork();
    return record;
  }

  #scheduleUpdate(record: PendingRecord): void {
    this.#toUpdate.set(record, this.#options.clock.now() + REPEAT_DELAY_MS);
    this.#onWork();
  }

  #firstDue(): PendingRecord | undefined {
    const [first] = this.#toUpdate;
    return first !== undefined && this.#waitUntil(first[1]) <= 0 ? first[0] : undefined;
  }

  #waitUntil(dueTime: number): number {
    const wait = dueTime - this.#options.clock.now();
    // More than the delay: the clock has gone back.
    return this.#isHurried || wait > REPEAT_DELAY_MS ? 0 : wait;
  }

  #release(record: PendingRecord): void {
    if (!record.isCreated) {
      this.#pendingRecords -= 1;
      this.#pendingBytes -= record.bytes;
    }
  }

  #abandon(record: PendingRecord, reason: DropReason, detail: LogFields = {}): void {
    this.#release(record);
    this.#options.drops.count(reason, record.unconfirmed, detail);
    this.#known.remove(record);
  }
}
