import type { PendingRecord } from './pending-record.ts';
import { longRecordName, recordName } from './record-key.ts';
import { isOver, takesRepeat, windowAt } from './window.ts';

/** The bounds of KnownRecords. */
export interface KnownRecordsOptions {
  readonly windowMs: number;
  /** How many records that are completely written are remembered. */
  readonly maxSettled: number;
}

/**
 * The records that a repeat can go into: those that are not completely written, and of the others the latest. Who is forgotten
 * too early is found again in the cluster, at the cost of one attempt to create.
 */
export class KnownRecords {
  readonly #options: KnownRecordsOptions;
  /** The latest record of each key. */
  readonly #byKey = new Map<string, PendingRecord>();
  /** All records, by the name that they began with. */
  readonly #byName = new Map<string, PendingRecord>();
  readonly #settled = new Set<PendingRecord>();

  constructor(options: KnownRecordsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#byName.size;
  }

  /** The record that a decision made at that time is a repeat in, if there is one. */
  find(key: string, time: number): PendingRecord | undefined {
    const latest = this.#byKey.get(key);
    if (latest !== undefined && takesRepeat(latest.window, latest.lastTime.getTime(), time)) {
      return latest;
    }
    // The clock may have gone back into a window whose record is still known.
    const { start } = windowAt(time, this.#options.windowMs);
    return [recordName(start, key), longRecordName(start, key)]
      .map((name) => this.#byName.get(name))
      .find((record) => record?.key === key);
  }

  /** The name for a new record: the longer one if another record is known by the short one. */
  nameFor(key: string, windowStart: number): string {
    const name = recordName(windowStart, key);
    return this.#byName.has(name) ? longRecordName(windowStart, key) : name;
  }

  /** Takes a record in, or makes it the latest of its key again. */
  add(record: PendingRecord): void {
    this.#byKey.set(record.key, record);
    this.#byName.set(record.firstName, record);
  }

  /** Marks a record as completely written: it may be forgotten. */
  settle(record: PendingRecord): void {
    this.#settled.add(record);
  }

  /** Marks a record as not completely written. Returns false if it was not before. */
  unsettle(record: PendingRecord): boolean {
    return this.#settled.delete(record);
  }

  /** Forgets a record. */
  remove(record: PendingRecord): void {
    this.#byName.delete(record.firstName);
    if (this.#byKey.get(record.key) === record) {
      this.#byKey.delete(record.key);
    }
  }

  /** Forgets settled records whose window is over, and the oldest ones where there are too many. */
  forget(now: number): void {
    for (const record of this.#settled) {
      if (this.#settled.size <= this.#options.maxSettled && !isOver(record.window, now)) {
        return;
      }
      this.#settled.delete(record);
      this.remove(record);
    }
  }
}
