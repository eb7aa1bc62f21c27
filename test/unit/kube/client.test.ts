import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KubeClient } from '../../../src/kube/client.ts';
import { PooledKubeConfig } from '../../../src/kube/connection-pool.ts';
import { isConflict, isNotFound, isTransient, type KubeError } from '../../../src/kube/errors.ts';
import { FakeApiServer, refuse, respond } from './fake-api-server.ts';

const DEPLOYMENT = { group: 'apps', version: 'v1', resource: 'deployments', namespace: 'shop', name: 'web' };
const NODES = { group: '', version: 'v1', resource: 'nodes' };

let server: FakeApiServer;
let config: PooledKubeConfig;
let client: KubeClient;

beforeEach(async () => {
  server = await FakeApiServer.start();
  config = server.configure(new PooledKubeConfig({ userAgent: 'kube-guardrails/1.2.3' }));
  client = new KubeClient(config);
  server.answer = (_, response) => respond(response, 200, { futureField: 1 });
});

afterEach(async () => {
  await config.close();
  await server.stop();
});

describe('a call', () => {
  test.each<[string, () => Promise<unknown>, string, string, string | undefined, unknown]>([
    ['get', () => client.get(DEPLOYMENT), 'GET', '/apis/apps/v1/namespaces/shop/deployments/web', undefined, undefined],
    [
      'get of the core group, with a name that needs quoting',
      () => client.get({ ...NODES, namespace: '', name: 'system:a/b?' }),
      'GET',
      '/api/v1/nodes/system%3Aa%2Fb%3F',
      undefined,
      undefined,
    ],
    [
      'list',
      () =>
        client.list(NODES, {
          limit: 5,
          continue: 'token',
          fieldSelector: 'metadata.name=a',
          labelSelector: 'a in (b,c)',
          resourceVersion: '0',
          resourceVersionMatch: 'NotOlderThan',
        }),
      'GET',
      '/api/v1/nodes?limit=5&fieldSelector=metadata.name%3Da&labelSelector=a+in+%28b%2Cc%29&resourceVersion=0&resourceVersionMatch=NotOlderThan&continue=token',
      undefined,
      undefined,
    ],
    [
      'create',
      () => client.create(NODES, { spec: {} }, { dryRun: true, fieldManager: 'me' }),
      'POST',
      '/api/v1/nodes?fieldManager=me&dryRun=All',
      'application/json',
      { spec: {} },
    ],
    [
      'merge patch of a subresource',
      () => client.patch(DEPLOYMENT, 'merge', { status: null }, { subresource: 'status' }),
      'PATCH',
      '/apis/apps/v1/namespaces/shop/deployments/web/status',
      'application/merge-patch+json',
      { status: null },
    ],
    [
      'JSON patch',
      () => client.patch(DEPLOYMENT, 'json', [{ op: 'remove', path: '/spec' }]),
      'PATCH',
      '/apis/apps/v1/namespaces/shop/deployments/web',
      'application/json-patch+json',
      [{ op: 'remove', path: '/spec' }],
    ],
    [
      'apply',
      () => client.patch(DEPLOYMENT, 'apply', { spec: {} }, { fieldManager: 'me', force: true }),
      'PATCH',
      '/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=me&force=true',
      'application/apply-patch+yaml',
      { spec: {} },
    ],
    [
      'replace',
      () => client.replace(DEPLOYMENT, { metadata: { resourceVersion: '4' } }, { subresource: 'status' }),
      'PUT',
      '/apis/apps/v1/namespaces/shop/deployments/web/status',
      'application/json',
      { metadata: { resourceVersion: '4' } },
    ],
    [
      'delete',
      () =>
        client.delete(DEPLOYMENT, {
          gracePeriodSeconds: 0,
          propagationPolicy: 'Foreground',
          preconditions: { uid: 'u', resourceVersion: '4' },
          dryRun: true,
        }),
      'DELETE',
      '/apis/apps/v1/namespaces/shop/deployments/web',
      'application/json',
      {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        gracePeriodSeconds: 0,
        propagationPolicy: 'Foreground',
        preconditions: { uid: 'u', resourceVersion: '4' },
        dryRun: ['All'],
      },
    ],
    ['rawGet', () => client.rawGet('/apis', 'application/json;as=X'), 'GET', '/apis', undefined, undefined],
  ])('%s', async (_, call, method, pathAndQuery, contentType, body) => {
    await call();
    const [request] = server.requests;
    const query = request?.query.toString();
    expect(`${request?.path}${query ? `?${query}` : ''}`).toBe(pathAndQuery);
    expect(request).toMatchObject({ method });
    expect(request?.body).toEqual(body);
    expect(request?.headers['content-type']).toBe(contentType);
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer secret-token',
      'user-agent': 'kube-guardrails/1.2.3',
    });
  });

  test('returns fields that no client knows', async () => {
    await expect(client.get(DEPLOYMENT)).resolves.toEqual({ futureField: 1 });
  });

  test('of an object without a name is refused before it is sent', async () => {
    await expect(client.delete({ ...DEPLOYMENT, name: '' })).rejects.toThrow('must have a name');
    expect(server.requests).toHaveLength(0);
  });
});

