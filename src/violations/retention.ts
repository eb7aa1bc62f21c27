import { isNotFound, KubeError } from '../kube/errors.ts';
import type { Clock, Log, LogFields, StoredRecord, ViolationArchive, ViolationMetrics } from './ports.ts';

const MAX_AGE_MS = 7 * 24 * 3_600_000;
const MAX_PER_NAMESPACE = 1_000;
const INTERVAL_MS = 10 * 60_000;

/** A replica that has just started, or was just elected, doesn't wait a whole interval: it may not live so long. */
const FIRST_SWEEP_MS = 60_000;

const PAGE_SIZE = 500;

/** More than this waits for the next sweep, which then comes at once: the list in memory stays small. */
const MAX_DOOMED = 5_000;

const CONCURRENCY = 4;

/** What a ViolationRetention needs. */
export interface ViolationRetentionOptions {
  readonly archive: ViolationArchive;
  readonly clock: Clock;
  readonly metrics: Pick<ViolationMetrics, 'removed'>;
  readonly log: Log;
  /** How long a record is kept. Defaults to 7 days. */
  readonly maxAgeMs?: number | undefined;
  /** How many records of a namespace are kept: the newest, trips and what was allowed apart. Defaults to 1000. */
  readonly maxPerNamespace?: number | undefined;
  /** The time between two sweeps, give or take a tenth. Defaults to 10 minutes. */
  readonly intervalMs?: number | undefined;
  /** Between 0 and 1. Defaults to Math.random. */
  readonly random?: (() => number) | undefined;
}

/** Deletes records that are too old, or too many in their namespace. One replica is enough: the one that leads. */
export class ViolationRetention {
  readonly #options: ViolationRetentionOptions;
  #cancel: (() => void) | undefined;
  // Each start is a run of its own, so that a sweep that outlives its run doesn't go on in the next.
  #run: object | undefined;

  constructor(options: ViolationRetentionOptions) {
    this.#options = options;
  }

  /** Sweeps within a minute, and from then on at the interval. */
  start(): void {
    this.stop();
    const run = {};
    this.#run = run;
    this.#sweepAfter(Math.min(FIRST_SWEEP_MS, this.#interval()) * this.#random(), run);
  }

  /** Ends the sweeps. One that is under way deletes nothing more. */
  stop(): void {
    this.#cancel?.();
    this.#run = undefined;
  }

  /** Looks through all records once and deletes what is to go. Returns whether there is more to do. Throws what the API throws. */
  async sweep(isWanted: () => boolean = () => true): Promise<boolean> {
    const { doomed, isComplete } = await this.#doomed(isWanted);
    await this.#deleteAll(doomed, isWanted);
    return !isComplete;
  }

  #sweepAfter(wait: number, run: object): void {
    this.#cancel = this.#options.clock.after(wait, () => void this.#sweepAndGoOn(run));
  }

  async #sweepAndGoOn(run: object): Promise<void> {
    let wait = this.#interval();
    try {
      const isMore = await this.sweep(() => this.#run === run);
      wait = isMore ? 0 : wait;
    } catch (error) {
      this.#options.log.warn('old violations could not be removed', describe(error));
    }
    if (this.#run === run) {
      this.#sweepAfter(wait, run);
    }
  }

  // First all pages, then the deletions: a continue token lasts for minutes only.
  async #doomed(isWanted: () => boolean): Promise<{ doomed: StoredRecord[]; isComplete: boolean }> {
    const { archive, clock, maxAgeMs = MAX_AGE_MS, maxPerNamespace = MAX_PER_NAMESPACE } = this.#options;
    const selection = new Selection(new Date(clock.now() - maxAgeMs), Math.max(1, maxPerNamespace));
    let token = '';
    do {
      const page = await archive.list({ limit: PAGE_SIZE, continue: token });
      for (const record of page.items) {
        selection.add(record);
      }
      token = page.continue;
    } while (token !== '' && selection.doomed.length < MAX_DOOMED && isWanted());
    return { doomed: selection.doomed, isComplete: token === '' };
  }

  async #deleteAll(doomed: readonly StoredRecord[], isWanted: () => boolean): Promise<void> {
    const rest = doomed.values();
    const worker = async () => {
      for (const { namespace, name } of rest) {
        if (!isWanted()) {
          return;
        }
        await this.#delete(namespace, name);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  }

  async #delete(namespace: string, name: string): Promise<void> {
    try {
      await this.#options.archive.delete(namespace, name);
      this.#options.metrics.removed(1);
    } catch (error) {
      // Somebody was first.
      if (!isNotFound(error)) {
        throw error;
      }
    }
  }

  #interval(): number {
    return (this.#options.intervalMs ?? INTERVAL_MS) * (0.9 + 0.2 * this.#random());
  }

  #random(): number {
    return (this.#options.random ?? Math.random)();
  }
}

/** The newest records of one kind, as a ring. */
class Ring {
  readonly #kept: StoredRecord[] = [];
  #next = 0;

  /** Takes a record in. Returns the one that has to make room for it. */
  push(record: StoredRecord, limit: number): StoredRecord | undefined {
    const displaced = this.#kept[this.#next];
    this.#kept[this.#next] = record;
    this.#next = (this.#next + 1) % limit;
    return displaced;
  }
}

/**
 * Chooses what is to go, from records in the order of namespace and name. Names sort by time. What was allowed is counted
 * apart from trips, and records that could not be written where they belong apart by origin: nobody may flush out the record
 * of a denial by doing harmless things in plenty.
 */
class Selection {
  readonly doomed: StoredRecord[] = [];
  readonly #oldest: Date;
  readonly #limit: number;
  #namespace = '';
  #rings = new Map<string, Ring>();

  constructor(oldest: Date, limit: number) {
    this.#oldest = oldest;
    this.#limit = limit;
  }

  add(record: StoredRecord): void {
    if (record.namespace !== this.#namespace) {
      this.#namespace = record.namespace;
      this.#rings = new Map();
    }
    const displaced = record.createdTime < this.#oldest ? record : this.#ringOf(record).push(record, this.#limit);
    if (displaced !== undefined) {
      this.doomed.push(displaced);
    }
  }

  #ringOf({ isAllowed, origin }: StoredRecord): Ring {
    const key = `${isAllowed} ${origin}`;
    const ring = this.#rings.get(key) ?? new Ring();
    this.#rings.set(key, ring);
    return ring;
  }
}

const describe = (error: unknown): LogFields =>
  error instanceof KubeError ? { status: error.status, reason: error.reason } : { reason: String(error) };
