import { setTimeout as sleep } from 'node:timers/promises';
import type { Discovery } from '../kube/discovery-documents.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import type { Logger } from '../telemetry/logger.ts';
import { SettledEntries } from './coverage.ts';
import { type Enforcement, guardrailConditions } from './guardrail-conditions.ts';
import type { LoadedReport } from './guardrail-loader.ts';
import type { DesiredStatus } from './guardrail-status.ts';
import type { IndexSource } from './index-source.ts';
import { type ScheduleReport, scheduleReport } from './schedule-status.ts';
import type { TestedGuardrails } from './tested-guardrails.ts';
import type { WebhookConfiguration } from './webhook-configuration.ts';
import type { WebhookEntry } from './webhook-entries.ts';

/** Events come in bursts: this long is waited for the rest of one. */
const DEBOUNCE_MS = 20;
/** Discovery tells of aggregated APIs too, whose coming no event tells. Nor does one tell that somebody has set the clock. */
const DISCOVERY_MS = 60_000;
const RETRY_MS = 1_000;

/** Takes what the status of a Guardrail should say. */
export interface StatusSink {
  setStatus(name: string, uid: string, desired: DesiredStatus): void;
  /** Forgets the Guardrails that are not among these uids. */
  retain(uids: ReadonlySet<string>): void;
}

/** What the reconciler works with. */
export interface ReconcilerDeps {
  readonly source: IndexSource;
  readonly discover: () => Promise<Discovery>;
  /** Changes when the set of custom resources may have changed. */
  readonly customResourceKey: () => string;
  readonly entries: (index: PolicyIndex) => readonly WebhookEntry[];
  readonly configuration: WebhookConfiguration;
  readonly status: StatusSink;
  /** Knows whether guardrails pass their tests. */
  readonly tested: Pick<TestedGuardrails, 'condition' | 'retain' | 'stop'>;
  /** Told, whenever it looks, what became of each Guardrail. */
  readonly onLoaded: (reports: readonly LoadedReport[]) => void;
  /** Told whether the live webhook configuration covers the guardrails in force. */
  readonly onEnforcement: (isCovered: boolean) => void;
  readonly logger: Logger;
  /** Milliseconds since whenever, on a clock that nobody sets. */
  readonly now: () => number;
  /** The time of day, which schedules go by. */
  readonly clock: () => Date;
}

/** What became of a Guardrail, and what its schedule says now. */
interface Scheduled {
  readonly report: LoadedReport;
  readonly schedule: ScheduleReport | undefined;
}

/**
 * Keeps index, webhook configuration and status equal to the cluster. Level-based: whatever happened, everything is
 * brought in line with what is there now.
 */
