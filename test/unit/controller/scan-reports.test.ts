import { describe, expect, test } from 'vitest';
import { type ReportWatch, ScanReports } from '../../../src/controller/scan-reports.ts';
import type { ObjectListener } from '../../../src/kube/object-cache.ts';
import type { KubeObject } from '../../../src/policy/review.ts';
import { silentLogger } from '../../../src/telemetry/logger.ts';
import { SOME_WORKLOAD, vulnerabilityReport } from '../../support/vulnerability-report.ts';

const NAME = 'vulnerabilityreports.aquasecurity.github.io';
const MISSING = 'VulnerabilityReports are not served here';
const REPORT = vulnerabilityReport(SOME_WORKLOAD);

/** A watch that says only what the test has it say. */
class FakeWatch implements ReportWatch {
  readonly onObject: ObjectListener;
  age = Number.POSITIVE_INFINITY;
  life: 'made' | 'started' | 'stopped' = 'made';

  constructor(onObject: ObjectListener) {
    this.onObject = onObject;
  }

  start(): void {
    this.life = 'started';
  }

  async stop(): Promise<void> {
    this.life = 'stopped';
  }

  staleness(): number {
    return this.age;
  }
}

function scanReports() {
  const watches: FakeWatch[] = [];
  const reports = new ScanReports({
    createWatch: (onObject) => {
      const watch = new FakeWatch(onObject);
      watches.push(watch);
      return watch;
    },
    maxStalenessSeconds: 60,
    logger: silentLogger,
  });
  return { reports, watches };
}

interface Crd {
  readonly uid?: string;
  readonly version?: string;
  readonly served?: boolean;
  readonly established?: string;
  readonly deletionTimestamp?: string;
}

const crds = ({ uid = 'u1', version = 'v1alpha1', served = true, established = 'True', ...metadata }: Crd = {}) =>
  new Map<string, KubeObject>([
    ['widgets.example.com', { metadata: { uid: 'other' } }],
    [
      NAME,
      {
        metadata: { uid, ...metadata },
        spec: { versions: [{ name: version, served }] },
        status: { conditions: [{ type: 'Established', status: established }] },
      },
    ],
  ]);
const NO_CRDS = new Map<string, KubeObject>();

/** One whose CRD is there, and whose reports are in. */
function loaded() {
  const { reports, watches } = scanReports();
  reports.follow(crds());
  const [watch] = watches;
  if (watch === undefined) throw new Error('there must be a watch');
  watch.age = 0;
  return { reports, watches, watch };
}

const found = (reports: ScanReports): number | string => {
  const source = reports.source();
  return source.kind === 'Ready' ? source.reports.byTag('docker.io/library/nginx', '1.27').length : source.why;
};

describe('scan reports', () => {
  test('are unavailable while there is no CRD, and nothing is watched', () => {
    const { reports, watches } = scanReports();
    reports.follow(NO_CRDS);
    expect(found(reports)).toBe(MISSING);
    expect(watches).toEqual([]);
    expect(reports.staleness()).toBeNaN();
  });

  test.each<[string, Crd]>([
    ['not established yet', { established: 'False' }],
    ['of another version', { version: 'v1' }],
    ['no longer served', { served: false }],
    ['being deleted', { deletionTimestamp: '2026-01-01T00:00:00Z' }],
  ])('are unavailable while the CRD is %s', (_, crd) => {
    const { reports, watches } = scanReports();
    reports.follow(crds(crd));
    expect(found(reports)).toBe(MISSING);
    expect(watches).toEqual([]);
  });

  test('are watched once when the CRD comes, and unavailable until they are loaded', () => {
    const { reports, watches } = scanReports();
    reports.follow(NO_CRDS);
    reports.follow(crds());
    reports.follow(crds());
    expect(watches.map(({ life }) => life)).toEqual(['started']);
    expect(found(reports)).toBe('VulnerabilityReports are not loaded yet');
    for (const watch of watches) watch.age = 0;
    expect(found(reports)).toBe(0);
  });

  test('are found as they come, change and go', () => {
    const { reports, watch } = loaded();
    watch.onObject('staging/a', REPORT);
    watch.onObject('staging/b', REPORT);
    expect(found(reports)).toBe(2);
    watch.onObject('staging/a', vulnerabilityReport(SOME_WORKLOAD, { tag: '2' }));
    expect(found(reports)).toBe(1);
    watch.onObject('staging/b', undefined);
    expect(found(reports)).toBe(0);
  });

  test('are not looked at when they are too old, and are again when they are fresh', () => {
    const { reports, watch } = loaded();
    watch.onObject('staging/a', REPORT);
    watch.age = 60;
    expect(found(reports)).toBe(1);
    watch.age = 61.4;
    expect(found(reports)).toBe('VulnerabilityReports were last read 61 s ago');
    expect(reports.staleness()).toBe(61.4);
    watch.age = 1;
    expect(found(reports)).toBe(1);
  });

  test('are forgotten with the CRD, whatever the watch before may still say', () => {
    const { reports, watches, watch } = loaded();
    watch.onObject('staging/a', REPORT);
    reports.follow(NO_CRDS);
    expect(found(reports)).toBe(MISSING);
    expect(watch.life).toBe('stopped');

    reports.follow(crds({ uid: 'u2' }));
    for (const one of watches) one.age = 0;
    watch.onObject('staging/b', REPORT);
    expect(watches.map(({ life }) => life)).toEqual(['stopped', 'started']);
    expect(found(reports)).toBe(0);
  });

  test('are watched anew where the CRD is another one of the same name', () => {
    const { reports, watches, watch } = loaded();
    watch.onObject('staging/a', REPORT);
    reports.follow(crds({ uid: 'u2' }));
    expect(watches.map(({ life }) => life)).toEqual(['stopped', 'started']);
    expect(found(reports)).toBe('VulnerabilityReports are not loaded yet');
  });

  test('are watched no more after stop', async () => {
    const { reports, watch } = loaded();
    await reports.stop();
    expect(watch.life).toBe('stopped');
    expect(found(reports)).toBe(MISSING);
  });
});
