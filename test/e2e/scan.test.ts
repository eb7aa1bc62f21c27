import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GuardrailSpec, ImageScanCondition } from '../../src/api/v1alpha1.ts';
import { type ScannedWorkload, type ScanResult, vulnerabilityReport } from '../support/vulnerability-report.ts';
import { expectDenied, expectPassed } from './support/decisions.ts';
import { GuardedCluster, type Manifest, type Person } from './support/guarded-cluster.ts';
import type { CommandResult } from './support/kubectl.ts';
import { eventually } from './support/poll.ts';
import { VULNERABILITY_REPORT_CRD, vulnerabilityReportCrd } from './support/vulnerability-report-crd.ts';
import { pod, podSpec, workload } from './support/workloads.ts';

const HOUR = 3_600_000;
const DIGEST = `sha256:${'ab'.repeat(32)}`;
/** Where guardrails look at images, each with its own answer, and where images are scanned. */
const SCENE = ['deny', 'warn', 'allow', 'trusting', 'staging', 'scans'] as const;

let cluster: GuardedCluster;
let alice: Person;
let ns: Readonly<Record<(typeof SCENE)[number], string>>;
let pid: number;

/** What is scanned: it runs nothing, and is there, since reports go with their owner. */
const scanned = new Map<string, ScannedWorkload>();

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  pid = cluster.operator.pid;
  const made = SCENE.map(async (name) => [name, await cluster.namespace(name)]);
  ns = Object.fromEntries(await Promise.all(made));
  alice = await cluster.person('alice', { grant: { clusterRole: 'cluster-admin' } });
  for (const namespace of [ns.staging, ns.scans]) {
    const [set] = await cluster.create(workload('ReplicaSet', { namespace, name: 'web-5d8f', replicas: 0 }));
    const uid: string = set?.metadata.uid;
    scanned.set(namespace, { apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace, name: 'web-5d8f', uid });
  }
  const within = (namespace: string, scan: ImageScanCondition): GuardrailSpec => ({
    enforcement: 'Deny',
    failurePolicy: 'Fail',
    match: {
      actions: ['ImageChange'],
      namespaces: { include: [namespace] },
      // The controllers bring these images in again, in ReplicaSets and Pods.
      subjects: { include: [{ kind: 'User', name: 'alice' }] },
    },
    when: [{ images: { scan } }],
    message: 'Scan it first.',
  });
  const strict = { maxCritical: 0, maxHigh: 10, maxAge: '24h' };
  await cluster.guard({
    deny: within(ns.deny, { ...strict, onSourceUnavailable: 'Deny' }),
    warn: within(ns.warn, { ...strict, onSourceUnavailable: 'Warn' }),
    allow: within(ns.allow, { ...strict, onSourceUnavailable: 'Allow' }),
    trusting: within(ns.trusting, { ...strict, onSourceUnavailable: 'Deny', trustedNamespaces: [ns.scans] }),
  });
});
afterAll(() => cluster?.stop());

/** Tries to bring an image in, by a Deployment that is not kept. */
const bring = (namespace: string, image: string): Promise<CommandResult> =>
  alice.kubectl(['create', '--dry-run=server', '-f', '-'], workload('Deployment', { namespace, name: 'web', image }));

/** Returns when bringing the image in is answered so; the reports are on their way until then. */
const answered = (namespace: string, image: string, text: string): Promise<CommandResult> =>
  eventually(
    async () => {
      const result = await bring(namespace, image);
      if (text === '' ? result.code === 0 && result.stderr === '' : result.stderr.includes(text)) return result;
      throw new Error(`it was answered: ${result.stderr}`);
    },
    { message: `${image} is answered: ${text}`, intervalMs: 100 },
  );
const allowed = (namespace: string, image: string) => answered(namespace, image, '');

