import { setTimeout as sleep } from 'node:timers/promises';
import type { Discovery } from '../kube/discovery-documents.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import type { Logger } from '../telemetry/logger.ts';
import { SettledEntries } from './coverage.ts';
import { type ConditionState, type Enforcement, guardrailConditions } from './guardrail-conditions.ts';
import type { LoadedReport } from './guardrail-loader.ts';
import type { IndexSource } from './index-source.ts';
import type { WebhookConfiguration } from './webhook-configuration.ts';
import type { WebhookEntry } from './webhook-entries.ts';

/** Events come in bursts: this long is waited for the rest of one. */
const DEBOUNCE_MS = 20;
/** Discovery tells of aggregated APIs too, whose coming no event tells. */
const DISCOVERY_MS = 60_000;
const RETRY_MS = 1_000;
/** Takes the conditions of a Guardrail. */
export interface ConditionSink {
  setConditions(name: string, uid: string, generation: number, conditions: readonly ConditionState[]): void;
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
  readonly conditions: ConditionSink;
  /** Told, whenever it looks, what became of each Guardrail. */
  readonly onLoaded: (reports: readonly LoadedReport[]) => void;
  /** Told whether the live webhook configuration covers the guardrails in force. */
  readonly onEnforcement: (isCovered: boolean) => void;
  readonly logger: Logger;
  readonly now: () => number;
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
    const { source } = this.#deps;
    const index = source.current()?.index;
    if (index !== undefined) this.#setConditions(source.rebuild() ?? [], index, () => ({ kind: 'Stopped' }));
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
    const { source, onLoaded, entries, now } = this.#deps;
    const reports = source.rebuild();
    const snapshot = source.current();
    if (reports === undefined || snapshot === undefined) return RETRY_MS;
    onLoaded(reports);
    const { index } = snapshot;
    const wanted = entries(index);
    const enforcement = await this.#configure(wanted);
    this.#settled.note(this.#deps.configuration.covered(wanted), now());
    this.#report(reports, enforcement, index, wanted);
    return enforcement.kind === 'Covered' ? (this.#settled.next(now()) ?? DISCOVERY_MS) : RETRY_MS;
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

  /** A guardrail whose own entries stand is enforced, whatever becomes of those of others. */
  #report(
    reports: readonly LoadedReport[],
    enforcement: Enforcement,
    index: PolicyIndex,
    entries: readonly WebhookEntry[],
  ): void {
    const { conditions, onEnforcement, now } = this.#deps;
    const settled = this.#settled.guardrails(index, entries, now());
    const otherwise: Enforcement = enforcement.kind === 'Covered' ? { kind: 'Pending' } : enforcement;
    onEnforcement(enforcement.kind === 'Covered');
    conditions.retain(new Set(reports.map(({ uid }) => uid)));
    this.#setConditions(reports, index, (name) => (settled.has(name) ? { kind: 'Covered' } : otherwise));
  }

  #setConditions(
    reports: readonly LoadedReport[],
    { resources }: PolicyIndex,
    enforcementOf: (name: string) => Enforcement,
  ): void {
    for (const report of reports) {
      const { name, uid, generation } = report;
      const states = guardrailConditions(report, enforcementOf(name), resources);
      this.#deps.conditions.setConditions(name, uid, generation, states);
    }
  }
}
