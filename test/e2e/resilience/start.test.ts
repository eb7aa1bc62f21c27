import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../../src/sandbox/free-port.ts';
import { guardrails, startGuardrails } from '../support/cli.ts';
import { GuardedCluster } from '../support/guarded-cluster.ts';
import { eventually } from '../support/poll.ts';
import { HttpClient } from './support/http-client.ts';
import { measure } from './support/measure.ts';
import { configMap, dryDelete, keepConfigMaps } from './support/objects.ts';
import { type LocalOperator, onPort, spawnOperator } from './support/operators.ts';
import { admissionRequest, logLines, RawAdmission, readiness } from './support/probes.ts';

let cluster: GuardedCluster;
let operator: LocalOperator | undefined;

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  // The tests start their own.
  await cluster.operator.stop();
});

afterEach(async () => {
  await operator?.kill();
  operator = undefined;
});

afterAll(() => cluster.stop());

async function spawn(...options: Parameters<typeof spawnOperator> extends [unknown, ...infer Rest] ? Rest : never) {
  operator = await spawnOperator(cluster.controlPlane, ...options);
  return operator;
}

const isReady = (started: LocalOperator) =>
  eventually(() => started.isReady(), { timeoutMs: 30_000, message: `the operator is ready\n${started.log()}` });

/** What the webhook answers to any admission request: the line with the status, the headers and the body. */
async function askWebhook(port: number): Promise<string> {
  // The first part of the path is a secret of the installation, as the operator of before has published it.
  const { webhooks } = await cluster.admin.get('validatingwebhookconfiguration', 'guardrails.dev');
  const [, secret] = new URL(webhooks[0].clientConfig.url).pathname.split('/');
  const raw = await RawAdmission.connect(port);
  const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' };
  const { head, body } = admissionRequest(`/${secret}/validate/fail-0123456789`, review);
  raw.write(head.replace('host:', 'connection: close\r\nhost:') + body);
  return raw.closed;
}