export class Reconciler {
  readonly #deps: ReconcilerDeps;
  #wake = Promise.withResolvers<void>();
  #discoveredTime = Number.NEGATIVE_INFINITY;
  #discoveredKey: string | undefined;
  readonly #settled = new SettledEntries();

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
  }

  /** Something may have changed. */
  markDirty(): void {
    this.#wake.resolve();
  }

  /** Reconciles until the signal is aborted, and then takes back that anything is enforced. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.markDirty(), { once: true });
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers<void>();
      const again = await this.#reconcile();
      if (signal.aborted) break;
      await this.#woken(again);
      await sleep(DEBOUNCE_MS);
    }
    this.#reportStop();
  }

  #reportStop(): void {
    this.#deps.tested.stop();
    const { source } = this.#deps;
    const index = source.current()?.index;
    if (index === undefined) return;
    const scheduled = this.#scheduled(source.rebuild() ?? [], this.#deps.clock());
    this.#setStatus(scheduled, index, () => ({ kind: 'Stopped' }));
  }

  /** Resolves when something changed or the time is over. */
  async #woken(milliseconds: number): Promise<void> {
    const timer = setTimeout(() => this.markDirty(), milliseconds);
    await this.#wake.promise;
    clearTimeout(timer);
  }

  /** Returns after how many milliseconds to look again, if nothing changes. */
  async #reconcile(): Promise<number> {
    const { logger } = this.#deps;
    try {
      // First with what is known, so that a new guardrail does not wait for discovery.
      const first = await this.#reconcileWithIndex();
      if (!(await this.#refreshDiscovery())) return first;
      return await this.#reconcileWithIndex();
    } catch (error) {
      logger.error('reconciliation failed', { error: error as Error });
      return RETRY_MS;
    }
  }

  /** Returns whether there is anything new. */
  async #refreshDiscovery(): Promise<boolean> {
    const { source, discover, customResourceKey, now } = this.#deps;
    const key = customResourceKey();
    const isDue = now() - this.#discoveredTime >= DISCOVERY_MS;
    if (!isDue && key === this.#discoveredKey) return false;
    source.setDiscovery(await discover());
    this.#discoveredTime = now();
    this.#discoveredKey = key;
    return true;
  }

  async #reconcileWithIndex(): Promise<number> {
    const { source, onLoaded, entries, now, clock } = this.#deps;
    const reports = source.rebuild();
    const snapshot = source.current();
    if (reports === undefined || snapshot === undefined) return RETRY_MS;
    onLoaded(reports);
    const { index } = snapshot;
    const wanted = entries(index);
    const enforcement = await this.#configure(wanted);
    this.#settled.note(this.#deps.configuration.covered(wanted), now());
    const time = clock();
    const scheduled = this.#scheduled(reports, time);
    this.#report(scheduled, enforcement, index, wanted);
    const again = enforcement.kind === 'Covered' ? (this.#settled.next(now()) ?? DISCOVERY_MS) : RETRY_MS;
    return Math.min(again, nextChangeIn(scheduled, time));
  }

  async #configure(entries: readonly WebhookEntry[]): Promise<Enforcement> {
    const { configuration, logger } = this.#deps;
    try {
      return await configuration.reconcile(entries);
    } catch (error) {
      logger.error('the webhook configuration could not be applied', { error: error as Error });
      return { kind: 'Failed', error: (error as Error).message };
    }
  }

  #scheduled(reports: readonly LoadedReport[], time: Date): readonly Scheduled[] {
    return reports.map((report) => ({ report, schedule: scheduleReport(report.inForce, time) }));
  }

  /** A guardrail whose own entries stand is enforced, whatever becomes of those of others. */
  #report(
    scheduled: readonly Scheduled[],
    enforcement: Enforcement,
    index: PolicyIndex,
    entries: readonly WebhookEntry[],
  ): void {
    const { status, tested, onEnforcement, now } = this.#deps;
    const settled = this.#settled.guardrails(index, entries, now());
    const otherwise: Enforcement = enforcement.kind === 'Covered' ? { kind: 'Pending' } : enforcement;
    onEnforcement(enforcement.kind === 'Covered');
    const uids = new Set(scheduled.map(({ report }) => report.uid));
    status.retain(uids);
    tested.retain(uids);
    this.#setStatus(scheduled, index, (name) => (settled.has(name) ? { kind: 'Covered' } : otherwise));
  }

  #setStatus(
    scheduled: readonly Scheduled[],
    { resources }: PolicyIndex,
    enforcementOf: (name: string) => Enforcement,
  ): void {
    const { status, tested } = this.#deps;
    for (const { report, schedule } of scheduled) {
      const { name, uid, generation } = report;
      const conditions = [
        ...guardrailConditions(report, enforcementOf(name), resources, schedule?.status),
        tested.condition(report),
      ].filter((condition) => condition !== undefined);
      status.setStatus(name, uid, { generation, conditions, schedule: schedule?.status });
    }
  }
}

/** In how many milliseconds the first schedule changes; Infinity if none does. */
function nextChangeIn(scheduled: readonly Scheduled[], time: Date): number {
  const changes = scheduled.map(({ schedule }) => schedule?.nextChange ?? Number.POSITIVE_INFINITY);
  return Math.min(...changes) - time.getTime();
}
