import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GuardedCluster } from '../support/guarded-cluster.ts';
import { eventually } from '../support/poll.ts';
import { HttpClient } from './support/http-client.ts';
import { measure } from './support/measure.ts';
import { configMap, deployment, dryDelete, filledNamespace, keepConfigMaps } from './support/objects.ts';
import { onPort } from './support/operators.ts';

/** What the API server says when it could not call a webhook that must be called. */
const FAILED_CALL = /failed calling webhook "fail-[0-9a-f]+\.validate\.guardrails\.dev"/;
const DENIED = /Guardrail "keep-closed" denied Delete of configmaps\/keep/;
const RECOVERY_NAMESPACES = ['kube-system', 'kube-node-lease', 'guardrails-system'];

let cluster: GuardedCluster;
let client: HttpClient;
let port: number;
let shop: string;
let open: string;

const scaleDown = (name: string, replicas: number) =>
  cluster.admin.kubectl(['scale', 'deployment', name, '-n', open, `--replicas=${replicas}`]);

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  client = new HttpClient(cluster.controlPlane.adminKubeconfig);
  port = cluster.operator.port;
  shop = await filledNamespace(cluster, 'shop');
  open = await filledNamespace(cluster, 'open');
  await cluster.guard({
    'keep-closed': keepConfigMaps(),
    // On status writes too, if they change labels: the controllers must be able to write theirs nevertheless.
    'scale-closed': {
      enforcement: 'Deny',
      failurePolicy: 'Fail',
      match: {
        actions: ['ScaleDown', 'Delete'],
        resources: [{ apiGroups: ['apps'], resources: ['deployments'] }],
        objectSelector: { matchLabels: { protected: 'true' } },
        namespaces: { include: ['shop*'] },
      },
    },
    'scale-open': {
      enforcement: 'Deny',
      failurePolicy: 'Ignore',
      match: { actions: ['ScaleDown'], namespaces: { include: ['open*'] } },
    },
  });
});

afterAll(async () => {
  client.close();
  await cluster.stop();
});

const restart = () => cluster.startOperator(onPort(port));

describe('while the operator is away', () => {
  beforeAll(() => cluster.operator.kill());
  afterAll(async () => {
    await restart();
  });

  test('a guarded request with failurePolicy Fail is refused, and the error names the webhook', async () => {
    await cluster.admin.create(configMap(shop, 'keep-closed-away'));
    const { code, stderr } = await cluster.admin.kubectl(['delete', 'configmap', 'keep-closed-away', '-n', shop]);
    expect(code).toBe(1);
    expect(stderr).toMatch(FAILED_CALL);
    expect(await cluster.admin.has('configmap', 'keep-closed-away', '-n', shop)).toBe(true);
  });

  test('a guarded request with failurePolicy Ignore passes', async () => {
    await cluster.admin.create(deployment(open, 'web-away'));
    expect(await scaleDown('web-away', 1)).toMatchObject({ code: 0 });
  });

  test.each(RECOVERY_NAMESPACES)(
    'namespaced objects of %s stay open, so that the cluster can repair itself',
    async (namespace) => {
      await cluster.admin.create(configMap(namespace, 'keep-recovery'));
      expect(await cluster.admin.kubectl(['delete', 'configmap', 'keep-recovery', '-n', namespace])).toMatchObject({
        code: 0,
      });
    },
  );

  test('requests that no guardrail is about work: leases, events, other kinds, access reviews, tokens', async () => {
    const { admin } = cluster;
    const metadata = { name: 'unguarded', namespace: shop };
    const event = { involvedObject: { kind: 'ConfigMap', namespace: shop, name: 'x' }, reason: 'Test', type: 'Normal' };
    await admin.create(
      { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: { holderIdentity: 'me' } },
      { apiVersion: 'v1', kind: 'Event', metadata, ...event },
      { apiVersion: 'v1', kind: 'Secret', metadata },
      configMap(shop, 'unguarded'),
    );
    await admin.must([
      'patch',
      'lease',
      'unguarded',
      '-n',
      shop,
      '--type=merge',
      '-p',
      '{"spec":{"holderIdentity":"you"}}',
    ]);
    await admin.must(['annotate', 'secret', 'unguarded', '-n', shop, 'a=b']);
    await admin.must(['delete', 'lease,event,secret', 'unguarded', '-n', shop]);
    expect((await admin.must(['auth', 'can-i', 'delete', 'configmaps', '-n', shop])).trim()).toBe('yes');
    expect(await admin.must(['create', 'token', 'default', '-n', shop])).toMatch(/^ey/);
  });

  test('the controllers go on, also with objects that a fail-closed guardrail protects', async () => {
    await cluster.admin.create(deployment(shop, 'web', { protected: 'true' }));
    await eventually(
      async () => {
        const { status } = await cluster.admin.get('deployment', 'web', '-n', shop);
        expect(status).toMatchObject({ observedGeneration: 1, replicas: 2, unavailableReplicas: 2 });
        return true;
      },
      { message: 'the Pods are made, and the status says so' },
    );
    const { code, stderr } = await cluster.admin.kubectl(['scale', 'deployment', 'web', '-n', shop, '--replicas=1']);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(FAILED_CALL) });
  });
});

