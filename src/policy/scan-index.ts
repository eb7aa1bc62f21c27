import type { ScanReport } from './scan-report.ts';
import type { ScannedImages } from './scan-source.ts';

/** The reports on one image. */
interface ReportsOnImage {
  readonly all: Set<ScanReport>;
  /** In order; undefined after a change, until somebody asks. */
  sorted: readonly ScanReport[] | undefined;
}

/**
 * The scan reports of a cluster by image, kept as they come and go. To take one costs the same however many there are; those
 * on an image are put in order when they are asked for, once until they change.
 */
export class ScanIndex implements ScannedImages {
  readonly #reports = new Map<string, ScanReport>();
  readonly #byImage = new Map<string, ReportsOnImage>();

  /** How many reports there are. */
  get size(): number {
    return this.#reports.size;
  }

  /** Takes what a report, known by its key, says now; undefined if it says nothing any more. */
  set(key: string, report: ScanReport | undefined): void {
    const before = this.#reports.get(key);
    if (before !== undefined) for (const image of imageKeys(before)) this.#remove(image, before);
    this.#reports.delete(key);
    if (report === undefined) return;
    this.#reports.set(key, report);
    for (const image of imageKeys(report)) this.#insert(image, report);
  }

  byDigest(digest: string): readonly ScanReport[] {
    return this.#on(digest);
  }

  byTag(repository: string, tag: string): readonly ScanReport[] {
    return this.#on(`${repository}:${tag}`);
  }

  #on(image: string): readonly ScanReport[] {
    const known = this.#byImage.get(image);
    if (known === undefined) return NONE;
    known.sorted ??= [...known.all].sort(compare);
    return known.sorted;
  }

  #insert(image: string, report: ScanReport): void {
    const known = this.#byImage.get(image);
    if (known === undefined) {
      this.#byImage.set(image, { all: new Set([report]), sorted: undefined });
    } else {
      known.all.add(report);
      known.sorted = undefined;
    }
  }

  #remove(image: string, report: ScanReport): void {
    const known = this.#byImage.get(image);
    if (known === undefined) return;
    known.all.delete(report);
    known.sorted = undefined;
    if (known.all.size === 0) this.#byImage.delete(image);
  }
}

const NONE: readonly ScanReport[] = [];

/** A digest has no slash, a repository always has one: neither is ever taken for the other. */
function imageKeys({ repository, tag, digest }: ScanReport): string[] {
  return [
    ...(digest === undefined ? [] : [digest]),
    ...(repository === undefined || tag === undefined ? [] : [`${repository}:${tag}`]),
  ];
}

/**
 * Newer before older, those without a time last. Times are of whole seconds: of two reports of the same second the worse is
 * first, so that it does not matter which came first.
 */
function compare(a: ScanReport, b: ScanReport): number {
  const [left, right] = [a.time ?? Number.NEGATIVE_INFINITY, b.time ?? Number.NEGATIVE_INFINITY];
  if (left !== right) return left > right ? -1 : 1;
  return b.critical - a.critical || b.high - a.high;
}
