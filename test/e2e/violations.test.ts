import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GuardrailViolation } from '../../src/api/v1alpha1.ts';
import { KubeClient } from '../../src/kube/client.ts';
import type { PooledKubeConfig } from '../../src/kube/connection-pool.ts';
import { loadKubeConfig } from '../../src/kube/kube-config.ts';
import { ViolationStore } from '../../src/kube/violation-store.ts';
import { decide, type Finding } from '../../src/policy/decision.ts';
import type { Review } from '../../src/policy/review.ts';
import { type ControlPlane, startControlPlane } from '../../src/sandbox/control-plane.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { DropReport } from '../../src/violations/drop-report.ts';
import type { DropReason } from '../../src/violations/ports.ts';
import { ViolationQueue } from '../../src/violations/queue.ts';
import { ViolationRetention } from '../../src/violations/retention.ts';
import { systemClock } from '../../src/violations/system-clock.ts';
import { ViolationWriter } from '../../src/violations/writer.ts';
import { kubectl, kubectlOk } from './support/kubectl.ts';
import { eventually } from './support/poll.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OPERATOR = { namespace: 'guardrails-system', name: 'guardrails-operator' };
// In the order in which they need each other.
const INSTALL = ['-k', 'crds', '-k', 'config/namespace', '-k', 'config/rbac', '-k', 'config/policy'];

const WRITTEN_BY_OPERATOR = 'records of the audit trail are written by the operator alone: read them, and leave it to';

let controlPlane: ControlPlane;
let operatorKubeconfig: string;
let aliceKubeconfig: string;
let operatorConfig: PooledKubeConfig;
let store: ViolationStore;

beforeAll(async () => {
  controlPlane = await startControlPlane({ env: process.env });
  for (let index = 0; index < INSTALL.length; index += 2) {
    await asAdmin(['apply', INSTALL[index] ?? '', `${ROOT}${INSTALL[index + 1]}`]);
  }
  await asAdmin(['create', 'clusterrole', 'everything-on-violations', '--verb=*', '--resource=*.guardrails.dev']);
  await asAdmin(['create', 'clusterrolebinding', 'alice', '--clusterrole=everything-on-violations', '--user=alice']);
  aliceKubeconfig = await controlPlane.kubeconfig({ user: 'alice', groups: [] });
  operatorKubeconfig = await controlPlane.serviceAccountKubeconfig(OPERATOR);
  operatorConfig = loadKubeConfig({ kubeconfig: operatorKubeconfig });
  store = new ViolationStore(new KubeClient(operatorConfig));
  await eventually(policyIsInForce, { message: 'the policy is in force' });
});

afterAll(async () => {
  await operatorConfig.close();
  await controlPlane.stop();
});

const asAdmin = (args: readonly string[], options = {}) =>
  kubectlOk(controlPlane, controlPlane.adminKubeconfig, args, options);

/** A policy takes effect some time after it was stored. A dry run passes through it too. */
async function policyIsInForce(): Promise<boolean> {
  const args = ['create', '--dry-run=server', '-f', '-'];
  const { stderr } = await kubectl(controlPlane, controlPlane.adminKubeconfig, args, {
    stdin: JSON.stringify(handmade('default', 'probe')),
  });
  return stderr.includes('written by the operator alone');
}

const handmade = (namespace: string, name: string): GuardrailViolation => ({
  apiVersion: 'guardrails.dev/v1alpha1',
  kind: 'GuardrailViolation',
  metadata: { namespace, name },
  spec: {
    decision: 'Denied',
    guardrail: { name: 'forged', uid: 'u', generation: 1 },
    severity: 'Low',
    enforcement: 'Deny',
    action: { type: 'Update', types: ['Update'], operation: 'UPDATE', resource: 'pods', target: 'pods/x' },
    subject: { username: 'bob' },
    time: '2026-03-01T12:00:00.000000Z',
    operatorInstance: 'nobody',
    sequence: 1,
  },
});

const review = (parts: Partial<Review> = {}): Review => ({
  uid: '7b1f9a3e-0c1d-4b52-a7a4-2d6b0a3c9f10',
  operation: 'UPDATE',
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  subresource: '',
  namespace: 'shop',
  name: 'web',
  subject: { username: 'system:serviceaccount:ci:deployer', groups: ['system:serviceaccounts'] },
  options: { fieldManager: 'kubectl-scale' },
  dryRun: false,
  ...parts,
});

