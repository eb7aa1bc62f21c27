import { stringify } from 'yaml';
import type { ApiServerRow } from './api-server.ts';
import type { DirectRow } from './direct.ts';
import type { EngineRow } from './engine.ts';
import type { Options } from './options.ts';
import { type Column, tableText } from './table.ts';
import type { Measured, TargetResult } from './targets.ts';
import { titleOf } from './variants.ts';

/** All that a run has found. */
export interface Report extends Measured {
  readonly kubernetesVersion: string;
  readonly nodeVersion: string;
  readonly cpus: number;
  readonly rounds: number;
  readonly seconds: number;
  /** The review of the update, as the API server sends it. */
  readonly reviewBytes: number;
  /** The Deployment in it, as the client sends it: without managedFields and status. */
  readonly deploymentBytes: number;
  readonly targets: readonly TargetResult[];
}

/** A report in that format. */
export const reportText = (report: Report, format: Options['format']): string => TEXTS[format](report);

const TEXTS: Readonly<Record<Options['format'], (report: Report) => string>> = {
  table: tables,
  json: (report) => `${JSON.stringify(report, undefined, 2)}\n`,
  yaml: (report) => stringify(report),
};

const fixed =
  (digits: number) =>
  (value: number): string =>
    value.toFixed(digits);
const ms = fixed(2);
const times = fixed(2);
const whole = fixed(0);

const right = <Row>(title: string, value: (row: Row) => string): Column<Row> => ({ title, value, align: 'right' });

const API_SERVER: readonly Column<ApiServerRow>[] = [
  { title: 'THROUGH THE API SERVER', value: ({ variant }) => titleOf(variant) },
  right('CONCURRENCY', ({ concurrency }) => whole(concurrency)),
  right('REQUESTS/S', ({ requestsPerSecond }) => whole(requestsPerSecond)),
  right('P50 MS', ({ p50Ms }) => ms(p50Ms)),
  right('P95 MS', ({ p95Ms }) => ms(p95Ms)),
  right('P99 MS', ({ p99Ms }) => ms(p99Ms)),
  right('P50 TO NO POLICY', ({ p50ToNone }) => times(p50ToNone.median)),
  right('P50 TO NO-OP', ({ p50ToNoop }) => times(p50ToNoop.median)),
];

const DIRECT: readonly Column<DirectRow>[] = [
  { title: 'STRAIGHT TO THE WEBHOOK', value: ({ variant }) => titleOf(variant) },
  right('REVIEWS/S', ({ reviewsPerSecond }) => whole(reviewsPerSecond)),
  right('P50 MS', ({ p50Ms }) => ms(p50Ms)),
  right('P95 MS', ({ p95Ms }) => ms(p95Ms)),
  right('P99 MS', ({ p99Ms }) => ms(p99Ms)),
  right('CPU MS', ({ cpuMs }) => fixed(3)(cpuMs)),
  right('CPU TO NO-OP', ({ cpuToNoop }) => times(cpuToNoop.median)),
  right('CPU TO ONE', ({ cpuToOne }) => times(cpuToOne.median)),
  right('RSS MIB', ({ residentMiB }) => whole(residentMiB)),
];

const engineColumns = (title: string): readonly Column<EngineRow>[] => [
  { title, value: ({ name }) => name },
  right('µS', ({ microseconds }) => fixed(1)(microseconds)),
];

const TARGETS: readonly Column<TargetResult>[] = [
  { title: 'TARGET', value: ({ name }) => name },
  right('AT MOST', ({ limit, unit }) => `${limit} ${unit}`),
  right('MEASURED', ({ value }) => (value === undefined ? '-' : times(value))),
  right('ROUNDS', ({ least, most }) =>
    least === undefined || most === undefined ? '-' : `${times(least)} to ${times(most)}`,
  ),
  { title: 'RESULT', value: ({ result }) => result },
];

function tables(report: Report): string {
  const { engine, start, direct, apiServer, targets } = report;
  return [
    `Kubernetes v${report.kubernetesVersion}, Node.js ${report.nodeVersion}, ${report.cpus} CPUs; ${report.rounds} rounds of ${report.seconds} s.\n` +
      `The update of a Deployment of ${report.deploymentBytes} bytes, as a review of ${report.reviewBytes} bytes.\n`,
    apiServer && tableText(apiServer, API_SERVER),
    direct && tableText(direct, DIRECT),
    engine && tableText([engine.decode, ...engine.evaluations], engineColumns('ENGINE ALONE')),
    engine && tableText(engine.conditions, engineColumns('CONDITION')),
    start &&
      tableText(
        [
          { name: 'ready, seconds', ...start.readySeconds },
          { name: 'memory when loaded, MiB', ...start.loadedMiB },
          { name: 'memory after a burst, MiB', ...start.burstMiB },
        ],
        [
          { title: '1,000 GUARDRAILS', value: ({ name }) => name },
          right('MEDIAN', ({ median }) => times(median)),
          right('LEAST', ({ least }) => times(least)),
          right('MOST', ({ most }) => times(most)),
        ],
      ),
    tableText(targets, TARGETS),
  ]
    .filter((text) => text !== undefined)
    .join('\n');
}
