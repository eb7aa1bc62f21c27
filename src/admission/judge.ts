import type { Decision } from '../policy/decision.ts';
import { evaluate } from '../policy/evaluate.ts';
import type { Circumstances, Fact } from '../policy/facts.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import { requirementsOf } from '../policy/requirements.ts';
import type { Review } from '../policy/review.ts';
import type { ScanSource } from '../policy/scan-source.ts';
import { gatherFacts, type NamespaceCache } from './facts.ts';
import type { Lookup } from './ports.ts';
import type { Deadline } from './timeout.ts';

/** What the operator knows at one moment. It is read once a review, and never changes while it is read. */
export interface Snapshot {
  readonly index: PolicyIndex;
  readonly namespaces: NamespaceCache;
  /** What is known of scanned images now. */
  readonly scans: () => ScanSource;
}

/** What a request is judged with. */
export interface Situation {
  readonly snapshot: Snapshot;
  /** Read once a review. */
  readonly circumstances: Circumstances;
  readonly groupId: string;
  readonly lookup: Lookup;
  readonly deadline: Deadline;
}

/** A review, and what was decided of it. */
export interface Judged {
  readonly review: Review;
  readonly decision: Decision;
}

/** Judges one review; `parent` is the object that it acts on, where that was read already, `cause` why nobody named it. */
export type Judge = (review: Review, parent?: Fact, cause?: string) => Promise<Judged>;

/** Candidates, look-ups if any candidate needs them, evaluation. */
export function judgeIn({ snapshot, circumstances, groupId, lookup, deadline }: Situation): Judge {
  const { index, namespaces } = snapshot;
  return async (review, parent, cause) => {
    const candidates = index.matching(review, groupId, circumstances.now);
    const needs = requirementsOf(candidates, review);
    const known = parent === undefined ? needs : { ...needs, parent: false };
    const facts = await gatherFacts(review, known, namespaces, lookup, deadline);
    const all = { ...circumstances, ...facts, ...(parent !== undefined && { parent }) };
    return { review, decision: evaluate(candidates, review, all, index.info(review), cause) };
  };
}
