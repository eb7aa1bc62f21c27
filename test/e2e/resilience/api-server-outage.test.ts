import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { GuardedCluster } from '../support/guarded-cluster.ts';
import { eventually } from '../support/poll.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { HttpClient } from './support/http-client.ts';
import { measure } from './support/measure.ts';
import { configMap, dryDelete, keepConfigMaps } from './support/objects.ts';
import { onPort, operatorKubeconfig } from './support/operators.ts';
import { metric, readiness } from './support/probes.ts';

/** Bounds of time are for a machine that does nothing else: the best of three counts. */
const TIMED = { retry: 2 };

let cluster: GuardedCluster;
let client: HttpClient;
let proxy: TcpProxy;
let scenes = 0;
/** Where the webhook listens, and where its configuration points. */
let port: number;

/** The operator reaches the API server through the proxy alone; everybody else directly. */
beforeAll(async () => {
  cluster = await GuardedCluster.start();
  port = cluster.operator.port;
  await cluster.operator.stop();
  client = new HttpClient(cluster.controlPlane.adminKubeconfig);
  proxy = await TcpProxy.start(Number(new URL(cluster.controlPlane.server).port));
  await cluster.startOperator([
    ...onPort(port),
    ...['--kubeconfig', await operatorKubeconfig(cluster.controlPlane, proxy.url)],
    ...['--watch-inactivity', '2s'],
  ]);
});

afterEach(() => proxy.restore());

afterAll(async () => {
  client.close();
  await cluster.stop();
  await proxy.stop();
});

/** A namespace with a ConfigMap that a guardrail for that namespace will keep. */
async function scene(what: string) {
  scenes += 1;
  // A name that no attempt before has used.
  const name = `${what}-${scenes}`;
  const namespace = await cluster.namespace(name);
  await cluster.admin.create(configMap(namespace, 'keep'));
  const isDenied = async (): Promise<boolean> =>
    (await dryDelete(client, namespace, 'keep')).message.includes(`Guardrail "${name}" denied`);
  const isAllowed = async (): Promise<boolean> => (await dryDelete(client, namespace, 'keep')).status === 200;
  const path = `/apis/guardrails.dev/v1alpha1/guardrails/${name}`;
  return {
    name,
    namespace,
    isDenied: () => eventually(isDenied, { timeoutMs: 30_000, intervalMs: 20, message: `${name} is enforced` }),
    isAllowed: () =>
      eventually(isAllowed, { timeoutMs: 30_000, intervalMs: 20, message: `${name} is no longer enforced` }),
    apply: async () => {
      const body = {
        apiVersion: 'guardrails.dev/v1alpha1',
        kind: 'Guardrail',
        metadata: { name },
        spec: keepConfigMaps({}, { namespaces: { include: [`${name}-*`] } }),
      };
      expect(await client.send('POST', '/apis/guardrails.dev/v1alpha1/guardrails', body)).toMatchObject({
        status: 201,
      });
    },
    remove: async () => expect(await client.send('DELETE', path)).toMatchObject({ status: 200 }),
  };
}

/** Restarts kube-apiserver, with or without the history that the operator's watches would continue from. */
async function restartApiServer({ compacted }: { readonly compacted: boolean }): Promise<void> {
  await cluster.controlPlane.killApiServer();
  if (compacted) await cluster.controlPlane.compact();
  await cluster.controlPlane.startApiServer();
}

describe('on a quiet system', () => {
  test('a new guardrail is enforced within 2 s, and a deleted one is not any more', TIMED, async () => {
    const quiet = await scene('quiet');
    const applied = await measure('from applying a guardrail until it is enforced', async () => {
      await quiet.apply();
      await quiet.isDenied();
    });
    const removed = await measure('from deleting a guardrail until it is not enforced any more', async () => {
      await quiet.remove();
      await quiet.isAllowed();
    });
    expect(applied).toBeLessThan(2_000);
    expect(removed).toBeLessThan(2_000);
  });
});