/** Writes a report as Trivy Operator does, or rewrites the one that there is of this container. */
async function report(namespace: string, result: ScanResult & { readonly container: string }): Promise<void> {
  const of = scanned.get(namespace);
  if (of === undefined) throw new Error(`nothing is scanned in ${namespace}`);
  const manifest = vulnerabilityReport(of, result) as Manifest;
  await cluster.admin.must(['apply', '--server-side', '--validate=strict', '-f', '-'], manifest);
}

const forget = (namespace: string, container: string): Promise<string> =>
  cluster.admin.must(['delete', 'vulnerabilityreport', `replicaset-web-5d8f-${container}`, '-n', namespace]);

async function installScanner(): Promise<void> {
  await cluster.admin.must(['create', '-f', '-'], vulnerabilityReportCrd(process.env));
  await cluster.admin.must(['wait', '--for=condition=Established', '--timeout=30s', `crd/${VULNERABILITY_REPORT_CRD}`]);
}

const MISSING = 'image docker.io/library/nginx:1.27 can not be looked up: VulnerabilityReports are not served here';

/** What becomes of an image where there is no scanner. */
async function expectUnavailable(): Promise<void> {
  expectDenied(await answered(ns.deny, 'nginx:1.27', MISSING), 'deny', 'ImageChange', `Scan it first. ${MISSING}`);
  const warned = await bring(ns.warn, 'nginx:1.27');
  expect(warned.stderr).toContain('Warning: Guardrail "warn" warns of ImageChange of deployments.apps/web');
  expect(warned.stderr).toContain(MISSING);
  expect(warned.code).toBe(0);
  expectPassed(await bring(ns.allow, 'nginx:1.27'));
  expectDenied(await bring(ns.trusting, 'nginx:1.27'), 'trusting', 'ImageChange', MISSING);
}

test('while there is no scanner, each guardrail says what happens', async () => {
  await expectUnavailable();
});

