import type { Decision } from '../policy/decision.ts';
import type { Review } from '../policy/review.ts';
import { type AdmissionReview, reviewOf } from './admission-review.ts';
import { decodeReview } from './decode.ts';
import { judgeEffects, wholeDecision } from './effects.ts';
import { judgeIn, type Situation, type Snapshot } from './judge.ts';
import type { Lookup, ViolationSink } from './ports.ts';
import { respond } from './respond.ts';
import type { Deadline } from './timeout.ts';

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
export type AdmissionHandler = (body: Uint8Array, groupId: string, deadline: Deadline) => Promise<AdmissionReview>;

/**
 * The way of a request: decode, judge it (candidates, look-ups if any candidate needs them, evaluate) and what it does to
 * other objects, record, respond.
 */
export function createHandler({ source, lookup, sink, clock, onDecision }: HandlerDeps): AdmissionHandler {
  return async (body, groupId, deadline) => {
    const started = performance.now();
    const snapshot = source.current();
    if (snapshot === undefined) throw new NotReadyError('the guardrails are not loaded yet');
    const review = decodeReview(body);
    const circumstances = { scans: snapshot.scans(), now: clock() };
    const situation: Situation = { snapshot, circumstances, groupId, lookup, deadline };
    const judge = judgeIn(situation);
    const judged = [await judge(review), ...(await judgeEffects(review, situation, judge))];
    const decision = wholeDecision(judged);
    const time = clock();
    const records = judged.flatMap((one) => sink.offer(one.review, one.decision, time));
    onDecision(review, decision, (performance.now() - started) / 1000);
    return reviewOf(respond(review.uid, decision, records));
  };
}