const FINDING: Finding = {
  guardrail: { name: 'no-sudden-scale-down', uid: '11111111-2222-3333-4444-555555555555', generation: 3 },
  severity: 'High',
  enforcement: 'Deny',
  auditAllowed: 'Record',
  outcome: 'Denied',
  reason: 'Tripped',
  action: 'ScaleDown',
  actions: ['ScaleDown', 'Update'],
  changes: [{ path: '$.spec.replicas', from: 10, to: 2 }],
  message: 'replicas 10 -> 2 (-80%).',
};

let runs = 0;

/** The audit trail of one replica of the operator, against the real API server. */
function startReplica() {
  runs += 1;
  const identity = { operatorInstance: `run-${runs}`, operatorNamespace: OPERATOR.namespace };
  const drops: Partial<Record<DropReason, number>> = {};
  const metrics = {
    recorded: () => undefined,
    dropped: (reason: DropReason, decisions: number) => {
      drops[reason] = (drops[reason] ?? 0) + decisions;
    },
    retried: () => undefined,
  };
  const parts = { clock: systemClock, metrics, log: silentLogger };
  const report = new DropReport(parts);
  const queue = new ViolationQueue({ ...identity, ...parts, drops: report });
  const writer = new ViolationWriter({ ...identity, ...parts, drops: report, queue, api: store });
  writer.start();
  const offer = (parts: Partial<Review> = {}, time = new Date(), finding = FINDING) =>
    queue.offer(review(parts), decide([finding]), time)[0] ?? 'dropped';
  return { offer, drops, flush: () => writer.flush(10_000) };
}

/** Makes a namespace of that name with one record in it, and returns the record's name. */
async function namespaceWithRecord(namespace: string): Promise<string> {
  await asAdmin(['create', 'namespace', namespace]);
  const { offer, flush } = startReplica();
  const name = offer({ namespace });
  await flush();
  return name;
}

describe('the audit trail on a real API server', () => {
  test('a record is stored as it was made, and kubectl shows what happened in one line', async () => {
    const name = await namespaceWithRecord('shop');
    const { spec, metadata, status } = await store.get('shop', name);
    expect(spec).toMatchObject({
      decision: 'Denied',
      action: { target: 'deployments.apps/web', namespace: 'shop' },
      changes: [{ path: '$.spec.replicas', from: '10', to: '2' }],
      subject: { serviceAccount: { namespace: 'ci', name: 'deployer' } },
      fieldManager: 'kubectl-scale',
    });
    expect(metadata?.labels).toEqual({
      'guardrails.dev/guardrail': 'no-sudden-scale-down',
      'guardrails.dev/decision': 'Denied',
    });
    expect(status).toBeUndefined();
    const [header, row] = (await asAdmin(['get', 'gdrv', '-n', 'shop'])).split('\n');
    expect(header?.split(/ {2,}/)).toEqual([
      'NAME',
      'DECISION',
      'GUARDRAIL',
      'ACTION',
      'RESOURCE',
      'SUBJECT',
      'COUNT',
      'AGE',
    ]);
    expect(row).toContain(
      `${name}   Denied     no-sudden-scale-down   ScaleDown   deployments.apps/web   system:serviceaccount:ci:deployer`,
    );
  });

  test('it is found by its fields', async () => {
    const selector =
      '--field-selector=spec.decision=Denied,spec.action.name=web,spec.guardrail.name=no-sudden-scale-down';
    expect(await asAdmin(['get', 'gdrv', '-n', 'shop', selector, '-o', 'name'])).toContain('guardrailviolation');
    expect(await asAdmin(['get', 'gdrv', '-n', 'shop', '--field-selector=spec.decision=Warned', '-o', 'name'])).toBe(
      '',
    );
  });

  test('three replicas that see the same at the same time count it exactly, in one record', async () => {
    await asAdmin(['create', 'namespace', 'busy']);
    const replicas = [startReplica(), startReplica(), startReplica()];
    // One moment for all, so that the end of a window can't come between.
    const time = new Date();
    const names = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      for (const { offer } of replicas) {
        names.add(offer({ namespace: 'busy' }, time));
        names.add(offer({ namespace: 'busy' }, time));
      }
      await new Promise((resolve) => setTimeout(resolve, 700));
    }
    await Promise.all(replicas.map(({ flush }) => flush()));
    expect(names.size).toBe(1);
    const { status } = await store.get('busy', [...names][0] ?? '');
    expect(status?.count).toBe(18);
    expect(status?.ranges?.map(({ count, first, last }) => [count, first, last])).toEqual(Array(3).fill([6, 1, 6]));
    expect(await asAdmin(['get', 'gdrv', '-n', 'busy', '--no-headers'])).toMatch(/deployer +18 +\d+s/);
  });

  test('a request made to be as large as can be is stored', async () => {
    const nasty = '\u0001😀"\\'.repeat(4_000);
    await asAdmin(['create', 'namespace', 'nasty']);
    const { offer, drops, flush } = startReplica();
    const changes = Array.from({ length: 50 }, (_, index) => ({
      path: `$.a${index}${nasty}`,
      from: nasty,
      to: [nasty],
    }));
    const subject = { username: nasty, groups: Array.from({ length: 100 }, () => nasty) };
    const name = offer({ namespace: 'nasty', subject }, new Date(), { ...FINDING, message: nasty, changes });
    await flush();
    expect(drops).toEqual({});
    expect((await store.get('nasty', name)).spec.changesTruncated).toBeGreaterThan(0);
  });
});

