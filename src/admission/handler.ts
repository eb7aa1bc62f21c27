import { matchesStatically } from '../policy/candidate.ts';
import type { Decision } from '../policy/decision.ts';
import { evaluate } from '../policy/evaluate.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import { requirementsOf } from '../policy/requirements.ts';
import type { Review } from '../policy/review.ts';
import { type AdmissionReview, reviewOf } from './admission-review.ts';
import { decodeReview } from './decode.ts';
import { gatherFacts, type NamespaceCache } from './facts.ts';
import type { Lookup, ViolationSink } from './ports.ts';
import { respond } from './respond.ts';

/** What the operator knows at one moment. It is read once a review, and never changes while it is read. */
export interface Snapshot {
  readonly index: PolicyIndex;
  readonly namespaces: NamespaceCache;
}

/** Gives the current snapshot: undefined until everything is loaded, and when it is too old to be trusted. */
export interface PolicySource {
  current(): Snapshot | undefined;
}

/** The operator can't judge yet, or any more: failurePolicy decides. */
export class NotReadyError extends Error {}

/** What the handler works with. */
export interface HandlerDeps {
  readonly source: PolicySource;
  readonly lookup: Lookup;
  readonly sink: ViolationSink;
  readonly clock: () => Date;
  /** Told of every answer and of how long it took, for the metrics. */
  readonly onDecision: (review: Review, decision: Decision, seconds: number) => void;
}

/** Answers the body of an admission request that came to the entry of a group. Throws DecodeError or NotReadyError. */
export type AdmissionHandler = (body: Uint8Array, groupId: string, signal: AbortSignal) => Promise<AdmissionReview>;

/** The way of a request: decode, candidates, look-ups if any candidate needs them, evaluate, record, respond. */
export function createHandler({ source, lookup, sink, clock, onDecision }: HandlerDeps): AdmissionHandler {
  return async (body, groupId, signal) => {
    const started = performance.now();
    const snapshot = source.current();
    if (snapshot === undefined) throw new NotReadyError('the guardrails are not loaded yet');
    const review = decodeReview(body);
    const { index, namespaces } = snapshot;
    const candidates = index.candidates(review, groupId).filter((guardrail) => matchesStatically(guardrail, review));
    const facts = await gatherFacts(review, requirementsOf(candidates, review), namespaces, lookup, signal);
    const decision = evaluate(candidates, review, facts, index.info(review));
    const records = sink.offer(review, decision, clock());
    onDecision(review, decision, (performance.now() - started) / 1000);
    return reviewOf(respond(review.uid, decision, records));
  };
}
