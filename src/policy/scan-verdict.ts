import type { ImageScanCondition } from '../api/v1alpha1.ts';
import { parseDuration } from './duration.ts';
import type { FieldErrors } from './field-error.ts';
import { compileGlobs, type Glob } from './glob.ts';
import { effectiveTag, type ImageReference } from './image-reference.ts';
import type { ScanReport } from './scan-report.ts';
import type { ScannedImages } from './scan-source.ts';

/** What the reports say of an image, as a condition looks at them. */
export type ScanVerdict =
  | { readonly kind: 'Clean' }
  | { readonly kind: 'Unscanned' }
  /** The text says what is wrong with the time of the report. */
  | { readonly kind: 'Stale'; readonly why: string }
  /** Each text says of which vulnerabilities there are too many. */
  | { readonly kind: 'OverThreshold'; readonly counts: readonly string[] };

/** Judges an image by the reports that there are at some time. */
export type ScanJudge = (image: ImageReference, reports: ScannedImages, now: Date) => ScanVerdict;

/** Clocks differ: a report that is newer than now by no more than this is of now. */
const CLOCK_SKEW_MS = 5 * 60_000;
/** Namespaces that are remembered as trusted or not: more than a cluster has. */
const MAX_REMEMBERED = 10_000;

/** Compiles what `images.scan` asks of the reports. */
export function compileScan(scan: ImageScanCondition, field: string, errors: FieldErrors): ScanJudge {
  const { maxAge, trustedNamespaces } = scan;
  const maxAgeMs = maxAge === undefined ? Number.POSITIVE_INFINITY : parseDuration(maxAge);
  if (maxAgeMs === undefined) errors.add(`${field}.maxAge`, 'must be a duration such as 30m, 24h or 7d');
  const isTrusted = trustedNamespaces === undefined ? () => true : remembering(compileGlobs(trustedNamespaces));
  return (image, reports, now) => {
    const report = newest(reportsOn(image, reports), isTrusted, now);
    if (report === undefined) return { kind: 'Unscanned' };
    const counts = tooMany(report, scan);
    if (counts.length > 0) return { kind: 'OverThreshold', counts };
    const why = maxAge === undefined ? undefined : whyStale(report, maxAge, maxAgeMs ?? 0, now);
    return why === undefined ? CLEAN : { kind: 'Stale', why };
  };
}

const CLEAN: ScanVerdict = { kind: 'Clean' };

/**
 * A digest is of the content: what was found in an image holds wherever a copy of it is kept, and a tag beside the digest
 * means nothing, as it means nothing to who pulls.
 */
function reportsOn(image: ImageReference, reports: ScannedImages): readonly ScanReport[] {
  if (image.digest !== undefined) return reports.byDigest(image.digest);
  return reports.byTag(image.repository, effectiveTag(image) ?? '');
}

/** One that is dated in the future must not hide what was found since: it counts only where there is no other. */
function newest(sorted: readonly ScanReport[], isTrusted: Glob, now: Date): ScanReport | undefined {
  let future: ScanReport | undefined;
  for (const report of sorted) {
    if (!isTrusted(report.namespace)) continue;
    if (!isFuture(report, now)) return report;
    future ??= report;
  }
  return future;
}

const isFuture = ({ time }: ScanReport, now: Date): boolean =>
  time !== undefined && time > now.getTime() + CLOCK_SKEW_MS;

function tooMany({ critical, high }: ScanReport, { maxCritical, maxHigh }: ImageScanCondition): string[] {
  return [
    ...(maxCritical !== undefined && critical > maxCritical
      ? [`${critical} critical ${vulnerabilities(critical)} (at most ${maxCritical})`]
      : []),
    ...(maxHigh !== undefined && high > maxHigh
      ? [`${high} ${vulnerabilities(high)} of high severity (at most ${maxHigh})`]
      : []),
  ];
}

const vulnerabilities = (count: number): string => (count === 1 ? 'vulnerability' : 'vulnerabilities');

function whyStale(report: ScanReport, maxAge: string, maxAgeMs: number, now: Date): string | undefined {
  const { time } = report;
  if (time === undefined) return 'its report does not tell when it was scanned';
  if (isFuture(report, now)) return `its report is dated in the future, ${new Date(time).toISOString()}`;
  if (now.getTime() - time <= maxAgeMs) return undefined;
  return `its report is of ${new Date(time).toISOString()}, more than ${maxAge} ago`;
}

/** Reports are many, namespaces few. */
function remembering(glob: Glob): Glob {
  const known = new Map<string, boolean>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const result = glob(text);
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(text, result);
    return result;
  };
}
