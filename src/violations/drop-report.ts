import type { Clock, DropReason, Log, LogFields, ViolationMetrics } from './ports.ts';

/** Under overload a line for each loss would add to the load. */
const LOG_INTERVAL_MS = 60_000;

/** What a DropReport needs. */
export interface DropReportOptions {
  readonly metrics: Pick<ViolationMetrics, 'dropped'>;
  readonly log: Log;
  readonly clock: Clock;
}

/** The losses for one reason that are not in the log yet. */
interface Unlogged {
  readonly decisions: number;
  readonly detail: LogFields;
}

const NOTHING: Unlogged = { decisions: 0, detail: {} };

/**
 * Counts the decisions that are lost to the trail: each in the metric, and in the log at once for the first and then at most once
 * a minute for each reason, with the exact number.
 */
export class DropReport {
  readonly #options: DropReportOptions;
  // A reason that is here was logged less than a minute ago.
  readonly #unlogged = new Map<DropReason, Unlogged>();

  constructor(options: DropReportOptions) {
    this.#options = options;
  }

  /** Counts lost decisions. `detail` goes into the log line; of several losses in one line, that of the last. */
  count(reason: DropReason, decisions = 1, detail: LogFields = {}): void {
    this.#options.metrics.dropped(reason, decisions);
    const unlogged = this.#unlogged.get(reason);
    if (unlogged === undefined) {
      this.#write(reason, { decisions, detail });
      this.#beQuiet(reason);
    } else {
      this.#unlogged.set(reason, { decisions: unlogged.decisions + decisions, detail });
    }
  }

  /** Logs at once what is not in the log yet. */
  flush(): void {
    for (const [reason, unlogged] of this.#unlogged) {
      this.#write(reason, unlogged);
      this.#unlogged.set(reason, NOTHING);
    }
  }

  #beQuiet(reason: DropReason): void {
    this.#unlogged.set(reason, NOTHING);
    this.#options.clock.after(LOG_INTERVAL_MS, () => {
      const unlogged = this.#unlogged.get(reason) ?? NOTHING;
      this.#unlogged.delete(reason);
      if (unlogged.decisions > 0) {
        this.#write(reason, unlogged);
        this.#beQuiet(reason);
      }
    });
  }

  #write(reason: DropReason, { decisions, detail }: Unlogged): void {
    if (decisions > 0) {
      this.#options.log.warn('decisions are missing from the audit trail', { cause: reason, decisions, ...detail });
    }
  }
}
