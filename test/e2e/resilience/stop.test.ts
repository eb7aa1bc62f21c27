import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GuardedCluster } from '../support/guarded-cluster.ts';
import { eventually } from '../support/poll.ts';
import { processesWith } from '../support/processes.ts';
import { HttpClient } from './support/http-client.ts';
import { measure } from './support/measure.ts';
import { configMap, dryDelete, keepConfigMaps, sorted } from './support/objects.ts';
import { isRunning, onPort } from './support/operators.ts';
import { admissionRequest, logLines, metric, RawAdmission, readiness } from './support/probes.ts';

const ONE_GUARDRAIL = 'kept';

let cluster: GuardedCluster;
let client: HttpClient;
let port: number;

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  client = new HttpClient(cluster.controlPlane.adminKubeconfig);
  port = cluster.operator.port;
  await cluster.guard({ [ONE_GUARDRAIL]: keepConfigMaps({}, { namespaces: { include: ['stop-*'] } }) });
});

afterAll(async () => {
  client.close();
  await cluster.stop();
});

/** Ends the operator of the test before, if it left one, and starts one. */
async function restart(...flags: string[]) {
  await cluster.operator.kill();
  return cluster.startOperator([...onPort(port), ...flags]);
}

/** A namespace with that many ConfigMaps that may not be deleted. */
async function scene(count: number) {
  const namespace = await cluster.namespace('stop');
  const names = Array.from({ length: count }, (_, index) => `keep-${index}`);
  await cluster.admin.create(...names.map((name) => configMap(namespace, name)));
  const deny = async (): Promise<void> => {
    const answers = await Promise.all(
      names.map((name) => client.send('DELETE', `/api/v1/namespaces/${namespace}/configmaps/${name}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(count).fill(403));
  };
  const recorded = async (): Promise<string[]> => {
    const records = await cluster.records(ONE_GUARDRAIL);
    const here = records.filter(({ metadata }) => metadata?.namespace === namespace);
    return sorted(here.map(({ spec }) => spec.action.name ?? ''));
  };
  return { namespace, names, deny, recorded };
}

describe('when it is told to stop', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s, it writes what is in the queue and ends with code 0',
    async (signal) => {
      const operator = await restart();
      const { names, deny, recorded } = await scene(50);
      await deny();
      process.kill(operator.pid, signal);
      const milliseconds = await measure(`from ${signal} right after 50 denials until the end`, () =>
        eventually(() => !isRunning(operator.pid), { message: 'it ends' }),
      );
      expect(milliseconds).toBeLessThan(10_000);
      expect(await operator.stop()).toBe(0);
      expect(await recorded()).toEqual(sorted(names));
      expect(logLines(operator).at(-1)).toMatchObject({ message: 'stopped' });
      expect([...processesWith(`https://127.0.0.1:${port}`).values()]).toEqual([]);
    },
  );

  test('it answers the request that it has begun to read', async () => {
    const operator = await restart();
    const { namespace } = await scene(1);
    const configuration = await cluster.admin.get('validatingwebhookconfiguration', 'guardrails.dev');
    const { url } = configuration.webhooks.find(({ name }: { name: string }) => name.startsWith('fail-')).clientConfig;
    const object = configMap(namespace, 'keep-0');
    const { head, body } = admissionRequest(new URL(url).pathname, {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: {
        uid: 'in-flight',
        kind: { group: '', version: 'v1', kind: 'ConfigMap' },
        resource: { group: '', version: 'v1', resource: 'configmaps' },
        name: 'keep-0',
        namespace,
        operation: 'DELETE',
        userInfo: { username: 'test' },
        oldObject: object,
        dryRun: true,
      },
    });
    const raw = await RawAdmission.connect(port);
    raw.write(head.replace('host:', 'expect: 100-continue\r\nhost:'));
    await eventually(() => raw.received.includes('100 Continue'), { message: 'the request is being read' });
    raw.write(body.slice(0, 20));
    process.kill(operator.pid, 'SIGTERM');
    await eventually(() => operator.log().includes('"stopping"'), { message: 'it is stopping' });
    raw.write(body.slice(20));
    expect(await raw.closed).toMatch(/HTTP\/1\.1 200 OK.*"uid":"in-flight","allowed":false/s);
    await eventually(() => !isRunning(operator.pid), { message: 'it ends' });
    expect(await operator.stop()).toBe(0);
  });

  test('it says that it is not ready, and goes on judging for --shutdown-delay', async () => {
    const operator = await restart('--shutdown-delay', '4s');
    const { namespace } = await scene(1);
    process.kill(operator.pid, 'SIGTERM');
    const answer = await eventually(async () => (await readiness(operator)).status === 503 && readiness(operator), {
      message: 'it is not ready',
    });
    expect(answer.text).toContain('the operator is stopping');
    expect((await dryDelete(client, namespace, 'keep-0')).message).toContain(`Guardrail "${ONE_GUARDRAIL}" denied`);
    await eventually(() => !isRunning(operator.pid), { message: 'it ends' });
    expect(await operator.stop()).toBe(0);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('twice by %s, it ends at once', async (signal) => {
    const operator = await restart('--shutdown-delay', '60s');
    process.kill(operator.pid, signal);
    await eventually(() => operator.log().includes('"stopping"'), { message: 'it is stopping' });
    process.kill(operator.pid, signal);
    await eventually(() => !isRunning(operator.pid), { timeoutMs: 3_000, message: 'it ends at once' });
  });

  test('while the API server is away, it ends in time for the kubelet, and logs what is lost', async () => {
    const operator = await restart();
    const { deny } = await scene(10);
    await deny();
    await eventually(
      async () => (await metric(operator, 'guardrails_audit_records_total', { result: 'written' })) === 10,
      {
        message: 'the first are written',
      },
    );
    await deny();
    await cluster.controlPlane.killApiServer();
    try {
      const began = performance.now();
      process.kill(operator.pid, 'SIGTERM');
      await eventually(() => !isRunning(operator.pid), { timeoutMs: 25_000, message: 'it ends' });
      expect(performance.now() - began).toBeLessThan(20_000);
      expect(await operator.stop()).toBe(0);
      const lost = logLines(operator)
        .filter(
          ({ message, cause }) => message === 'decisions are missing from the audit trail' && cause === 'shutdown',
        )
        .map(({ decisions }) => Number(decisions));
      expect(lost.reduce((sum, decisions) => sum + decisions, 0)).toBe(10);
    } finally {
      await cluster.controlPlane.startApiServer();
    }
  });
});
