import type { ScanReport } from './scan-report.ts';

/** What is known of scanned images. */
export interface ScannedImages {
  /** The reports on the image with this digest, wherever it is kept, the newest first and those without a time last. */
  byDigest(digest: string): readonly ScanReport[];
  /** The reports on the image with this tag in this repository, in the same order. */
  byTag(repository: string, tag: string): readonly ScanReport[];
}

/** Where scan reports can be read, if anywhere. */
export type ScanSource =
  | { readonly kind: 'Ready'; readonly reports: ScannedImages }
  /** There are none to read. The text says why. */
  | { readonly kind: 'Unavailable'; readonly why: string };
