import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GuardrailViolation } from '../../../src/api/v1alpha1.ts';
import { GuardedCluster, type Stored } from '../support/guarded-cluster.ts';
import { eventually } from '../support/poll.ts';
import { HttpClient } from './support/http-client.ts';
import { configMap, filledNamespace, keepConfigMaps, sorted } from './support/objects.ts';
import { onPort } from './support/operators.ts';
import { logLines, metric, metricsText } from './support/probes.ts';

const KEPT = 'kept';
const SYSTEM = 'guardrails-system';

let cluster: GuardedCluster;
let client: HttpClient;

/** More than any other test here makes in a namespace. */
const KEPT_RECORDS = 20;
const TOO_MANY = 5;
/** A namespace with too many records, and those that are to be left of them. */
let many: string;
let newest: string[];

beforeAll(async () => {
  cluster = await GuardedCluster.start({ auditLog: 'Metadata' });
  client = new HttpClient(cluster.controlPlane.adminKubeconfig);
  // Who may let a namespace go with all that is in it.
  await cluster.guard({ [KEPT]: keepConfigMaps({}, { subjects: { exclude: [{ kind: 'User', name: 'owner' }] } }) });
  const { namespace, names, deny } = await scene('many', KEPT_RECORDS + TOO_MANY);
  await deny();
  const all = await eventually(
    async () => {
      const records = await recordNames(namespace);
      return records.length === names.length && records;
    },
    { message: 'all are on record' },
  );
  many = namespace;
  newest = sorted(all).slice(TOO_MANY);
  const { port } = cluster.operator;
  await cluster.operator.stop();
  await cluster.startOperator([...onPort(port), '--retention-count', String(KEPT_RECORDS)]);
});

const recordNames = async (namespace: string): Promise<string[]> =>
  (await cluster.records(KEPT))
    .filter(({ metadata }) => metadata?.namespace === namespace)
    .map(({ metadata }) => metadata?.name ?? '');

afterAll(async () => {
  client.close();
  await cluster.stop();
});

const countOf = ({ status }: GuardrailViolation): number => status?.count ?? 1;
const total = (records: readonly GuardrailViolation[]): number => records.reduce((sum, one) => sum + countOf(one), 0);

/** The records of what was denied in a namespace, wherever they are. */
const denialsIn = async (namespace: string): Promise<GuardrailViolation[]> =>
  (await cluster.records(KEPT)).filter(({ spec }) => spec.action.namespace === namespace && spec.decision === 'Denied');

const remove = (namespace: string, name: string) =>
  client.send('DELETE', `/api/v1/namespaces/${namespace}/configmaps/${name}`);

/** A namespace with that many ConfigMaps that may not be deleted. */
async function scene(prefix: string, count: number) {
  const namespace = await filledNamespace(cluster, prefix);
  const names = Array.from({ length: count }, (_, index) => `keep-${prefix}-${index}`);
  await cluster.admin.create(...names.map((name) => configMap(namespace, name)));
  const deny = async (): Promise<number> => {
    const began = performance.now();
    const answers = await Promise.all(names.map((name) => remove(namespace, name)));
    expect(answers.map(({ body }) => body.message)).toEqual(
      names.map((name) => expect.stringContaining(`Guardrail "${KEPT}" denied Delete of configmaps/${name}`)),
    );
    return performance.now() - began;
  };
  return { namespace, names, deny };
}