describe('with the operator up', () => {
  test.each(RECOVERY_NAMESPACES)('a guardrail denies in %s too', async (namespace) => {
    await cluster.admin.create(configMap(namespace, 'keep-up'));
    const { code, stderr } = await cluster.admin.kubectl(['delete', 'configmap', 'keep-up', '-n', namespace]);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(DENIED) });
  });

  // The bound is for a machine that does nothing else: the best of three counts.
  test('it judges again within 5 s after it was killed and started, with the same certificates', {
    retry: 2,
  }, async () => {
    const shop = await cluster.namespace('shop');
    await cluster.admin.create(configMap(shop, 'keep-again'));
    const before = await certificates();
    await cluster.operator.kill();
    const milliseconds = await measure('from the restart of the operator until it judges again', async () => {
      await restart();
      await eventually(async () => DENIED.test((await dryDelete(client, shop, 'keep-again')).message), {
        message: 'it is judged again',
      });
    });
    expect(milliseconds).toBeLessThan(5_000);
    expect(await certificates()).toEqual(before);
  });

  test('counts in the status go on where they were before it was killed', async () => {
    await cluster.guard({ 'keep-counted': keepConfigMaps({}, { namespaces: { include: ['counted*'] } }) });
    const namespace = await cluster.namespace('counted');
    await cluster.admin.create(configMap(namespace, 'keep-counted'));
    // A fresh operator writes the first counts within seconds, and has counted nothing before.
    await cluster.operator.kill();
    await restart();
    await denyAndAwaitCount(namespace, 3, 3);
    await cluster.operator.kill();
    await restart();
    await denyAndAwaitCount(namespace, 2, 5);
  });
});

async function denyAndAwaitCount(namespace: string, times: number, total: number): Promise<void> {
  // At once, so that all of them are in the first counts that are written: the next follow half a minute later.
  const path = `/api/v1/namespaces/${namespace}/configmaps/keep-counted`;
  const answers = await Promise.all(Array.from({ length: times }, () => client.send('DELETE', path)));
  expect(answers.map(({ status }) => status)).toEqual(Array(times).fill(403));
  await eventually(
    async () => {
      const { status } = await cluster.admin.get('guardrail', 'keep-counted');
      expect(status.counts?.denied).toBe(total);
      return true;
    },
    { message: `${total} denials are counted` },
  );
}

async function certificates(): Promise<unknown> {
  const secret = await cluster.admin.get('secret', 'guardrails-webhook-certificates', '-n', 'guardrails-system');
  const configuration = await cluster.admin.get('validatingwebhookconfiguration', 'guardrails.dev');
  return {
    data: secret.data,
    bundles: configuration.webhooks.map(
      ({ clientConfig }: { clientConfig: { caBundle: string } }) => clientConfig.caBundle,
    ),
  };
}