describe('where a namespace refuses records', () => {
  test('a quota sends them to the namespace of the operator, with a label', async () => {
    await asAdmin(['create', 'namespace', 'full']);
    await asAdmin(['create', 'quota', 'none', '-n', 'full', '--hard=count/guardrailviolations.guardrails.dev=0']);
    await eventually(
      async () => (await asAdmin(['get', 'quota', 'none', '-n', 'full', '-o', 'jsonpath={.status.hard}'])) !== '',
      { message: 'the quota is in force' },
    );
    const { offer, drops, flush } = startReplica();
    const name = offer({ namespace: 'full' });
    offer({ namespace: 'full' });
    await flush();
    const stored = await store.get(OPERATOR.namespace, name);
    expect(stored.metadata?.labels).toMatchObject({ 'guardrails.dev/namespace': 'full' });
    expect([stored.spec.action.namespace, stored.status?.count, drops]).toEqual(['full', 2, {}]);
  });

  test('so does a namespace that ends', async () => {
    await asAdmin(['create', 'namespace', 'ending']);
    // A finalizer of somebody else keeps it there.
    await asAdmin(['create', 'configmap', 'keeper', '-n', 'ending']);
    const patch = (finalizers: string) =>
      asAdmin(['patch', 'configmap', 'keeper', '-n', 'ending', '-p', `{"metadata":{"finalizers":${finalizers}}}`]);
    await patch('["example.com/keep"]');
    await asAdmin(['delete', 'namespace', 'ending', '--wait=false']);
    const { offer, drops, flush } = startReplica();
    const name = offer({ namespace: 'ending' });
    await flush();
    await patch('null');
    const stored = await store.get(OPERATOR.namespace, name);
    expect([stored.metadata?.labels?.['guardrails.dev/namespace'], drops]).toEqual(['ending', {}]);
  });

  test('so does one that is not there', async () => {
    const { offer, flush } = startReplica();
    const name = offer({ namespace: 'never-was' });
    await flush();
    expect((await store.get(OPERATOR.namespace, name)).spec.action.namespace).toBe('never-was');
  });

  test('records of objects of the cluster go there without a label', async () => {
    const { offer, flush } = startReplica();
    const name = offer({ group: '', resource: 'namespaces', namespace: 'shop', name: 'shop', operation: 'DELETE' });
    await flush();
    const { metadata, spec } = await store.get(OPERATOR.namespace, name);
    expect(metadata?.labels).not.toHaveProperty('guardrails.dev/namespace');
    expect(spec.action.target).toBe('namespaces/shop');
  });
});