describe('the audit trail', () => {
  test('while the API of the records is not allowed, requests are judged as ever, and the backlog is written afterwards', async () => {
    const { namespace, names, deny } = await scene('backlog', 10);
    const { rules } = await cluster.admin.get('clusterrole', 'guardrails-operator');
    const setRules = async (list: readonly Stored[], isAllowed: boolean): Promise<void> => {
      await cluster.admin.must([
        'patch',
        'clusterrole',
        'guardrails-operator',
        '--type=merge',
        '-p',
        JSON.stringify({ rules: list }),
      ]);
      const question = [
        'auth',
        'can-i',
        'create',
        'guardrailviolations',
        '--as=system:serviceaccount:guardrails-system:guardrails-operator',
      ];
      await eventually(async () => ((await cluster.admin.kubectl(question)).code === 0) === isAllowed, {
        message: 'the rights are in force',
      });
    };
    const dropped = await metric(cluster.operator, 'guardrails_audit_dropped_total');
    await setRules(
      rules.filter(({ resources }: Stored) => !resources[0].startsWith('guardrailviolations')),
      false,
    );
    try {
      expect(await deny()).toBeLessThan(5_000);
      await eventually(
        () =>
          logLines(cluster.operator).some(({ message }) => /could not be written|missing from/.test(String(message))),
        {
          message: 'the operator has tried to write',
        },
      );
      expect(await cluster.admin.must(['get', 'guardrailviolations', '-n', namespace, '-o', 'name'])).toBe('');
    } finally {
      await setRules(rules, true);
    }
    await eventually(
      async () => {
        const recorded = (await denialsIn(namespace)).map(({ spec }) => spec.action.name ?? '');
        const lost = (await metric(cluster.operator, 'guardrails_audit_dropped_total')) - dropped;
        expect({ recorded: sorted(recorded), lost }).toEqual({ recorded: names, lost: 0 });
        return true;
      },
      { timeoutMs: 40_000, message: 'the backlog is written' },
    );
  });

  test('a record that a quota of its namespace forbids goes to the namespace of the operator, with a label', async () => {
    const { namespace, names, deny } = await scene('quota', 3);
    await cluster.admin.create({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'no-records', namespace },
      spec: { hard: { 'count/guardrailviolations.guardrails.dev': '0' } },
    });
    await cluster.admin.must(['wait', '--for=jsonpath={.status.hard}', 'resourcequota/no-records', '-n', namespace]);
    await deny();
    const records = await eventually(
      async () => {
        const all = await denialsIn(namespace);
        return all.length === names.length && all;
      },
      { message: 'all are on record' },
    );
    for (const { metadata } of records) {
      expect(metadata).toMatchObject({ namespace: SYSTEM, labels: { 'guardrails.dev/namespace': namespace } });
    }
  });

  test('what is denied in a namespace that is terminating is on record in the namespace of the operator', async () => {
    const { namespace, names, deny } = await scene('ending', 1);
    const [name = ''] = names;
    await cluster.admin.must([
      'patch',
      'configmap',
      name,
      '-n',
      namespace,
      '--type=merge',
      '-p',
      '{"metadata":{"finalizers":["example.org/held"]}}',
    ]);
    const owner = await cluster.person('owner', { grant: { clusterRole: 'cluster-admin' } });
    await owner.must(['delete', 'namespace', namespace, '--wait=false']);
    await cluster.admin.must(['wait', '--for=jsonpath={.status.phase}=Terminating', `namespace/${namespace}`]);
    await deny();
    const [record] = await eventually(
      async () => {
        const all = await denialsIn(namespace);
        return all.length === 1 && all;
      },
      { message: 'it is on record' },
    );
    expect(record?.metadata).toMatchObject({ namespace: SYSTEM, labels: { 'guardrails.dev/namespace': namespace } });
  });

  test('500 identical denials are few objects, and their counts add up exactly', async () => {
    const { namespace, names } = await scene('repeats', 1);
    const answers = await Promise.all(Array.from({ length: 500 }, () => remove(namespace, names[0] ?? '')));
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(500);
    await eventually(
      async () => {
        expect(total(await denialsIn(namespace))).toBe(500);
        return true;
      },
      { message: 'the sum is exact' },
    );
    // One a minute, and the denials may have lasted from one minute into the next.
    expect((await denialsIn(namespace)).length).toBeLessThanOrEqual(2);
  });

  test("the API server's own audit log names the record, which the denial names too", async () => {
    const { namespace, names } = await scene('annotated', 1);
    const { stderr } = await cluster.admin.kubectl(['delete', 'configmap', names[0] ?? '', '-n', namespace]);
    const record = /\[record ([^\]]+)\]/.exec(stderr)?.[1] ?? '';
    expect(record).toMatch(/^[0-9a-z]{7}-[0-9a-f]{12}$/);
    const event = await eventually(
      () =>
        readFileSync(cluster.controlPlane.auditLogFile ?? '', 'utf8')
          .split('\n')
          .filter((line) => line.includes(`"${names[0]}"`) && line.includes('"verb":"delete"'))
          .map((line) => JSON.parse(line) as Stored)[0],
      { message: 'the request is in the audit log' },
    );
    const annotations = Object.entries(event.annotations as Record<string, string>).filter(([key]) =>
      key.includes('guardrails.dev/'),
    );
    expect(Object.fromEntries(annotations.map(([key, value]) => [key.split('/')[1], value]))).toMatchObject({
      decisions: `${KEPT}=Denied`,
      records: record,
    });
    expect(annotations[0]?.[0]).toMatch(/^fail-[0-9a-f]+\.validate\.guardrails\.dev\//);
    await eventually(async () => (await denialsIn(namespace)).some(({ metadata }) => metadata?.name === record), {
      message: 'the record has that name',
    });
  });

  test('each decision is one line of the log, in JSON', async () => {
    const { namespace, names, deny } = await scene('logged', 7);
    await deny();
    await deny();
    const lines = await eventually(
      () => {
        const found = logLines(cluster.operator).filter((line) => line.namespace === namespace);
        return found.length >= 14 && found;
      },
      { message: 'the decisions are logged' },
    );
    expect(sorted(lines.map(({ name }) => String(name)))).toEqual(sorted([...names, ...names]));
    for (const line of lines) {
      expect(line).toMatchObject({
        time: expect.stringMatching(/^\d{4}-/),
        level: 'info',
        message: 'decision',
        decision: 'Denied',
        guardrail: KEPT,
        action: 'Delete',
        operation: 'DELETE',
        resource: 'configmaps',
        user: 'admin',
        record: expect.any(String),
      });
    }
  });

  test('metrics have their documented names, and name neither subjects nor objects', async () => {
    const { namespace, names, deny } = await scene('measured', 1);
    await deny();
    const text = await metricsText(cluster.operator);
    const found = new Set([...text.matchAll(/^# TYPE (guardrails_\w+)/gm)].map(([, name = '']) => name));
    expect(sorted([...found])).toEqual([
      'guardrails_admission_duration_seconds',
      'guardrails_admission_requests_total',
      'guardrails_audit_coalesced_total',
      'guardrails_audit_dropped_total',
      'guardrails_audit_queue_depth',
      'guardrails_audit_records_total',
      'guardrails_audit_removed_total',
      'guardrails_build_info',
      'guardrails_decisions_total',
      'guardrails_guardrail_info',
      'guardrails_list_watch_restarts_total',
      'guardrails_list_watch_staleness_seconds',
      'guardrails_webhook_certificate_expiry_timestamp_seconds',
      'guardrails_webhook_configuration_repairs_total',
      'guardrails_webhook_configured',
    ]);
    expect(text).toContain(`guardrail="${KEPT}",decision="Denied",enforcement="Deny",operation="DELETE"`);
    for (const name of [namespace, ...names, 'admin', 'system:masters']) {
      expect(text).not.toContain(`"${name}"`);
    }
    expect(await metric(cluster.operator, 'guardrails_webhook_certificate_expiry_timestamp_seconds')).toBeGreaterThan(
      Date.now() / 1000,
    );
  });
});

describe('retention', () => {
  test('the newest --retention-count records of each namespace are kept', { timeout: 90_000 }, async () => {
    await eventually(
      async () => {
        expect(sorted(await recordNames(many))).toEqual(newest);
        return true;
      },
      // The first sweep comes within a minute after the start, at a time that is not known before.
      { timeoutMs: 75_000, intervalMs: 250, message: 'there was a sweep' },
    );
    expect(await metric(cluster.operator, 'guardrails_audit_removed_total')).toBe(TOO_MANY);
  });
});
