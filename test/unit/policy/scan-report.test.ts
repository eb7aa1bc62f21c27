import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/policy/review.ts';
import { readScanReport, scanReportEssence } from '../../../src/policy/scan-report.ts';
import { type ScanResult, SOME_WORKLOAD, vulnerabilityReport } from '../../support/vulnerability-report.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const TIME = new Date('2026-01-01T12:00:00Z');

const of = (result: ScanResult): KubeObject => vulnerabilityReport(SOME_WORKLOAD, { time: TIME, ...result });

/** The part of a report that is changed here. */
type Parts = Record<string, unknown> & { readonly summary: Record<string, unknown> };

/** A report with something of it changed. */
function changed(change: (report: Parts) => void): KubeObject {
  const report = structuredClone(of({ tag: '1', digest: DIGEST })) as { report: Parts };
  change(report.report);
  return report as KubeObject;
}

describe('a report', () => {
  test('tells the image, the counts and the time', () => {
    expect(readScanReport(of({ tag: '1.27', digest: DIGEST, critical: 3, high: 12 }))).toEqual({
      namespace: 'staging',
      repository: 'docker.io/library/nginx',
      tag: '1.27',
      digest: DIGEST,
      critical: 3,
      high: 12,
      time: TIME.getTime(),
    });
  });

  test.each<[string, ScanResult, object]>([
    ['of another registry', { server: 'ghcr.io', repository: 'a/b' }, { repository: 'ghcr.io/a/b' }],
    ['of a registry with a port', { server: 'localhost:5000', repository: 'a' }, { repository: 'localhost:5000/a' }],
    ['of a registry in upper case', { server: 'R.IO', repository: 'a' }, { repository: 'r.io/a' }],
    [
      'of docker.io by its other name',
      { server: 'docker.io', repository: 'nginx' },
      { repository: 'docker.io/library/nginx' },
    ],
    ['by digest alone', { tag: '', digest: DIGEST }, { tag: undefined, digest: DIGEST }],
    ['by tag alone', { tag: '1', digest: '' }, { tag: '1', digest: undefined }],
    ['with a tag that is none', { tag: 'nginx:1', digest: DIGEST }, { tag: undefined, digest: DIGEST }],
    ['with a digest that is none', { tag: '1', digest: 'sha256:abc' }, { tag: '1', digest: undefined }],
    [
      'without a registry, known by digest alone',
      { server: '', tag: '1', digest: DIGEST },
      { repository: undefined, tag: undefined, digest: DIGEST },
    ],
    [
      'of a registry that is none',
      { server: 'a', tag: '1', digest: DIGEST },
      { repository: undefined, tag: undefined },
    ],
    [
      'with a tag in its repository',
      { repository: 'nginx:1', tag: '1', digest: DIGEST },
      { repository: undefined, tag: undefined },
    ],
  ])('%s', (_, result, told) => expect(readScanReport(of(result))).toMatchObject(told));

  test.each<[string, KubeObject]>([
    ['no report', { metadata: { name: 'a', namespace: 'b' } }],
    ['a report that is a text', { metadata: {}, report: 'clean' }],
    ['no summary', changed((report) => Reflect.deleteProperty(report, 'summary'))],
    ['no critical count', changed(({ summary }) => Reflect.deleteProperty(summary, 'criticalCount'))],
    ['no high count', changed(({ summary }) => Reflect.deleteProperty(summary, 'highCount'))],
    ['a count that is a text', changed(({ summary }) => Object.assign(summary, { criticalCount: '0' }))],
    ['a count below zero', changed(({ summary }) => Object.assign(summary, { highCount: -1 }))],
    ['half a vulnerability', changed(({ summary }) => Object.assign(summary, { highCount: 0.5 }))],
    ['neither tag nor digest', of({ tag: '', digest: '' })],
    ['a tag without a registry', of({ server: '', tag: '1' })],
  ])('with %s says nothing', (_, object) => expect(readScanReport(object)).toBeUndefined());

  test.each([
    undefined,
    null,
    '',
    'yesterday',
    '2026-01-01',
    '2026-13-01T00:00:00Z',
    1_767_268_800,
    '2026-01-01T12:00:00',
  ])('of the time %j has none', (updateTimestamp) => {
    const report = readScanReport(changed((inner) => Object.assign(inner, { updateTimestamp })));
    expect(report).toMatchObject({ tag: '1', time: undefined });
  });

  test.each(['2026-01-01T12:00:00Z', '2026-01-01T13:00:00+01:00', '2026-01-01T12:00:00.000000Z'])(
    'of the time %s has that',
    (updateTimestamp) => {
      const report = readScanReport(changed((inner) => Object.assign(inner, { updateTimestamp })));
      expect(report?.time).toBe(TIME.getTime());
    },
  );
});

describe('what is kept of a report', () => {
  test('says the same, without the list of vulnerabilities', () => {
    const whole = of({ tag: '1', digest: DIGEST, critical: 40, high: 300 });
    const kept = scanReportEssence(whole);
    expect(readScanReport(kept)).toEqual(readScanReport(whole));
    expect(JSON.stringify(kept).length).toBeLessThan(500);
    expect(JSON.stringify(whole).length).toBeGreaterThan(50_000);
  });

  test('has what a copy of the cluster knows an object by', () => {
    const metadata = { name: 'a', namespace: 'b', uid: 'c', resourceVersion: '1', labels: { d: 'e' } };
    expect(scanReportEssence({ metadata }).metadata).toEqual({
      name: 'a',
      namespace: 'b',
      uid: 'c',
      resourceVersion: '1',
    });
  });

  test.each<[string, KubeObject]>([
    ['nothing', {}],
    ['no metadata', { report: {} }],
    ['null for everything', { metadata: null, report: null }],
    ['a list for the report', { metadata: {}, report: [1] }],
    [
      'keys of the prototype',
      JSON.parse('{"metadata":{},"report":{"__proto__":{"summary":{"criticalCount":0,"highCount":0}}}}'),
    ],
  ])('says nothing of an object with %s', (_, object) => {
    expect(readScanReport(scanReportEssence(object))).toBeUndefined();
  });
});
