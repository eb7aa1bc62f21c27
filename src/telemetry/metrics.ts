import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** One decision on a matched guardrail. */
export interface DecisionLabels {
  readonly guardrail: string;
  readonly decision: string;
  readonly enforcement: string;
  readonly operation: string;
}

/** One answered admission request. */
export interface AdmissionLabels {
  readonly operation: string;
  readonly allowed: boolean;
  readonly dryRun: boolean;
}

/** What is known of one guardrail. */
export interface GuardrailInfo {
  readonly guardrail: string;
  readonly enforcement: string;
  readonly ready: boolean;
}

/** What is running. */
export interface BuildInfo {
  readonly version: string;
  readonly nodeVersion: string;
}

// From 1 ms, a decision on a warm index, to 5 s, the timeout of the webhook.
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/**
 * The metrics of one process, in a registry of their own. One method per event. Labels are names of guardrails and words of
 * the API, never names of subjects or objects: those have no bound, and are nobody's business who may read metrics.
 */
export class Metrics {
  readonly #registry = new Registry();

  /** By guardrail, and then by its other labels. A thousand guardrails can match one request, so counting must cost nothing. */
  readonly #decisions = new Map<string, Map<string, { readonly labels: DecisionLabels; count: number }>>();
  readonly #requests = this.#counter('admission_requests_total', 'Admission requests that were answered.', [
    'operation',
    'allowed',
    'dry_run',
  ]);
  readonly #duration = new Histogram({
    name: 'guardrails_admission_duration_seconds',
    help: 'Time from the last byte of an admission request to its answer.',
    buckets: DURATION_BUCKETS,
    registers: [this.#registry],
  });
  readonly #guardrails = this.#gauge('guardrail_info', 'The guardrails that are known. Always 1.', [
    'guardrail',
    'enforcement',
    'ready',
  ]);
  readonly #queueDepth = this.#gauge('audit_queue_depth', 'Records that wait to be written.');
  readonly #records = this.#counter('audit_records_total', 'Writes of records, by how they ended.', ['result']);
  readonly #dropped = this.#counter('audit_dropped_total', 'Decisions that no record stands for, by reason.', [
    'reason',
  ]);
  readonly #coalesced = this.#counter(
    'audit_coalesced_total',
    'Decisions that were counted in a record that was already there.',
  );
  readonly #removed = this.#counter('audit_removed_total', 'Records that were removed because of their age or number.');
  readonly #staleness: Gauge;
  readonly #stalenessOf = new Map<string, () => number>();
  readonly #restarts = this.#counter('list_watch_restarts_total', 'Watches that began anew, by reason.', [
    'resource',
    'reason',
  ]);
  readonly #certificateExpiry = this.#gauge(
    'webhook_certificate_expiry_timestamp_seconds',
    'When the serving certificate of the webhook ends, in seconds since the epoch.',
  );
  readonly #configured = this.#gauge(
    'webhook_configured',
    'Whether the webhook configuration in the cluster covers the guardrails in force (1) or not (0).',
  );
  readonly #repairs = this.#counter(
    'webhook_configuration_repairs_total',
    'Times that the webhook configuration had been changed or deleted by somebody else and was repaired.',
  );

  constructor({ version, nodeVersion }: BuildInfo) {
    this.#staleness = new Gauge({
      name: 'guardrails_list_watch_staleness_seconds',
      help: 'Seconds since the copy of a resource was last known to be fresh. About 60 on a quiet cluster.',
      labelNames: ['resource'],
      registers: [this.#registry],
      collect: () => {
        for (const [resource, staleness] of this.#stalenessOf) {
          this.#staleness.set({ resource }, staleness());
        }
      },
    });
    this.#gauge('build_info', 'What is running. Always 1.', ['version', 'node_version']).set(
      { version, node_version: nodeVersion },
      1,
    );
    const decisions = new Counter({
      name: 'guardrails_decisions_total',
      help: 'Decisions on matched guardrails, dry runs included.',
      labelNames: ['guardrail', 'decision', 'enforcement', 'operation'],
      registers: [this.#registry],
      collect: () => {
        decisions.reset();
        for (const counts of this.#decisions.values()) {
          for (const { labels, count } of counts.values()) decisions.inc({ ...labels }, count);
        }
      },
    });
    // Not 0, which is long ago, while nothing is known.
    this.#certificateExpiry.remove();
    collectDefaultMetrics({ register: this.#registry });
  }

  /** A matched guardrail was decided upon. */
  decided(labels: DecisionLabels): void {
    const { guardrail, decision, enforcement, operation } = labels;
    let counts = this.#decisions.get(guardrail);
    if (counts === undefined) {
      counts = new Map();
      this.#decisions.set(guardrail, counts);
    }
    const key = `${decision} ${enforcement} ${operation}`;
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { labels, count: 1 });
    else known.count += 1;
  }

  /** An admission request was answered, after that long. */
  answered({ operation, allowed, dryRun }: AdmissionLabels, seconds: number): void {
    this.#requests.inc({ operation, allowed: String(allowed), dry_run: String(dryRun) });
    this.#duration.observe(seconds);
  }

  /** These are the guardrails that are known now. */
  guardrailsLoaded(guardrails: readonly GuardrailInfo[]): void {
    this.#guardrails.reset();
    for (const { guardrail, enforcement, ready } of guardrails) {
      this.#guardrails.set({ guardrail, enforcement, ready: String(ready) }, 1);
    }
  }

  /** So many records wait to be written. */
  auditQueueDepth(records: number): void {
    this.#queueDepth.set(records);
  }

  /** A write of a record has ended so. */
  auditRecord(result: string): void {
    this.#records.inc({ result });
  }

  /** So many decisions are not on record, for this reason. */
  auditDropped(reason: string, decisions = 1): void {
    this.#dropped.inc({ reason }, decisions);
  }

  /** So many decisions were counted in a record that was already there. */
  auditCoalesced(decisions = 1): void {
    this.#coalesced.inc(decisions);
  }

  /** So many records were removed because of their age or number. */
  auditRemoved(records = 1): void {
    this.#removed.inc(records);
  }

  /** From now on, the staleness of a resource is read from there whenever metrics are read. */
  watchStarted(resource: string, staleness: () => number): void {
    this.#stalenessOf.set(resource, staleness);
  }

  /** A watch began anew. */
  watchRestarted(resource: string, reason: string): void {
    this.#restarts.inc({ resource, reason });
  }

  /** The serving certificate of the webhook ends then. */
  certificateExpires(time: Date): void {
    this.#certificateExpiry.set(time.getTime() / 1000);
  }

  /** The webhook configuration in the cluster covers the guardrails in force, or does not. */
  webhookConfigured(isConfigured: boolean): void {
    this.#configured.set(isConfigured ? 1 : 0);
  }

  /** The webhook configuration had been changed by somebody else and was repaired. */
  webhookConfigurationRepaired(): void {
    this.#repairs.inc();
  }

  /** What a scrape is answered with. */
  async render(): Promise<{ readonly contentType: string; readonly body: string }> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  #counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return new Counter({ name: `guardrails_${name}`, help, labelNames: [...labelNames], registers: [this.#registry] });
  }

  #gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    return new Gauge({ name: `guardrails_${name}`, help, labelNames: [...labelNames], registers: [this.#registry] });
  }
}
