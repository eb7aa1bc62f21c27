import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ScanIndex } from '../../../src/policy/scan-index.ts';
import type { ScanReport } from '../../../src/policy/scan-report.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;
const NGINX = 'docker.io/library/nginx';

const report = (more: Partial<ScanReport> = {}): ScanReport => ({
  namespace: 'shop',
  repository: NGINX,
  tag: '1',
  digest: DIGEST,
  critical: 0,
  high: 0,
  time: 1000,
  ...more,
});

function indexOf(reports: Readonly<Record<string, ScanReport>>): ScanIndex {
  const index = new ScanIndex();
  for (const [key, one] of Object.entries(reports)) index.set(key, one);
  return index;
}

describe('the index', () => {
  test('finds a report by digest and by tag', () => {
    const one = report();
    const index = indexOf({ a: one });
    expect(index.byDigest(DIGEST)).toEqual([one]);
    expect(index.byTag(NGINX, '1')).toEqual([one]);
  });

  test.each<[string, Partial<ScanReport>]>([
    ['another tag', { tag: '2' }],
    ['another repository', { repository: 'docker.io/library/httpd' }],
    ['no repository', { repository: undefined }],
    ['no tag', { tag: undefined }],
  ])('does not find one with %s by tag', (_, more) => {
    expect(indexOf({ a: report(more) }).byTag(NGINX, '1')).toEqual([]);
  });

  test('does not find one without a digest by another', () => {
    const index = indexOf({ a: report({ digest: undefined }), b: report({ digest: OTHER }) });
    expect(index.byDigest(DIGEST)).toEqual([]);
  });

  test('forgets what a report said before', () => {
    const index = indexOf({ a: report() });
    const after = report({ tag: '2', digest: OTHER });
    index.set('a', after);
    expect([index.byDigest(DIGEST), index.byTag(NGINX, '1')]).toEqual([[], []]);
    expect([index.byDigest(OTHER), index.byTag(NGINX, '2')]).toEqual([[after], [after]]);
    expect(index.size).toBe(1);
  });

  test('forgets a report that is gone, or that says nothing any more', () => {
    const index = indexOf({ a: report(), b: report() });
    index.set('a', undefined);
    index.set('never', undefined);
    expect(index.byDigest(DIGEST)).toHaveLength(1);
    index.set('b', undefined);
    expect([index.size, index.byDigest(DIGEST).length, index.byTag(NGINX, '1').length]).toEqual([0, 0, 0]);
  });

  test('has the newest first, those without a time last, and of two of one second the worse first', () => {
    const sorted = [
      report({ time: 3000 }),
      report({ time: 2000, critical: 2 }),
      report({ time: 2000, critical: 1, high: 5 }),
      report({ time: 2000, critical: 1, high: 0 }),
      report({ time: 1000, critical: 9 }),
      report({ time: undefined, critical: 1 }),
      report({ time: undefined }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(sorted, { minLength: sorted.length }), (shuffled) => {
        const index = indexOf(Object.fromEntries(shuffled.map((one, place) => [`r${place}`, one])));
        expect(index.byDigest(DIGEST)).toEqual(sorted);
        expect(index.byTag(NGINX, '1')).toEqual(sorted);
      }),
    );
  });

  test('is what the reports of now make it, whatever came and went before', () => {
    const anyReport = fc.record({
      tag: fc.constantFrom('1', '2', undefined),
      digest: fc.constantFrom(DIGEST, OTHER, undefined),
      time: fc.constantFrom(1000, 2000, undefined),
      critical: fc.nat(2),
    });
    const step = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.option(anyReport, { nil: undefined }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const index = new ScanIndex();
        const now = new Map<string, ScanReport>();
        for (const [key, some] of steps) {
          const one = some && report(some);
          index.set(key, one);
          now.delete(key);
          if (one !== undefined) now.set(key, one);
        }
        const fresh = indexOf(Object.fromEntries(now));
        expect(index.size).toBe(now.size);
        for (const digest of [DIGEST, OTHER]) expect(index.byDigest(digest)).toEqual(fresh.byDigest(digest));
        for (const tag of ['1', '2']) expect(index.byTag(NGINX, tag)).toEqual(fresh.byTag(NGINX, tag));
      }),
    );
  });

  test('takes 20,000 reports on one image, again and again, in good time', { timeout: 60_000 }, () => {
    const index = new ScanIndex();
    const started = performance.now();
    for (let round = 0; round < 5; round++) {
      for (let count = 0; count < 20_000; count++) index.set(`r${count}`, report({ time: (count * 7919) % 20_000 }));
    }
    for (let count = 0; count < 20_000; count += 50) index.set(`r${count}`, undefined);
    expect(index.byDigest(DIGEST)).toHaveLength(19_600);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
