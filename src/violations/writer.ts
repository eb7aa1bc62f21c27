import { Backoff, type BackoffSettings } from '../kube/backoff.ts';
import { KubeError } from '../kube/errors.ts';
import type { DropReport } from './drop-report.ts';
import type { PendingRecord } from './pending-record.ts';
import type { Clock, Log, LogFields, ViolationApi, ViolationMetrics } from './ports.ts';
import type { ViolationQueue } from './queue.ts';
import { type WriteOutcome, writeRecord } from './record-write.ts';

const CONCURRENCY = 8;

const BACKOFF: BackoffSettings = { baseMs: 500, capMs: 30_000 };

// Long enough for somebody to give back a right that was taken away by mistake.
const GIVE_UP_MS = 600_000;

// Whoever is told to stop has seconds, not minutes.
const LAST_BACKOFF: BackoffSettings = { baseMs: 100, capMs: 1_000 };

/** The API server's word is followed, but not for hours. */
const MAX_RETRY_AFTER_MS = 300_000;

/** What a ViolationWriter needs. */
export interface ViolationWriterOptions {
  readonly queue: ViolationQueue;
  readonly api: ViolationApi;
  readonly clock: Clock;
  readonly drops: DropReport;
  readonly metrics: Pick<ViolationMetrics, 'retried'>;
  readonly log: Log;
  /** The same as the queue's. */
  readonly operatorInstance: string;
  /** Takes the records that their own namespace refuses. */
  readonly operatorNamespace: string;
  /** How many writes run at a time. Defaults to 8. */
  readonly concurrency?: number | undefined;
  /** Between 0 and 1. Defaults to Math.random. */
  readonly random?: (() => number) | undefined;
}

/**
 * Writes what is in the queue to the API server. Nothing is lost on the way: what fails is tried again, until the queue's bounds
 * are met. After a failure all writes pause, longer each time, and then one alone tries whether it works again.
 */
export class ViolationWriter {
  readonly #options: ViolationWriterOptions;
  #backoff: Backoff;
  readonly #forbiddenSince = new WeakMap<PendingRecord, number>();
  #isFailing: boolean = false;
  #isStopped: boolean = false;
  #active = 0;
  #timer: { readonly time: number; readonly cancel: () => void } | undefined;
  #cancelPause: (() => void) | undefined;
  #onIdle: (() => void) | undefined;

  constructor(options: ViolationWriterOptions) {
    this.#options = options;
    this.#backoff = new Backoff(BACKOFF, options.random);
  }

  /** Begins to write. */
  start(): void {
    this.#options.queue.onWork(() => this.#schedule());
    this.#schedule();
  }

  /**
   * Writes what can be written before the deadline, then stops for good. What is not known to be written by then counts as lost,
   * with reason `shutdown`. Returns how many decisions that are.
   */
  async flush(deadlineMs: number): Promise<number> {
    const { queue, clock, drops, random } = this.#options;
    this.#backoff = new Backoff(LAST_BACKOFF, random);
    this.#resume();
    queue.hurry();
    if (!queue.isIdle) {
      await new Promise<void>((resolve) => {
        const cancel = clock.after(deadlineMs, resolve);
        this.#onIdle = () => {
          cancel();
          resolve();
        };
      });
    }
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#cancelPause?.();
    const lost = queue.close();
    drops.flush();
    return lost;
  }

  // Never at once: this is called while an admission request waits for its answer.
  #schedule(): void {
    const wait = this.#options.queue.dueIn();
    if (wait === undefined || !this.#canWrite()) {
      return;
    }
    const time = this.#options.clock.now() + wait;
    if (this.#timer !== undefined && this.#timer.time <= time) {
      return;
    }
    this.#timer?.cancel();
    const cancel = this.#options.clock.after(wait, () => {
      this.#timer = undefined;
      this.#writeMore();
    });
    this.#timer = { time, cancel };
  }

  #canWrite(): boolean {
    // After a failure one write goes first, to see whether it is worth while.
    const limit = this.#isFailing ? 1 : (this.#options.concurrency ?? CONCURRENCY);
    return !this.#isStopped && this.#cancelPause === undefined && this.#active < limit;
  }

  #writeMore(): void {
    while (this.#canWrite()) {
      const record = this.#options.queue.take();
      if (record === undefined) {
        break;
      }
      this.#active += 1;
      void this.#write(record);
    }
    this.#schedule();
    if (this.#options.queue.isIdle) {
      this.#onIdle?.();
    }
  }

  async #write(record: PendingRecord): Promise<void> {
    const outcome = await writeRecord(record, this.#options);
    this.#active -= 1;
    this.#handBack(record, outcome);
    this.#writeMore();
  }

  #handBack(record: PendingRecord, outcome: WriteOutcome): void {
    const { queue, metrics } = this.#options;
    if (outcome.type === 'failed' || outcome.type === 'forbidden') {
      this.#pause(outcome.error);
    } else {
      this.#succeed();
    }
    switch (outcome.type) {
      case 'written':
        queue.settle(record, outcome.written);
        break;
      case 'crowded':
      case 'failed':
        metrics.retried();
        queue.putBack(record);
        break;
      case 'forbidden':
        if (this.#isHopeless(record)) {
          queue.drop(record, 'api_refused', describe(outcome.error));
        } else {
          metrics.retried();
          queue.putBack(record);
        }
        break;
      case 'refused':
        queue.drop(record, 'api_refused', describe(outcome.error));
        break;
      case 'gone':
        queue.drop(record, 'record_gone');
        break;
      default:
        outcome satisfies never;
    }
  }

  /** Whether a record has been forbidden for so long that it only keeps others from being taken in. */
  #isHopeless(record: PendingRecord): boolean {
    const now = this.#options.clock.now();
    const since = this.#forbiddenSince.get(record) ?? now;
    this.#forbiddenSince.set(record, since);
    return now - since >= GIVE_UP_MS;
  }

  #succeed(): void {
    // One of the writes that were under way when another failed says nothing of what comes after the pause.
    if (this.#cancelPause === undefined) {
      this.#isFailing = false;
      this.#backoff.reset();
    }
  }

  #pause(error: unknown): void {
    // Those that fail together are one failure.
    if (this.#cancelPause !== undefined || this.#isStopped) {
      return;
    }
    this.#isFailing = true;
    const wait = Math.max(this.#backoff.next(), retryAfterMs(error));
    this.#options.log.warn('violations could not be written', { ...describe(error), retryInMs: Math.round(wait) });
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#cancelPause = this.#options.clock.after(wait, () => this.#resume());
  }

  #resume(): void {
    this.#cancelPause?.();
    this.#cancelPause = undefined;
    this.#schedule();
  }
}

function retryAfterMs(error: unknown): number {
  const seconds = error instanceof KubeError ? (error.retryAfterSeconds ?? 0) : 0;
  return Math.min(seconds * 1000, MAX_RETRY_AFTER_MS);
}

const describe = (error: unknown): LogFields =>
  error instanceof KubeError
    ? { status: error.status, reason: error.reason }
    : { reason: error instanceof Error ? error.name : 'NameTaken' };
