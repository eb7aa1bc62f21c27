import { register } from 'prom-client';
import { expect, test } from 'vitest';
import { Metrics } from '../../../src/telemetry/metrics.ts';

const create = (): Metrics => new Metrics({ version: '1.2.3', nodeVersion: 'v24.0.0' });

test.each<[string, (metrics: Metrics) => void, string]>([
  [
    'a decision',
    (metrics) => metrics.decided({ guardrail: 'g', decision: 'Denied', enforcement: 'Deny', operation: 'DELETE' }),
    'guardrails_decisions_total{guardrail="g",decision="Denied",enforcement="Deny",operation="DELETE"} 1',
  ],
  [
    'an answered request',
    (metrics) => metrics.answered({ operation: 'UPDATE', allowed: false, dryRun: true }, 0.003),
    'guardrails_admission_requests_total{operation="UPDATE",allowed="false",dry_run="true"} 1',
  ],
  [
    'how long an answer took',
    (metrics) => metrics.answered({ operation: 'UPDATE', allowed: true, dryRun: false }, 0.003),
    'guardrails_admission_duration_seconds_bucket{le="0.005"} 1',
  ],
  [
    'a guardrail',
    (metrics) => metrics.guardrailsLoaded([{ guardrail: 'g', enforcement: 'Warn', ready: true }]),
    'guardrails_guardrail_info{guardrail="g",enforcement="Warn",ready="true"} 1',
  ],
  ['the audit queue', (metrics) => metrics.auditQueueDepth(7), 'guardrails_audit_queue_depth 7'],
  ['a record', (metrics) => metrics.auditRecord('Created'), 'guardrails_audit_records_total{result="Created"} 1'],
  ['a gap', (metrics) => metrics.auditDropped('QueueFull', 3), 'guardrails_audit_dropped_total{reason="QueueFull"} 3'],
  ['a repeat', (metrics) => metrics.auditCoalesced(), 'guardrails_audit_coalesced_total 1'],
  ['a removal', (metrics) => metrics.auditRemoved(2), 'guardrails_audit_removed_total 2'],
  [
    'a restarted watch',
    (metrics) => metrics.watchRestarted('guardrails', 'Silent'),
    'guardrails_list_watch_restarts_total{resource="guardrails",reason="Silent"} 1',
  ],
  [
    'staleness',
    (metrics) => metrics.watchStarted('guardrails', () => 12.5),
    'guardrails_list_watch_staleness_seconds{resource="guardrails"} 12.5',
  ],
  [
    'staleness before the first list',
    (metrics) => metrics.watchStarted('guardrails', () => Number.POSITIVE_INFINITY),
    'guardrails_list_watch_staleness_seconds{resource="guardrails"} +Inf',
  ],
  [
    'the certificate',
    (metrics) => metrics.certificateExpires(new Date('2027-01-01T00:00:00Z')),
    'guardrails_webhook_certificate_expiry_timestamp_seconds 1798761600',
  ],
  ['the webhook', (metrics) => metrics.webhookConfigured(true), 'guardrails_webhook_configured 1'],
  ['a repair', (metrics) => metrics.webhookConfigurationRepaired(), 'guardrails_webhook_configuration_repairs_total 1'],
  ['the build', () => undefined, 'guardrails_build_info{version="1.2.3",node_version="v24.0.0"} 1'],
])('%s is shown', async (_, event, line) => {
  const metrics = create();
  event(metrics);
  const { body } = await metrics.render();
  expect(body.split('\n')).toContain(line);
});

test('a guardrail that is no longer there is no longer shown', async () => {
  const metrics = create();
  metrics.guardrailsLoaded([{ guardrail: 'gone', enforcement: 'Deny', ready: true }]);
  metrics.guardrailsLoaded([{ guardrail: 'new', enforcement: 'Deny', ready: false }]);
  const { body } = await metrics.render();
  expect(body).not.toContain('guardrail="gone"');
  expect(body).toContain('guardrail="new"');
});

test('the process is shown too, in a format that Prometheus reads', async () => {
  const { contentType, body } = await create().render();
  expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(body).toMatch(/^process_cpu_seconds_total \d/m);
});

test('every metric of ours has a help text and is there from the start or from its first event', async () => {
  const { body } = await create().render();
  const names = [...body.matchAll(/^# HELP (guardrails_\w+) ./gm)].map(([, name]) => name);
  expect(names).toHaveLength(15);
});

test('before there is a certificate, its end is not shown', async () => {
  const { body } = await create().render();
  expect(body).not.toMatch(/^guardrails_webhook_certificate_expiry_timestamp_seconds/m);
});

test('nothing is in the registry that all of a process share', () => {
  create();
  create();
  expect(register.getMetricsAsArray()).toEqual([]);
});