describe('once there is one', () => {
  const NGINX = 'image docker.io/library/nginx:1.27';

  beforeAll(async () => {
    await installScanner();
  });

  test('an image without a report is refused everywhere, without a restart of the operator', async () => {
    for (const name of ['deny', 'warn', 'allow', 'trusting'] as const) {
      const result = await answered(ns[name], 'nginx:1.27', `Scan it first. ${NGINX} is Unscanned`);
      expectDenied(result, name, 'ImageChange', `${NGINX} is Unscanned`);
    }
    expect(cluster.operator.pid).toBe(pid);
    expect(await cluster.operator.isReady()).toBe(true);
  });

  test('one with a clean report is let in, and refused again as the report says more', async () => {
    await report(ns.staging, { container: 'nginx', tag: '1.27', high: 10 });
    await allowed(ns.deny, 'nginx:1.27');
    expectPassed(await bring(ns.warn, 'docker.io/library/nginx:1.27'));
    expectPassed(await bring(ns.allow, 'index.docker.io/nginx:1.27'));
    expectDenied(await bring(ns.deny, 'nginx:1.26'), 'deny', 'ImageChange', 'library/nginx:1.26 is Unscanned');

    await report(ns.staging, { container: 'nginx', tag: '1.27', critical: 3 });
    const text = `${NGINX} has 3 critical vulnerabilities (at most 0)`;
    expectDenied(await answered(ns.deny, 'nginx:1.27', text), 'deny', 'ImageChange', text);

    await report(ns.staging, { container: 'nginx', tag: '1.27' });
    await allowed(ns.deny, 'nginx:1.27');
  });

  test('a report that is too old is Stale', async () => {
    const time = new Date(Date.now() - 25 * HOUR);
    await report(ns.staging, { container: 'old', repository: 'library/httpd', tag: '2.4', time });
    const told = time.toISOString().replace(/\d{3}Z$/, '000Z');
    const text = `image docker.io/library/httpd:2.4 is Stale: its report is of ${told}, more than 24h ago`;
    expectDenied(await answered(ns.deny, 'httpd:2.4', text), 'deny', 'ImageChange', text);
  });

  test('an image with a digest is known by that, wherever it is kept', async () => {
    const named = `registry.example.com/redis:7@${DIGEST}`;
    expectDenied(await bring(ns.deny, named), 'deny', 'ImageChange', `image ${named} is Unscanned`);
    await report(ns.staging, { container: 'redis', repository: 'library/redis', tag: '7', digest: DIGEST });
    await allowed(ns.deny, named);
    expectPassed(await bring(ns.deny, `redis@${DIGEST}`));
    expectPassed(await bring(ns.deny, 'redis:7'));
    const other = `redis:7@${DIGEST.replaceAll('ab', 'cd')}`;
    expectDenied(await bring(ns.deny, other), 'deny', 'ImageChange', 'is Unscanned');
  });

  test('reports count from trusted namespaces alone, where these are named', async () => {
    const text = 'image docker.io/library/memcached:1 is Unscanned';
    await report(ns.staging, { container: 'cache', repository: 'library/memcached', tag: '1' });
    await allowed(ns.deny, 'memcached:1');
    expectDenied(await bring(ns.trusting, 'memcached:1'), 'trusting', 'ImageChange', text);
    await report(ns.scans, { container: 'cache', repository: 'library/memcached', tag: '1' });
    await allowed(ns.trusting, 'memcached:1');
  });

  test('Pods, init containers and ephemeral containers are looked at as well', async () => {
    await report(ns.staging, { container: 'busybox', repository: 'library/busybox', tag: '1.36' });
    await allowed(ns.deny, 'busybox:1.36');
    const create = (spec: Manifest, name: string) =>
      alice.kubectl(['create', '-f', '-'], { ...pod({ namespace: ns.deny, name }), spec });
    const text = 'image docker.io/library/alpine:3 is Unscanned';
    const initContainers = [{ name: 'init', image: 'alpine:3' }];
    expectDenied(await create(podSpec('alpine:3'), 'a'), 'deny', 'ImageChange', text);
    expectDenied(await create({ ...podSpec('busybox:1.36'), initContainers }, 'a'), 'deny', 'ImageChange', text);
    expectPassed(await create(podSpec('busybox:1.36'), 'a'));
    const debug = ['debug', 'a', '-n', ns.deny, '-c', 'shell', '--profile=general'];
    expectDenied(await alice.kubectl([...debug, '--image=alpine:3']), 'deny', 'ImageChange', text);
    expect((await alice.kubectl([...debug, '--image=busybox:1.36'])).code).toBe(0);
  });

  test('an image whose report is gone is refused again', async () => {
    await allowed(ns.deny, 'nginx:1.27');
    await forget(ns.staging, 'nginx');
    expectDenied(await answered(ns.deny, 'nginx:1.27', `${NGINX} is Unscanned`), 'deny', 'ImageChange');
  });
});

test('once it is gone, all is as it was before, and it may come again', async () => {
  await report(ns.staging, { container: 'nginx', tag: '1.27' });
  await allowed(ns.deny, 'nginx:1.27');
  await cluster.admin.must(['delete', 'crd', VULNERABILITY_REPORT_CRD]);
  await expectUnavailable();

  await installScanner();
  await answered(ns.deny, 'nginx:1.27', 'image docker.io/library/nginx:1.27 is Unscanned');
  await report(ns.staging, { container: 'nginx', tag: '1.27' });
  await allowed(ns.deny, 'nginx:1.27');
  expect(cluster.operator.pid).toBe(pid);
});

test('an operator that is started when reports are there reads them', async () => {
  await allowed(ns.deny, 'nginx:1.27');
  expect(await cluster.operator.stop()).toBe(0);
  await cluster.startOperator();
  await allowed(ns.deny, 'nginx:1.27');
  expectDenied(await bring(ns.deny, 'nginx:1.26'), 'deny', 'ImageChange', 'is Unscanned');
});