describe('after kube-apiserver was killed and started', () => {
  test.each([
    ['lost', true],
    ['kept', false],
  ])('with its history %s, a new guardrail is enforced within 5 s', TIMED, async (history, compacted) => {
    const later = await scene(`later-${history}`);
    await restartApiServer({ compacted });
    const milliseconds = await measure(
      `from the return of kube-apiserver, history ${history}, until a guardrail is enforced`,
      async () => {
        await later.apply();
        await later.isDenied();
      },
    );
    expect(milliseconds).toBeLessThan(5_000);
    expect(await readiness(cluster.operator)).toMatchObject({ status: 200 });
  });

  test('guardrails that were in force are so at once', TIMED, async () => {
    const before = await scene('in-force');
    await before.apply();
    await before.isDenied();
    await restartApiServer({ compacted: false });
    expect(
      await measure('from the return of kube-apiserver until an old guardrail is enforced', before.isDenied),
    ).toBeLessThan(1_000);
  });

  test(
    'a guardrail that was deleted while the operator saw nothing, in a history that is lost, is no longer enforced',
    TIMED,
    async () => {
      const gone = await scene('gone-in-the-dark');
      await gone.apply();
      await gone.isDenied();
      proxy.silence();
      await gone.remove();
      await restartApiServer({ compacted: true });
      proxy.restore();
      const milliseconds = await measure(
        'from the return of the network until a deleted guardrail is not enforced any more',
        gone.isAllowed,
      );
      expect(milliseconds).toBeLessThan(10_000);
    },
  );
});

describe('behind a connection that has gone silent', () => {
  test(
    'requests are judged as before, and a new guardrail is enforced soon after new connections work',
    TIMED,
    async () => {
      const old = await scene('old');
      await old.apply();
      await old.isDenied();
      const fresh = await scene('fresh');
      const restarts = await metric(cluster.operator, 'guardrails_list_watch_restarts_total', { reason: 'Silent' });
      // Half-open: neither side is told that the connections are dead. New ones work.
      proxy.dropOpenConnections();
      await old.isDenied();
      const milliseconds = await measure(
        'from a half-open connection, noticed after 2 s, until a guardrail is enforced',
        async () => {
          await fresh.apply();
          await fresh.isDenied();
        },
      );
      expect(milliseconds).toBeLessThan(2_000 + 5_000);
      expect(
        await metric(cluster.operator, 'guardrails_list_watch_restarts_total', { reason: 'Silent' }),
      ).toBeGreaterThan(restarts);
    },
  );

  test(
    'when nothing answers for a while, a new guardrail is enforced within 5 s after the network is back',
    TIMED,
    async () => {
      const late = await scene('late');
      proxy.silence();
      await late.apply();
      await eventually(
        async () =>
          (await metric(cluster.operator, 'guardrails_list_watch_staleness_seconds', { resource: 'guardrails' })) > 4,
        {
          message: 'the operator knows that its copy is not fresh',
        },
      );
      proxy.restore();
      expect(await measure('from the return of the network until a guardrail is enforced', late.isDenied)).toBeLessThan(
        5_000,
      );
    },
  );

  test('beyond --max-staleness it says that it is not ready, and answers 503, so that failurePolicy decides', async () => {
    const stale = await scene('stale');
    await stale.apply();
    await stale.isDenied();
    const kubeconfig = await operatorKubeconfig(cluster.controlPlane, proxy.url);
    await cluster.operator.stop();
    const common = [...onPort(port), '--kubeconfig', kubeconfig, '--watch-inactivity', '2s'];
    await cluster.startOperator([...common, '--max-staleness', '5s']);
    try {
      proxy.silence();
      await eventually(
        async () => (await readiness(cluster.operator)).text.includes('guardrails: last known to be fresh'),
        {
          message: 'it is not ready',
        },
      );
      expect((await dryDelete(client, stale.namespace, 'keep')).message).toMatch(
        /failed calling webhook .*the server is currently unable to handle the request/,
      );
      proxy.restore();
      await stale.isDenied();
      expect(await readiness(cluster.operator)).toMatchObject({ status: 200 });
    } finally {
      proxy.restore();
      await cluster.operator.stop();
      await cluster.startOperator(common);
    }
  });

  test('records of what is denied meanwhile are written when the network is back', async () => {
    const trail = await scene('trail');
    await trail.apply();
    await trail.isDenied();
    proxy.silence();
    const path = `/api/v1/namespaces/${trail.namespace}/configmaps/keep`;
    const began = performance.now();
    for (let index = 0; index < 20; index += 1)
      expect(await client.send('DELETE', path)).toMatchObject({ status: 403 });
    // Nobody waits for a record.
    expect(performance.now() - began).toBeLessThan(5_000);
    await eventually(() => cluster.operator.log().includes('violations could not be written'), {
      message: 'the operator has tried to write',
      timeoutMs: 20_000,
    });
    proxy.restore();
    await eventually(
      async () => {
        const records = await cluster.records(trail.name);
        expect(records.reduce((sum, { status }) => sum + (status?.count ?? 1), 0)).toBe(20);
        return true;
      },
      { timeoutMs: 40_000, message: 'all 20 are on record' },
    );
  });
});