describe('a list', () => {
  test('has its items with their type, its version and where it goes on', async () => {
    server.answer = (_, response) =>
      respond(response, 200, {
        apiVersion: 'v1',
        kind: 'NodeList',
        metadata: { resourceVersion: '8', continue: 'more' },
        items: [{ metadata: { name: 'a' } }, { apiVersion: 'v2', kind: 'Other' }],
      });
    await expect(client.list(NODES)).resolves.toEqual({
      items: [
        { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' } },
        { apiVersion: 'v2', kind: 'Other' },
      ],
      resourceVersion: '8',
      continue: 'more',
    });
  });

  test('can be of metadata only', async () => {
    await client.list(NODES, { metadataOnly: true });
    expect(server.requests[0]?.headers.accept).toBe('application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1');
  });

  test('without items is empty', async () => {
    server.answer = (_, response) => respond(response, 200, { kind: 'NodeList', metadata: {}, items: null });
    await expect(client.list(NODES)).resolves.toEqual({ items: [], resourceVersion: '', continue: '' });
  });
});

describe('a failure', () => {
  test.each([
    [404, 'NotFound', isNotFound],
    [409, 'Conflict', isConflict],
    [500, 'InternalError', isTransient],
  ])('%i %s is thrown as what it is', async (code, reason, is) => {
    server.answer = (_, response) => refuse(response, code, reason);
    await expect(client.get(DEPLOYMENT)).rejects.toSatisfy(is);
  });

  test('to connect has status 0', async () => {
    await server.stop();
    const error: KubeError = await client.get(DEPLOYMENT).catch((thrown) => thrown);
    expect(error).toMatchObject({ status: 0, reason: 'ECONNREFUSED' });
    expect(error.message).toMatch(/^GET \/apis\/apps\/v1\/namespaces\/shop\/deployments\/web: connect ECONNREFUSED/);
    server = await FakeApiServer.start();
  });

  test('of a server that says nothing is a timeout', async () => {
    server.answer = () => true;
    await expect(client.get(DEPLOYMENT, { timeoutMs: 30 })).rejects.toMatchObject({ status: 0, reason: 'Timeout' });
  });

  test('of a server that ends in the middle of its answer is a timeout too', async () => {
    server.answer = (_, response) => response.writeHead(200).write('{"metadata":');
    await expect(client.get(DEPLOYMENT, { timeoutMs: 30 })).rejects.toMatchObject({ status: 0, reason: 'Timeout' });
  });

  test.each([
    ['without', undefined],
    ['with', new Error('shutdown')],
  ])('that the caller wants, %s a reason of its own, is Aborted', async (_, reason) => {
    server.answer = () => true;
    const controller = new AbortController();
    const call = client.get(DEPLOYMENT, { signal: controller.signal });
    controller.abort(reason);
    await expect(call).rejects.toMatchObject({ status: 0, reason: 'Aborted' });
  });

  test('of an answer that is not JSON says so', async () => {
    server.answer = (_, response) => respond(response, 200, '<html>');
    await expect(client.get(DEPLOYMENT)).rejects.toMatchObject({ status: 200, reason: 'InvalidBody' });
  });

  test('of a configuration without a cluster is an error, too', async () => {
    await expect(new KubeClient(new PooledKubeConfig()).get(DEPLOYMENT)).rejects.toThrow('no cluster is configured');
  });
});
