import type { ImageScanCondition, ImagesCondition } from '../../api/v1alpha1.ts';
import type { Change } from '../decision.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { FieldErrors } from '../field-error.ts';
import { compileGlobs } from '../glob.ts';
import { effectiveTag, fullReference, type ImageReference, parseImageReference } from '../image-reference.ts';
import { redactChanges } from '../redact.ts';
import { compileScan, type ScanVerdict } from '../scan-verdict.ts';
import { NEEDS_NOTHING, type Verdict, type WrittenCondition } from './condition.ts';

/** What is wrong with an image, as the end of a sentence that begins with it. */
interface Fault {
  /** How grave it is. */
  readonly verdict: Exclude<Verdict, false>;
  readonly text: string;
}

/** Looks for one kind of fault in an image. */
type Check = (image: ImageReference, context: EvaluationContext) => Fault | undefined;

/** Compiles a condition on the images that an action brings in. */
export function compileImages(
  condition: ImagesCondition,
  field: string,
  errors: FieldErrors,
): WrittenCondition | undefined {
  const { notFrom, tags, withoutDigest, scan } = condition;
  const checks: Check[] = [];
  if (notFrom !== undefined) checks.push(comesFromElsewhere(notFrom));
  if (tags !== undefined) checks.push(hasTag(tags));
  if (withoutDigest === true) checks.push(hasNoDigest);
  if (scan !== undefined) checks.push(scanned(scan, `${field}.scan`, errors));
  return {
    needs: NEEDS_NOTHING,
    trips: (context) => judgeImages(checks, context),
    describe: (context) => describeImages(checks, context),
  };
}

function describeImages(checks: readonly Check[], context: EvaluationContext): string {
  const texts: string[] = [];
  judgeImages(checks, { ...context, explain: (text) => void texts.push(text) });
  if (texts.length > 0) return texts.join('. ');
  const count = context.images().length;
  return count === 0 ? 'It brings in no image' : `None of the images that it brings in (${count}) has such a fault`;
}

function judgeImages(checks: readonly Check[], context: EvaluationContext): Verdict {
  let verdict: Verdict = false;
  // Several containers often share an image.
  const told = new Set<string>();
  for (const change of context.images()) {
    const faults = faultsOf(change, checks, context);
    if (faults.length === 0) continue;
    if (faults.some((fault) => fault.verdict === true)) verdict = true;
    else if (verdict === false) verdict = 'Warn';
    told.add(`${nameOf(change, context)} ${faults.map(({ text }) => text).join(', ')}`);
  }
  for (const text of told) context.explain(text);
  return verdict;
}

/** An image that can't be read has every fault. */
function faultsOf({ to }: Change, checks: readonly Check[], context: EvaluationContext): readonly Fault[] {
  const image = typeof to === 'string' ? parseImageReference(to) : undefined;
  if (image === undefined) return [fault('can not be read')];
  return checks.map((check) => check(image, context)).filter((one) => one !== undefined);
}

const fault = (text: string): Fault => ({ verdict: true, text });

/** By its reference in full where that may be shown and can be read, else by where it stands. */
function nameOf(change: Change, { review }: EvaluationContext): string {
  const [shown] = redactChanges(review, [change]);
  const image = typeof shown?.to === 'string' ? parseImageReference(shown.to) : undefined;
  return image === undefined ? `the image at ${change.path}` : `image ${fullReference(image)}`;
}

function comesFromElsewhere(patterns: readonly string[]): Check {
  const isKnown = compileGlobs(patterns);
  return (image) =>
    isKnown(image.repository) || isKnown(fullReference(image)) ? undefined : fault('is in no allowed repository');
}

function hasTag(patterns: readonly string[]): Check {
  const isListed = compileGlobs(patterns);
  return (image) => {
    const tag = effectiveTag(image);
    return tag !== undefined && isListed(tag) ? fault(`has the tag ${tag}`) : undefined;
  };
}

const hasNoDigest: Check = ({ digest }) => (digest === undefined ? fault('has no digest') : undefined);

/** How grave it is that there are no reports to read. */
const UNAVAILABLE: Readonly<Record<ImageScanCondition['onSourceUnavailable'], Verdict>> = {
  Deny: true,
  Warn: 'Warn',
  Allow: false,
};

function scanned(scan: ImageScanCondition, field: string, errors: FieldErrors): Check {
  const judge = compileScan(scan, field, errors);
  const unavailable = UNAVAILABLE[scan.onSourceUnavailable];
  return (image, { scans, now }) => {
    if (scans.kind === 'Ready') return faultOfScan(judge(image, scans.reports, now));
    return unavailable === false ? undefined : { verdict: unavailable, text: `can not be looked up: ${scans.why}` };
  };
}

function faultOfScan(verdict: ScanVerdict): Fault | undefined {
  switch (verdict.kind) {
    case 'Clean':
      return undefined;
    case 'Unscanned':
      return fault('is Unscanned');
    case 'Stale':
      return fault(`is Stale: ${verdict.why}`);
    case 'OverThreshold':
      return fault(`has ${verdict.counts.join(' and ')}`);
  }
}