describe('the start of the operator', () => {
  // The bound is for a machine that does nothing else: the best of three counts.
  test('it is ready within 5 s, and judges from then on', { retry: 2 }, async () => {
    await cluster.startOperator();
    await cluster.guard({ 'from-the-start': keepConfigMaps({}, { namespaces: { include: ['from-the-start*'] } }) });
    const namespace = await cluster.namespace('from-the-start');
    await cluster.admin.create(configMap(namespace, 'keep'));
    const { port } = cluster.operator;
    await cluster.operator.kill();

    const milliseconds = await measure('from the start of the process until it is ready', async () => {
      const started = await spawn({ port });
      await eventually(() => started.isReady(), { intervalMs: 20, message: 'the operator is ready' });
    });

    const client = new HttpClient(cluster.controlPlane.adminKubeconfig);
    expect((await dryDelete(client, namespace, 'keep')).message).toContain('Guardrail "from-the-start" denied');
    client.close();
    expect(milliseconds).toBeLessThan(5_000);
  });

  test('until every list is in, it is not ready, says why, and answers 503', async () => {
    const { admin } = cluster;
    const rules = (await admin.get('clusterrole', 'guardrails-operator')).rules as { resources: string[] }[];
    const setRules = (list: readonly unknown[]) =>
      admin.must([
        'patch',
        'clusterrole',
        'guardrails-operator',
        '--type=merge',
        '-p',
        JSON.stringify({ rules: list }),
      ]);
    await setRules(rules.filter(({ resources }) => !resources.includes('customresourcedefinitions')));
    try {
      const started = await spawn();
      const { status, text } = await eventually(
        async () => {
          const answer = await readiness(started);
          return /- cluster:|- namespaces:|- guardrails: not listed|- webhook:/.test(answer.text) || answer.status === 0
            ? false
            : answer;
        },
        { message: 'it lacks nothing but that list' },
      );
      expect(status).toBe(503);
      expect(text).toContain('- customResourceDefinitions: not listed yet');
      expect(await askWebhook(started.port)).toMatch(/^HTTP\/1\.1 503 .*the guardrails are not loaded yet/s);
    } finally {
      await setRules(rules);
    }
    await isReady(operator as LocalOperator);
  });

  test('before the API server is there, it waits and says so, is alive and not ready, and then works', async () => {
    const { controlPlane } = cluster;
    const kubeconfig = await controlPlane.serviceAccountKubeconfig({
      namespace: 'guardrails-system',
      name: 'guardrails-operator',
    });
    await controlPlane.killApiServer();
    try {
      const started = await spawn({ kubeconfig });
      await eventually(() => started.log().includes('the cluster does not answer'), {
        message: 'it says that it waits',
        timeoutMs: 30_000,
      });
      // A kubelet that finds nobody at /livez would kill it, over and over, with longer and longer pauses.
      await eventually(async () => expect((await fetch(`${started.probeUrl}/livez`)).status).toBe(200) ?? true, {
        message: 'it is alive',
      });
      expect(await readiness(started)).toMatchObject({ status: 503 });
    } finally {
      await controlPlane.startApiServer();
    }
    await isReady(operator as LocalOperator);
  });

  test('it can be stopped while it waits for the API server', async () => {
    const { controlPlane } = cluster;
    const kubeconfig = await controlPlane.serviceAccountKubeconfig({
      namespace: 'guardrails-system',
      name: 'guardrails-operator',
    });
    await controlPlane.killApiServer();
    try {
      const started = await spawn({ kubeconfig });
      await eventually(() => started.log().includes('the cluster does not answer'), {
        message: 'it says that it waits',
        timeoutMs: 30_000,
      });
      const began = performance.now();
      expect(await started.stop()).toBe(0);
      expect(performance.now() - began).toBeLessThan(3_000);
    } finally {
      await controlPlane.startApiServer();
    }
  });

  test('it can be stopped while its certificates can not be stored, and says what is missing', async () => {
    const started = await spawn({ flags: ['--namespace', 'nowhere'] });
    const line = await eventually(() => logLines(started).find(({ error }) => String(error).includes('nowhere')), {
      message: 'it says what is missing',
    });
    expect(line).toMatchObject({
      level: 'warn',
      error: expect.stringMatching(/nowhere.*(create it|allow the operator to)/),
    });
    const began = performance.now();
    expect(await started.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  test('a token that is not accepted is named, again and again, and nothing works until it is', async () => {
    const kubeconfig = join(cluster.controlPlane.directory, 'expired.kubeconfig');
    const text = JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: cluster.controlPlane.server, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: { token: 'not-a-token' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    });
    writeFileSync(kubeconfig, text);
    const started = await spawn({ kubeconfig });
    await eventually(
      () => logLines(started).filter(({ error }) => /401|[Uu]nauthorized/.test(String(error))).length >= 2,
      {
        message: 'it says that it is not let in',
      },
    );
    expect(await started.isReady()).toBe(false);
    expect(started.log()).not.toContain('not-a-token');
  });
});

describe('a start that can not succeed ends at once', () => {
  const servers: Server[] = [];

  async function takenPort(): Promise<number> {
    const port = await freePort();
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
    servers.push(server);
    return port;
  }

  afterEach(async () => {
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  });

  /** Runs the operator to its end. Throws if it doesn't end. */
  async function runToEnd(args: readonly string[]) {
    const began = performance.now();
    const cli = startGuardrails(['operator', ...args], { PATH: process.env.PATH });
    const timer = setTimeout(() => cli.process.kill('SIGKILL'), 15_000);
    const code = await cli.ended;
    clearTimeout(timer);
    return { code, ...cli.output, milliseconds: performance.now() - began };
  }

  const outside = async (...flags: string[]): Promise<string[]> => [
    ...[
      '--kubeconfig',
      await cluster.controlPlane.serviceAccountKubeconfig({
        namespace: 'guardrails-system',
        name: 'guardrails-operator',
      }),
    ],
    ...['--shutdown-delay', '0s'],
    ...flags,
  ];

  test.each(['webhook', 'probes'])('when the port of the %s is taken', async (whose) => {
    const taken = await takenPort();
    const free = await freePort();
    const [port, probePort] = whose === 'webhook' ? [taken, free] : [free, taken];
    const result = await runToEnd(await outside(...onPort(port), '--probe-port', String(probePort)));
    expect(result).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(
        new RegExp(`^guardrails operator: cannot listen on 127\\.0\\.0\\.1:${taken}: .*EADDRINUSE`),
      ),
    });
  });

  test('when the kubeconfig is not there', async () => {
    const result = await guardrails(['operator', '--kubeconfig', '/nowhere/kubeconfig', ...onPort(9443)], {});
    expect(result).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/^guardrails operator: \/nowhere\/kubeconfig can't be read .*name a kubeconfig/),
    });
  });

  test('when the kubeconfig is something else', async () => {
    const kubeconfig = join(cluster.controlPlane.directory, 'else.kubeconfig');
    writeFileSync(kubeconfig, 'apiVersion: v1\nkind: Config\n');
    const result = await guardrails(['operator', '--kubeconfig', kubeconfig, ...onPort(9443)], {});
    expect(result).toMatchObject({ code: 3, stderr: expect.stringContaining('no current-context') });
  });

  test('when it runs in no cluster and is told of none', async () => {
    const result = await guardrails(['operator'], {});
    expect(result).toMatchObject({ code: 3, stderr: expect.stringContaining('does not run in a Pod') });
  });

  test('when flags are wrong: all of them are named at once', async () => {
    const flags = ['--port', '70000', '--log-level', 'loud', '--retention-age', 'long', '--webhook-url', 'http://x/y'];
    const result = await guardrails(['operator', ...flags], {});
    expect(result.code).toBe(2);
    expect(result.stdout).toBe('');
    for (const flag of ['--port', '--log-level', '--retention-age', '--webhook-url', '--kubeconfig']) {
      expect(result.stderr).toContain(`${flag} must be`);
    }
  });
});
