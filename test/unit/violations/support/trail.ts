import { DropReport } from '../../../../src/violations/drop-report.ts';
import type { Clock, DropReason, Log, LogFields, ViolationMetrics } from '../../../../src/violations/ports.ts';
import { ViolationQueue, type ViolationQueueOptions } from '../../../../src/violations/queue.ts';
import { ViolationWriter } from '../../../../src/violations/writer.ts';
import type { FakeApi } from './fake-api.ts';

/** Remembers what it was told. */
export class FakeMetrics implements ViolationMetrics {
  recordedDecisions = 0;
  retries = 0;
  removedRecords = 0;
  readonly drops: Partial<Record<DropReason, number>> = {};

  get lost(): number {
    return Object.values(this.drops).reduce((sum, count) => sum + count, 0);
  }

  recorded(decisions: number): void {
    this.recordedDecisions += decisions;
  }

  dropped(reason: DropReason, decisions: number): void {
    this.drops[reason] = (this.drops[reason] ?? 0) + decisions;
  }

  retried(): void {
    this.retries += 1;
  }

  removed(records: number): void {
    this.removedRecords += records;
  }
}

/** One log line. */
export interface Line {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly fields: LogFields;
}

/** Remembers its lines. */
export class FakeLog implements Log {
  readonly lines: Line[] = [];

  info(message: string, fields: LogFields): void {
    this.lines.push({ level: 'info', message, fields });
  }

  infoAll(message: string, lines: readonly LogFields[]): void {
    for (const fields of lines) this.info(message, fields);
  }

  warn(message: string, fields: LogFields): void {
    this.lines.push({ level: 'warn', message, fields });
  }
}

/** What the replica is called, and what it shall be bounded by. */
export interface TrailOptions extends Partial<Omit<ViolationQueueOptions, 'clock' | 'drops' | 'metrics'>> {
  readonly clock: Clock;
  readonly api: FakeApi;
  readonly concurrency?: number;
}

/** The audit trail of one replica, all parts joined as in the operator. */
export function createTrail({ clock, api, concurrency, ...bounds }: TrailOptions) {
  const identity = { operatorInstance: 'run-a', operatorNamespace: 'guardrails-system', ...bounds };
  const metrics = new FakeMetrics();
  const log = new FakeLog();
  const drops = new DropReport({ metrics, log, clock });
  const queue = new ViolationQueue({ ...identity, clock, drops, metrics });
  const writer = new ViolationWriter({
    ...identity,
    queue,
    api,
    clock,
    drops,
    metrics,
    log,
    concurrency,
    random: () => 1,
  });
  return { queue, writer, metrics, log };
}
