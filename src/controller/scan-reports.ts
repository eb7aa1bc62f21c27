import type { ObjectListener } from '../kube/object-cache.ts';
import type { ResourceReference } from '../kube/resource-path.ts';
import { listAt, own, ownAt, stringAt } from '../policy/json.ts';
import type { KubeObject } from '../policy/review.ts';
import { ScanIndex } from '../policy/scan-index.ts';
import { readScanReport } from '../policy/scan-report.ts';
import type { ScanSource } from '../policy/scan-source.ts';
import type { Logger } from '../telemetry/logger.ts';

/** What Trivy Operator writes for each container that it has scanned. */
export const VULNERABILITY_REPORTS: ResourceReference = {
  group: 'aquasecurity.github.io',
  version: 'v1alpha1',
  resource: 'vulnerabilityreports',
};

const CRD_NAME = `${VULNERABILITY_REPORTS.resource}.${VULNERABILITY_REPORTS.group}`;

/** The part of a ListWatch that is used here. */
export interface ReportWatch {
  start(): void;
  stop(): Promise<void>;
  /** Seconds since the copy was last known to be fresh; Infinity before the first list. */
  staleness(): number;
}

/** What ScanReports works with. */
export interface ScanReportsDeps {
  /** Makes a watch of the reports, which tells of each that comes, changes or goes. */
  readonly createWatch: (onObject: ObjectListener) => ReportWatch;
  /** How old the copy of the reports may be before it is not looked at any more. */
  readonly maxStalenessSeconds: number;
  readonly logger: Logger;
}

/** A watch of the reports, for as long as their CRD is the same. */
interface Running {
  readonly crdUid: string;
  readonly watch: ReportWatch;
  readonly index: ScanIndex;
}

/**
 * Keeps the scan reports of the cluster indexed while their CRD is there, whenever it comes and goes. Nothing waits for
 * them: the operator is ready without, and who needs them says what is to happen meanwhile.
 */
export class ScanReports {
  readonly #deps: ScanReportsDeps;
  readonly #ending = new Set<Promise<void>>();
  #running: Running | undefined;

  constructor(deps: ScanReportsDeps) {
    this.#deps = deps;
  }

  /** Begins or ends to watch, as the CRDs of the cluster demand. */
  follow(crds: ReadonlyMap<string, KubeObject>): void {
    const crdUid = servedUid(crds.get(CRD_NAME));
    if (crdUid === this.#running?.crdUid) return;
    this.#end();
    if (crdUid === undefined) {
      this.#deps.logger.info('scan reports are no longer watched: their CRD is not there');
      return;
    }
    // An index of its own: what a watch that is ending may still tell is of the reports before.
    const index = new ScanIndex();
    const watch = this.#deps.createWatch((key, object) =>
      index.set(key, object === undefined ? undefined : readScanReport(object)),
    );
    this.#running = { crdUid, watch, index };
    watch.start();
    this.#deps.logger.info('watching', {
      resource: VULNERABILITY_REPORTS.resource,
      group: VULNERABILITY_REPORTS.group,
    });
  }

  /** What is known of scanned images now. */
  source(): ScanSource {
    if (this.#running === undefined) return { kind: 'Unavailable', why: 'VulnerabilityReports are not served here' };
    const staleness = this.#running.watch.staleness();
    if (!Number.isFinite(staleness)) return { kind: 'Unavailable', why: 'VulnerabilityReports are not loaded yet' };
    if (staleness <= this.#deps.maxStalenessSeconds) return { kind: 'Ready', reports: this.#running.index };
    return { kind: 'Unavailable', why: `VulnerabilityReports were last read ${Math.round(staleness)} s ago` };
  }

  /** Seconds since the copy of the reports was last known to be fresh; NaN while there are none to watch. */
  staleness(): number {
    return this.#running?.watch.staleness() ?? Number.NaN;
  }

  /** Ends the watch. Resolves when it has ended. */
  async stop(): Promise<void> {
    this.#end();
    await Promise.all(this.#ending);
  }

  #end(): void {
    if (this.#running === undefined) return;
    const ended = this.#running.watch.stop();
    this.#running = undefined;
    this.#ending.add(ended);
    const forget = (): void => void this.#ending.delete(ended);
    ended.then(forget, forget);
  }
}

/** The uid of the CRD while it serves the version that is read; undefined before, and as soon as it is being deleted. */
function servedUid(crd: KubeObject | undefined): string | undefined {
  const { version } = VULNERABILITY_REPORTS;
  const isServed = listAt(crd, 'spec', 'versions').some(
    (one) => stringAt(one, 'name') === version && own(one, 'served') === true,
  );
  const isEstablished = listAt(crd, 'status', 'conditions').some(
    (one) => stringAt(one, 'type') === 'Established' && stringAt(one, 'status') === 'True',
  );
  const isGoing = ownAt(crd, ['metadata', 'deletionTimestamp']) !== undefined;
  return isServed && isEstablished && !isGoing ? stringAt(crd, 'metadata', 'uid') : undefined;
}
