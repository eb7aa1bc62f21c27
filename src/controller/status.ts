import { FIELD_MANAGER, GROUP, GUARDRAILS, VERSION } from '../api/group-version.ts';
import type { GuardrailStatus } from '../api/v1alpha1.ts';
import { Backoff } from '../kube/backoff.ts';
import type { KubeClient } from '../kube/client.ts';
import { isConflict, isNotFound, isTransient } from '../kube/errors.ts';
import type { Outcome } from '../policy/decision.ts';
import { asObject } from '../policy/json.ts';
import type { KubeObject } from '../policy/review.ts';
import type { Logger } from '../telemetry/logger.ts';
import {
  addDecision,
  type CountedDecisions,
  type DesiredStatus,
  hasDecisions,
  NO_DECISIONS,
  statusPatch,
  subtractDecisions,
} from './guardrail-status.ts';

// Counts change with every guarded request; each write wakes everybody who watches guardrails.
const COUNTS_INTERVAL_MS = 30_000;
// After a quiet time, the first decisions are shown soon, together with those that follow at once.
const FIRST_COUNTS_MS = 1_000;
const RETRY = { baseMs: 200, capMs: 10_000 };
const MAX_CONFLICTS = 5;

/** What a StatusWriter needs. */
export interface StatusWriterOptions {
  readonly client: Pick<KubeClient, 'get' | 'patch'>;
  /** The guardrail as last seen by the watch: saves a read where nothing differs. */
  readonly cached: (name: string) => KubeObject | undefined;
  readonly logger: Logger;
  readonly now?: (() => Date) | undefined;
  readonly random?: (() => number) | undefined;
}

interface Entry {
  readonly name: string;
  readonly uid: string;
  desired: DesiredStatus | undefined;
  isDesiredPending: boolean;
  decisions: CountedDecisions;
}

