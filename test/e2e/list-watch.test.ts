import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { KubeClient } from '../../src/kube/client.ts';
import type { PooledKubeConfig } from '../../src/kube/connection-pool.ts';
import { discover } from '../../src/kube/discovery.ts';
import { isExpired } from '../../src/kube/errors.ts';
import { loadKubeConfig } from '../../src/kube/kube-config.ts';
import { ListWatch, type RestartReason } from '../../src/kube/list-watch.ts';
import type { ListWatchSettings } from '../../src/kube/list-watch-settings.ts';
import { resourcePath } from '../../src/kube/resource-path.ts';
import { watchOnce } from '../../src/kube/watch-stream.ts';
import { type ControlPlane, startControlPlane } from '../../src/sandbox/control-plane.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { eventually } from './support/poll.ts';
import { TcpProxy } from './support/tcp-proxy.ts';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps', namespace: 'default' };

let controlPlane: ControlPlane;
/** Goes straight to the API server, whatever is done to the proxy. */
let direct: KubeClient;
let directConfig: PooledKubeConfig;
let proxy: TcpProxy;
let config: PooledKubeConfig;
let restarts: RestartReason[];
let listWatch: ListWatch;
let count = 0;

beforeAll(async () => {
  controlPlane = await startControlPlane({ env: process.env });
  directConfig = loadKubeConfig({ kubeconfig: controlPlane.adminKubeconfig });
  direct = new KubeClient(directConfig);
});

afterAll(async () => {
  await directConfig.close();
  await controlPlane.stop();
});

beforeEach(async () => {
  proxy = await TcpProxy.start(Number(new URL(controlPlane.server).port));
  const path = join(controlPlane.directory, 'through-proxy.kubeconfig');
  const text = readFileSync(controlPlane.adminKubeconfig, 'utf8').replaceAll(controlPlane.server, proxy.url);
  writeFileSync(path, text, { mode: 0o600 });
  config = loadKubeConfig({ kubeconfig: path, connectTimeoutMs: 1_000 });
  restarts = [];
});

afterEach(async () => {
  await listWatch.stop();
  await config.close();
  await proxy.stop();
});

async function start(settings: Partial<ListWatchSettings> = {}): Promise<void> {
  listWatch = new ListWatch({
    config,
    client: new KubeClient(config),
    resource: CONFIG_MAPS,
    logger: silentLogger,
    onChange: () => undefined,
    onRestart: (reason) => restarts.push(reason),
    settings,
  });
  listWatch.start();
  await listWatch.synced;
}

const has = (name: string): boolean => listWatch.items().has(`default/${name}`);

async function create(): Promise<string> {
  count += 1;
  const name = `config-${count}`;
  await direct.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
  return name;
}

const remove = (name: string): Promise<void> => direct.delete({ ...CONFIG_MAPS, name });

/** Returns after how many milliseconds the condition held. */
async function timeUntil(condition: () => boolean, message: string): Promise<number> {
  const begin = performance.now();
  await eventually(condition, { message, intervalMs: 10, timeoutMs: 30_000 });
  return performance.now() - begin;
}

const FAST: Partial<ListWatchSettings> = { inactivityMs: 1_000 };

describe('on a quiet system', () => {
  test.each<[string, Partial<ListWatchSettings>]>([
    ['with the usual settings', {}],
    ['with a watchdog of a second', FAST],
  ])('%s, what is created, changed and deleted is seen within 2 seconds', async (_, settings) => {
    await start(settings);
    for (let round = 0; round < 3; round += 1) {
      if (settings === FAST) {
        // With such a watchdog a quiet watch is replaced every second: what comes about then must not be seen late.
        const before = restarts.length;
        await eventually(() => restarts.length > before, { message: 'the quiet watch is replaced', intervalMs: 10 });
      }
      const name = await create();
      expect(await timeUntil(() => has(name), 'the new object is seen')).toBeLessThan(2_000);
      await direct.patch({ ...CONFIG_MAPS, name }, 'merge', { data: { round: 'new' } });
      const isChanged = () => JSON.stringify(listWatch.items().get(`default/${name}`)).includes('"round":"new"');
      expect(await timeUntil(isChanged, 'the change is seen')).toBeLessThan(2_000);
      await remove(name);
      expect(await timeUntil(() => !has(name), 'the deletion is seen')).toBeLessThan(2_000);
    }
  });
});

describe('when the network', () => {
  test('loses the connections without a word, they are noticed and replaced', async () => {
    await start(FAST);
    const gone = await create();
    await eventually(() => has(gone), { message: 'the object is seen' });
    proxy.dropOpenConnections();
    const name = await create();
    await remove(gone);
    expect(await timeUntil(() => has(name) && !has(gone), 'the changes are seen')).toBeLessThan(5_000);
    expect(restarts).toContain('Silent');
  });

  test('says nothing for some time, what changed meanwhile is seen within 5 seconds after', async () => {
    await start(FAST);
    const gone = await create();
    await eventually(() => has(gone), { message: 'the object is seen' });
    proxy.silence();
    const name = await create();
    await remove(gone);
    await eventually(() => listWatch.staleness() > 4, { message: 'staleness grows' });
    expect(has(name)).toBe(false);
    proxy.restore();
    expect(await timeUntil(() => has(name) && !has(gone), 'the changes are seen')).toBeLessThan(5_000);
    expect(listWatch.staleness()).toBeLessThan(2);
  });
});

describe('when the API server', () => {
  test.each([
    ['with the usual settings', {}],
    ['with a watchdog of a second', FAST],
  ])('is killed and started again, %s, what is new is seen within 5 seconds', async (_, settings) => {
    await start(settings);
    await controlPlane.killApiServer();
    await eventually(() => restarts.includes('Failed'), { message: 'the outage is noticed' });
    await controlPlane.startApiServer();
    const back = performance.now();
    const name = await eventually(create, { message: 'an object can be created' });
    await eventually(() => has(name), { message: 'the new object is seen', intervalMs: 10 });
    expect(performance.now() - back).toBeLessThan(5_000);
  });

  test('has forgotten the version that was watched, what was deleted meanwhile is seen', async () => {
    await start(FAST);
    const gone = await create();
    await eventually(() => has(gone), { message: 'the object is seen' });
    const { resourceVersion } = await direct.list(CONFIG_MAPS);
    proxy.silence();
    await remove(gone);
    const name = await create();
    await controlPlane.compact();
    await controlPlane.killApiServer();
    await controlPlane.startApiServer();
    proxy.restore();
    expect(await timeUntil(() => has(name) && !has(gone), 'the changes are seen')).toBeLessThan(5_000);

    const end = await watchOnce(directConfig, {
      path: resourcePath(CONFIG_MAPS),
      query: { resourceVersion },
      openTimeoutMs: 10_000,
      inactivityMs: 10_000,
      signal: AbortSignal.timeout(20_000),
      onOpen: () => undefined,
      onEvent: (type, object) => {
        // The server may accept the watch and say it as an event.
        expect([type, object.code]).toEqual(['ERROR', 410]);
        throw Object.assign(new Error('Gone'), { statusCode: 410 });
      },
    });
    expect(end.kind === 'Failed' && isExpired(end.error)).toBe(true);
  });
});

test('discovery of a real API server knows our subresources and says that nothing is stale', async () => {
  const { resources, stale } = await discover(direct);
  expect(stale).toEqual([]);
  const deployments = resources.find(({ resource, group }) => resource === 'deployments' && group === 'apps');
  expect(deployments?.versions[0]?.subresources.map(({ name }) => name)).toEqual(['scale', 'status']);
});
