import type { Decision, Finding } from '../policy/decision.ts';
import type { Review } from '../policy/review.ts';
import { auditOf } from './audit-rule.ts';
import type { Log, LogFields } from './ports.ts';

/** What takes decisions and says which record each will be in. */
export interface DecisionSink {
  offer(review: Review, decision: Decision, time: Date): readonly (string | undefined)[];
}

/**
 * Writes one log line for each decision that a sink is offered, with the name of its record. Neither dry runs nor findings that
 * the guardrail wants nothing of are logged.
 */
export class DecisionLog implements DecisionSink {
  readonly #sink: DecisionSink;
  readonly #log: Log;

  constructor(sink: DecisionSink, log: Log) {
    this.#sink = sink;
    this.#log = log;
  }

  /** As the sink's. */
  offer(review: Review, decision: Decision, time: Date): readonly (string | undefined)[] {
    const records = this.#sink.offer(review, decision, time);
    if (!review.dryRun) {
      this.#log.infoAll(
        'decision',
        [...decision.findings.entries()]
          .filter(([, finding]) => auditOf(finding) !== 'None')
          .map(([index, finding]) => fieldsOf(review, finding, records[index])),
      );
    }
    return records;
  }
}

/** Names only: no bodies, no changes, no messages, since a log is read by more people than a record. */
function fieldsOf(review: Review, finding: Finding, record: string | undefined): LogFields {
  return {
    decision: finding.outcome,
    reason: finding.reason,
    guardrail: finding.guardrail.name,
    generation: finding.guardrail.generation,
    action: finding.action,
    operation: review.operation,
    group: review.group,
    resource: review.resource,
    subresource: review.subresource,
    namespace: review.namespace,
    name: review.name,
    user: review.subject.username,
    requestUid: review.uid,
    record,
  };
}
