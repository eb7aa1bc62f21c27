import type { KubeObject } from './review.ts';
import type { ScanSource } from './scan-source.ts';

/** What a look-up brought. */
export type Fact =
  /** Nobody needed it, or there is nothing to look up. */
  | { readonly kind: 'NotAsked' }
  | { readonly kind: 'Found'; readonly object: KubeObject }
  | { readonly kind: 'Missing' }
  /** It could not be found out. The text says why. */
  | { readonly kind: 'Failed'; readonly error: string };

/** What is known without being asked for. */
export interface Circumstances {
  /** What is known of scanned images. */
  readonly scans: ScanSource;
  /** The time at which the review is judged. */
  readonly now: Date;
}

/** What the cluster adds to a review. */
export interface Facts extends Circumstances {
  /** The object that a review with a foreign body acts on. */
  readonly parent: Fact;
  /** The namespace of a namespaced object. */
  readonly namespace: Fact;
}

/** The fact that was not asked for. */
export const NOT_ASKED: Fact = { kind: 'NotAsked' };

/** Nothing is known: for what is not evaluated. */
export const NO_FACTS: Facts = {
  parent: NOT_ASKED,
  namespace: NOT_ASKED,
  scans: { kind: 'Unavailable', why: 'they were not asked for' },
  now: new Date(0),
};

/** The object of a fact, if there is one. */
export function objectOf(fact: Fact): KubeObject | undefined {
  return fact.kind === 'Found' ? fact.object : undefined;
}