describe('nobody but the operator writes records', () => {
  let name: string;
  beforeAll(async () => {
    name = await namespaceWithRecord('guarded');
  });

  const people = [
    { who: 'a user with all rights on violations', kubeconfig: () => aliceKubeconfig },
    { who: 'an administrator in system:masters', kubeconfig: () => controlPlane.adminKubeconfig },
  ];
  const attempts: readonly { what: string; args: () => string[]; refusal?: string }[] = [
    { what: 'create one', args: () => ['create', '-f', '-'] },
    { what: 'delete one', args: () => ['delete', 'gdrv', name, '-n', 'guarded'] },
    { what: 'delete all', args: () => ['delete', 'gdrv', '--all', '-n', 'guarded'] },
    {
      what: 'delete a collection',
      args: () => ['delete', '--raw', '/apis/guardrails.dev/v1alpha1/namespaces/guarded/guardrailviolations'],
    },
    { what: 'label one', args: () => ['label', 'gdrv', name, '-n', 'guarded', 'a=b'] },
    {
      what: 'change one',
      // The rule in the CRD comes before the policy.
      refusal: 'spec must not change, since a record is written once',
      args: () => ['patch', 'gdrv', name, '-n', 'guarded', '--type=merge', '-p', '{"spec":{"decision":"Allowed"}}'],
    },
    {
      what: 'change a status',
      args: () => [
        'patch',
        'gdrv',
        name,
        '-n',
        'guarded',
        '--subresource=status',
        '--type=merge',
        '-p',
        '{"status":{"count":1}}',
      ],
    },
  ];
  const cases = people.flatMap((person) => attempts.map((attempt) => ({ ...person, ...attempt })));

  test.each(cases)("$who can't $what", async ({ kubeconfig, args, refusal = WRITTEN_BY_OPERATOR }) => {
    const stdin = JSON.stringify(handmade('guarded', 'forged'));
    const { code, stderr } = await kubectl(controlPlane, kubeconfig(), args(), { stdin });
    expect(stderr).toContain(refusal);
    expect(code).toBe(1);
    expect((await asAdmin(['get', 'gdrv', '-n', 'guarded', '-o', 'name'])).trim()).toBe(
      `guardrailviolation.guardrails.dev/${name}`,
    );
  });

  test("the operator's account can't change what it has recorded", async () => {
    // The operator has no right to this by its role: the record itself must refuse.
    await asAdmin([
      'create',
      'rolebinding',
      'operator',
      '-n',
      'guarded',
      '--clusterrole=everything-on-violations',
      `--serviceaccount=${OPERATOR.namespace}:${OPERATOR.name}`,
    ]);
    const patch = ['patch', 'gdrv', name, '-n', 'guarded', '--type=merge', '-p', '{"spec":{"decision":"Allowed"}}'];
    const refusal = await eventually(
      async () => {
        const { stderr } = await kubectl(controlPlane, operatorKubeconfig, patch);
        return stderr.includes('cannot patch') ? undefined : stderr;
      },
      { message: 'the role binding is in force' },
    );
    expect(refusal).toContain('spec must not change, since a record is written once');
  });

  test("the namespace controller can't delete records of a namespace that stays", async () => {
    const controller = await controlPlane.kubeconfig({
      user: 'system:serviceaccount:kube-system:namespace-controller',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
    });
    const { stderr } = await kubectl(controlPlane, controller, ['delete', 'gdrv', name, '-n', 'guarded']);
    expect(stderr).toContain('written by the operator alone');
  });

  test('a namespace with records can be deleted, and nothing of it stays', async () => {
    await namespaceWithRecord('short-lived');
    await asAdmin(['delete', 'namespace', 'short-lived', '--timeout=40s']);
    const { stderr } = await kubectl(controlPlane, controlPlane.adminKubeconfig, ['get', 'namespace', 'short-lived']);
    expect(stderr).toContain('NotFound');
  });
});

test('retention keeps the newest records of each namespace', async () => {
  await asAdmin(['create', 'namespace', 'old']);
  const { offer, flush } = startReplica();
  const now = Date.now();
  const names = [5, 4, 3, 2, 1].map((minutes) => offer({ namespace: 'old' }, new Date(now - minutes * 60_000)));
  await flush();
  let removed = 0;
  const metrics = {
    removed: (count: number) => {
      removed += count;
    },
  };
  const parts = { archive: store, clock: systemClock, metrics, log: silentLogger };
  await new ViolationRetention({ ...parts, maxPerNamespace: 2 }).sweep();
  const left = await asAdmin(['get', 'gdrv', '-n', 'old', '-o', 'jsonpath={.items[*].metadata.name}']);
  expect(left.split(' ')).toEqual(names.slice(3));
  expect(removed).toBeGreaterThanOrEqual(3);
});
