import type { Discovery } from '../kube/discovery-documents.ts';
import { PolicyIndex } from '../policy/policy-index.ts';
import type { KubeObject } from '../policy/review.ts';
import type { ScanSource } from '../policy/scan-source.ts';
import { GuardrailLoader, type LoadedReport } from './guardrail-loader.ts';
import { resourceMap } from './resource-map.ts';

/** A copy of the objects of one resource, kept equal to the cluster. */
export interface ObjectStore {
  items(): ReadonlyMap<string, KubeObject>;
  /** Seconds since the copy was last known to be fresh; Infinity before the first list. */
  staleness(): number;
}

/** The copies that the index is made from. */
export interface Stores {
  readonly guardrails: ObjectStore;
  readonly namespaces: ObjectStore;
  readonly customResourceDefinitions: ObjectStore;
}

/** What a request is judged with: never changes while it is read. */
export interface LoadedSnapshot {
  readonly index: PolicyIndex;
  readonly namespaces: { get(name: string): KubeObject | undefined };
  readonly scans: () => ScanSource;
}

/**
 * The loaded guardrails as one immutable snapshot, swapped whole. Events only say that something changed: the truth is
 * always read from the copies.
 */
export class IndexSource {
  readonly #stores: Stores;
  readonly #maxStalenessSeconds: number;
  readonly #scans: () => ScanSource;
  readonly #loader = new GuardrailLoader();
  #discovery: Discovery | undefined;
  #madeFrom: readonly unknown[] = [];
  #snapshot: LoadedSnapshot | undefined;

  /** Scan reports are none of the copies: the operator is ready without them. */
  constructor(stores: Stores, maxStalenessSeconds: number, scans: () => ScanSource) {
    this.#stores = stores;
    this.#maxStalenessSeconds = maxStalenessSeconds;
    this.#scans = scans;
  }

  /** The snapshot, or undefined until everything is in and once it is too old to be trusted. */
  current(): LoadedSnapshot | undefined {
    return this.#isFresh() ? this.#snapshot : undefined;
  }

  /** Why there is no snapshot to judge with, in words; empty if there is. */
  problems(): string[] {
    const problems = Object.entries(this.#stores)
      .map(([name, store]) => this.#problemOf(name, store))
      .filter((problem) => problem !== undefined);
    if (this.#discovery === undefined) problems.push('discovery: not read yet');
    if (this.#snapshot === undefined) problems.push('guardrails: not compiled yet');
    return problems;
  }

  /** Notes what the cluster serves. Takes effect with the next `rebuild`. */
  setDiscovery(discovery: Discovery): void {
    this.#discovery = discovery;
  }

  /** Compiles what is new and swaps the snapshot. Returns what became of each Guardrail, or undefined while a list is missing. */
  rebuild(): readonly LoadedReport[] | undefined {
    const { guardrails, namespaces, customResourceDefinitions } = this.#stores;
    const hasAll = Object.values(this.#stores).every((store) => Number.isFinite(store.staleness()));
    if (!hasAll || this.#discovery === undefined) return undefined;
    const reports = this.#loader.load(guardrails.items().values());
    const crds = [...customResourceDefinitions.items().values()];
    const inForce = reports.map((report) => report.inForce);
    // A write to a status is an event too, ours included: where nothing else changed, the index stays.
    const parts = [this.#discovery, ...crds, ...inForce];
    if (this.#snapshot !== undefined && isSameList(parts, this.#madeFrom)) return reports;
    const index = new PolicyIndex(inForce, resourceMap(this.#discovery, crds));
    this.#snapshot = { index, namespaces: { get: (name) => namespaces.items().get(name) }, scans: this.#scans };
    this.#madeFrom = parts;
    return reports;
  }

  #isFresh(): boolean {
    return Object.values(this.#stores).every((store) => store.staleness() <= this.#maxStalenessSeconds);
  }

  #problemOf(name: string, store: ObjectStore): string | undefined {
    const staleness = store.staleness();
    if (!Number.isFinite(staleness)) return `${name}: not listed yet`;
    if (staleness <= this.#maxStalenessSeconds) return undefined;
    return `${name}: last known to be fresh ${Math.round(staleness)} s ago, more than ${this.#maxStalenessSeconds} s`;
  }
}

const isSameList = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index]);