/**
 * Writes what becomes of guardrails into their status: conditions and schedule at once, counts at most every 30 seconds, and only what
 * differs. Writes are compare-and-swap, so that replicas add to each other's counts and a restart loses none that were written.
 */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #backoff: Backoff;
  readonly #entries = new Map<string, Entry>();
  #timer: NodeJS.Timeout | undefined;
  #timerTime = Number.POSITIVE_INFINITY;
  #countsTime = Number.NEGATIVE_INFINITY;
  /** When the counts that wait are due: what writes conditions meanwhile leaves them alone. */
  #countsDueTime = Number.POSITIVE_INFINITY;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    this.#backoff = new Backoff(RETRY, options.random);
  }

  /**
   * Says what the status of this very guardrail should be, but for its counts. Call it whenever the guardrail or what is known
   * of it may have changed: where the status says so already, nothing is written.
   */
  setStatus(name: string, uid: string, desired: DesiredStatus): void {
    const entry = this.#entry(name, uid);
    entry.desired = desired;
    entry.isDesiredPending = true;
    this.#schedule(0);
  }

  /** Counts one decision. Never blocks. */
  count(name: string, uid: string, outcome: Outcome, time: Date): void {
    const entry = this.#entry(name, uid);
    entry.decisions = addDecision(entry.decisions, outcome, time);
    const now = this.#now().getTime();
    const due = Math.max(now + FIRST_COUNTS_MS, this.#countsTime + COUNTS_INTERVAL_MS);
    this.#countsDueTime = Math.min(this.#countsDueTime, due);
    this.#schedule(Math.max(0, this.#countsDueTime - now));
  }

  /** Forgets the guardrails that are not among these uids, with what was counted of them. */
  retain(uids: ReadonlySet<string>): void {
    for (const entry of this.#entries.values()) {
      if (!uids.has(entry.uid)) {
        this.#forget(entry);
      }
    }
  }

  /** Writes all that is not written yet. Never throws: what fails is logged and tried again later. */
  flush(): Promise<void> {
    return this.#write(true);
  }

  /** Writes what there is, once, and ends. Decisions that are counted afterwards are lost. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    // Earlier than whatever would be scheduled from now on.
    this.#timerTime = Number.NEGATIVE_INFINITY;
    await this.flush();
  }

  #entry(name: string, uid: string): Entry {
    const existing = this.#entries.get(name);
    // A name can be used again: what was counted for the guardrail before is not this one's.
    if (existing?.uid === uid) {
      return existing;
    }
    const entry: Entry = { name, uid, desired: undefined, isDesiredPending: false, decisions: NO_DECISIONS };
    this.#entries.set(name, entry);
    return entry;
  }

  #schedule(delayMs: number): void {
    const time = this.#now().getTime() + delayMs;
    if (time >= this.#timerTime) {
      return;
    }
    clearTimeout(this.#timer);
    this.#timerTime = time;
    this.#timer = setTimeout(() => {
      this.#timerTime = Number.POSITIVE_INFINITY;
      void this.#write(false);
    }, delayMs);
  }

  // One write at a time: the next one then starts from what this one has written.
  #write(withCounts: boolean): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeAll(withCounts));
    return this.#writing;
  }

  async #writeAll(isFlush: boolean): Promise<void> {
    const now = this.#now().getTime();
    const withCounts = isFlush || now >= this.#countsDueTime;
    const pending = [...this.#entries.values()].filter(
      (entry) => entry.isDesiredPending || (withCounts && hasDecisions(entry.decisions)),
    );
    if (withCounts && pending.some(({ decisions }) => hasDecisions(decisions))) {
      this.#countsTime = now;
      this.#countsDueTime = Number.POSITIVE_INFINITY;
    }
    let hasFailed = false;
    for (const entry of pending) {
      hasFailed = !(await this.#writeOne(entry, withCounts)) || hasFailed;
    }
    this.#planNext(hasFailed);
  }

  #planNext(hasFailed: boolean): void {
    const now = this.#now().getTime();
    const hasCounts = [...this.#entries.values()].some(({ decisions }) => hasDecisions(decisions));
    if (hasFailed) {
      // With the conditions, whichever of them it was that could not be written.
      if (hasCounts) this.#countsDueTime = Math.min(this.#countsDueTime, now);
      this.#schedule(this.#backoff.next());
      return;
    }
    this.#backoff.reset();
    if (!hasCounts) return;
    if (this.#countsDueTime === Number.POSITIVE_INFINITY) {
      this.#countsDueTime = Math.max(now, this.#countsTime + COUNTS_INTERVAL_MS);
    }
    this.#schedule(Math.max(0, this.#countsDueTime - now));
  }

  /** Returns whether nothing is left to do for the entry. */
  async #writeOne(entry: Entry, withCounts: boolean): Promise<boolean> {
    const { desired } = entry;
    const decisions = withCounts ? entry.decisions : NO_DECISIONS;
    entry.isDesiredPending = false;
    try {
      await this.#swap(entry, desired, decisions);
      entry.decisions = subtractDecisions(entry.decisions, decisions);
      return true;
    } catch (error) {
      return this.#fail(entry, error);
    }
  }

  async #swap(entry: Entry, desired: DesiredStatus | undefined, decisions: CountedDecisions): Promise<void> {
    const { client, cached } = this.#options;
    const reference = { group: GROUP, version: VERSION, resource: GUARDRAILS, namespace: '', name: entry.name };
    const seen = cached(entry.name);
    // What the watch has not seen yet, or what it has seen of an earlier guardrail of this name, is read.
    let object = seen !== undefined && uidOf(seen) === entry.uid ? seen : await client.get(reference);
    for (let conflicts = 0; ; conflicts += 1) {
      if (uidOf(object) !== entry.uid) {
        this.#forget(entry);
        return;
      }
      const status = statusPatch(statusOf(object), desired, decisions, this.#now());
      if (status === undefined) {
        return;
      }
      try {
        const { resourceVersion } = asObject(object.metadata);
        const patch = { metadata: { resourceVersion, uid: entry.uid }, status };
        await client.patch(reference, 'merge', patch, { subresource: 'status', fieldManager: FIELD_MANAGER });
        return;
      } catch (error) {
        if (!isConflict(error) || conflicts >= MAX_CONFLICTS) {
          throw error;
        }
        object = await client.get(reference);
      }
    }
  }

  #fail(entry: Entry, error: unknown): boolean {
    if (isNotFound(error)) {
      this.#forget(entry);
      return true;
    }
    const fields = { guardrail: entry.name, error: error instanceof Error ? error : new Error(String(error)) };
    if (isConflict(error) || isTransient(error)) {
      entry.isDesiredPending = entry.desired !== undefined;
      this.#options.logger.warn('status of a guardrail was not written, and will be tried again', fields);
      return false;
    }
    // What the API server refuses it refuses again: the next change of the guardrail is the next try.
    this.#options.logger.error('status of a guardrail can not be written', fields);
    return true;
  }

  #forget(entry: Entry): void {
    if (this.#entries.get(entry.name) === entry) {
      this.#entries.delete(entry.name);
    }
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date();
  }
}

const uidOf = (object: KubeObject): unknown => asObject(object.metadata).uid;

const statusOf = (object: KubeObject): GuardrailStatus => asObject(object.status);
