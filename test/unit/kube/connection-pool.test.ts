import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { KubeClient } from '../../../src/kube/client.ts';
import { PooledKubeConfig } from '../../../src/kube/connection-pool.ts';
import { createAuthority, issueServingCertificate } from '../../../src/tls/certificates.ts';

const NODES = { group: '', version: 'v1', resource: 'nodes' };

let directory: string;
let server: Server;
let connections: number;
let protocols: Set<string>;
let config: PooledKubeConfig;
let client: KubeClient;
let rotate: () => Promise<void>;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'connection-pool-'));
  const caFile = join(directory, 'ca.crt');
  connections = 0;
  protocols = new Set();
  server = createServer((request, response) => {
    protocols.add(request.httpVersion);
    response.end('{"kind":"NodeList","metadata":{},"items":[]}');
  });
  server.on('secureConnection', () => {
    connections += 1;
  });
  rotate = async () => {
    const authority = await createAuthority('test', new Date());
    const serving = await issueServingCertificate(authority, ['127.0.0.1'], new Date());
    server.setSecureContext({ cert: serving.certificate, key: serving.key });
    writeFileSync(caFile, authority.certificate);
  };
  await rotate();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  config = new PooledKubeConfig();
  const { port } = server.address() as AddressInfo;
  const cluster = { name: 'c', server: `https://127.0.0.1:${port}`, caFile, skipTLSVerify: false };
  config.loadFromClusterAndUser(cluster, { name: 'u', username: 'admin', password: 'pw' });
  client = new KubeClient(config);
});

afterEach(async () => {
  await config.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

test('requests share a connection', async () => {
  for (let i = 0; i < 20; i += 1) {
    await client.list(NODES);
  }
  // The next request may come a moment before the connection of the one before is free again.
  expect(connections).toBeLessThan(3);
  expect([...protocols]).toEqual(['1.1']);
});

test('requests at the same time each have a connection of their own', async () => {
  await Promise.all([client.list(NODES), client.list(NODES), client.list(NODES)]);
  expect(connections).toBe(3);
});

test('a new CA on disk is used for the next request', async () => {
  await client.list(NODES);
  await rotate();
  await client.list(NODES);
  expect(connections).toBe(2);
});

test('a server that the CA has not signed is not talked to', async () => {
  const stranger = await issueServingCertificate(
    await createAuthority('stranger', new Date()),
    ['127.0.0.1'],
    new Date(),
  );
  server.setSecureContext({ cert: stranger.certificate, key: stranger.key });
  await expect(client.list(NODES)).rejects.toMatchObject({ status: 0, reason: /CERT|VERIFY|SIGNATURE/ });
});

test('after close there are no connections, and no request can be made', async () => {
  await client.list(NODES);
  await config.close();
  await expect(client.list(NODES)).rejects.toThrow('the connections to the API server were closed');
  await vi.waitFor(async () => {
    const open = await new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
    expect(open).toBe(0);
  });
});
