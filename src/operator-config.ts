import type { LogLevel } from './telemetry/logger.ts';

/** Everything that can be set of the operator. Durations are milliseconds unless they say otherwise. */
export interface OperatorConfig {
  /** Undefined inside a cluster. */
  readonly kubeconfig: string | undefined;
  /** Where the API server reaches the webhook when it is not behind a Service, without a path. */
  readonly webhookUrl: URL | undefined;
  readonly namespace: string;
  readonly serviceName: string;
  readonly bindAddress: string;
  /** The port of the webhook; 0 picks a free one. */
  readonly port: number;
  /** The port of /livez, /readyz and /metrics; 0 picks a free one. */
  readonly probePort: number;
  readonly logLevel: LogLevel;
  /** How long requests are still answered after the operator said that it is not ready, at the end. */
  readonly shutdownDelay: number;
  /** Repeats of one decision within this time become one record. */
  readonly auditWindow: number;
  readonly retentionAge: number;
  /** Records per namespace. */
  readonly retentionCount: number;
  /** How long a watch may be silent before it is taken for dead. */
  readonly watchInactivity: number;
  /** How old the loaded guardrails may be before requests are refused as not ready. */
  readonly maxStaleness: number;
}
