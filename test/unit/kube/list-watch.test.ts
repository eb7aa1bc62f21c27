import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { KubeClient } from '../../../src/kube/client.ts';
import { PooledKubeConfig } from '../../../src/kube/connection-pool.ts';
import { ListWatch, type ListWatchOptions, type RestartReason } from '../../../src/kube/list-watch.ts';
import { stringAt } from '../../../src/policy/json.ts';
import type { KubeObject } from '../../../src/policy/review.ts';
import { type LogFields, type Logger, silentLogger } from '../../../src/telemetry/logger.ts';
import { FakeApiServer, guardrail, refuse, type SeenRequest } from './fake-api-server.ts';

const RESOURCE = { group: 'guardrails.dev', version: 'v1alpha1', resource: 'guardrails' };
// Waits short enough for a test; what is not under test never fires.
const SETTINGS = { backoffBaseMs: 1, backoffCapMs: 5, inactivityMs: 60_000, responseMs: 5_000, pageSize: 2 };

let server: FakeApiServer;
let config: PooledKubeConfig;
let changes: number;
let restarts: RestartReason[];
const running: ListWatch[] = [];

beforeEach(async () => {
  server = await FakeApiServer.start();
  config = server.configure(new PooledKubeConfig());
  changes = 0;
  restarts = [];
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((listWatch) => listWatch.stop()));
  await config.close();
  await server.stop();
});

function create(options: Partial<ListWatchOptions> = {}): ListWatch {
  const listWatch = new ListWatch({
    config,
    client: new KubeClient(config),
    resource: RESOURCE,
    logger: silentLogger,
    onChange: () => {
      changes += 1;
    },
    onRestart: (reason) => restarts.push(reason),
    ...options,
    settings: { ...SETTINGS, ...options.settings },
  });
  running.push(listWatch);
  return listWatch;
}

function start(options: Partial<ListWatchOptions> = {}): ListWatch {
  const listWatch = create(options);
  listWatch.start();
  return listWatch;
}

const names = (listWatch: ListWatch): readonly string[] =>
  [...listWatch.items().keys()].toSorted((a, b) => a.localeCompare(b));

describe('a list', () => {
  test('is read page by page, and the watch continues at its version', async () => {
    server.objects = [guardrail('a', '1'), guardrail('b', '2'), guardrail('c', '3')];
    server.resourceVersion = '7';
    const listWatch = start({ fieldSelector: 'metadata.name!=x', labelSelector: 'team=a', random: () => 0.5 });
    await listWatch.synced;
    const watch = await server.nextWatch();

    expect(names(listWatch)).toEqual(['a', 'b', 'c']);
    expect(changes).toBe(1);
    expect(server.lists.map(({ query }) => [query.get('limit'), query.get('continue')])).toEqual([
      ['2', null],
      ['2', '2'],
    ]);
    for (const { query } of server.requests) {
      expect(query.get('fieldSelector')).toBe('metadata.name!=x');
      expect(query.get('labelSelector')).toBe('team=a');
    }
    expect(Object.fromEntries(watch.query)).toMatchObject({
      watch: 'true',
      resourceVersion: '7',
      allowWatchBookmarks: 'true',
      timeoutSeconds: '305',
    });
  });

  test('keeps raw objects, with their type and without managedFields', async () => {
    server.objects = [guardrail('a', '1', { spec: { fieldOfTheFuture: true } })];
    const listWatch = start();
    await listWatch.synced;
    expect(listWatch.items().get('a')).toEqual({
      apiVersion: 'guardrails.dev/v1alpha1',
      kind: 'Guardrail',
      metadata: { name: 'a', uid: 'uid-a', resourceVersion: '1', labels: { name: 'a' } },
      spec: { fieldOfTheFuture: true },
    });
  });

  test('of namespaced objects has their namespaces in the keys', async () => {
    server.objects = [{ metadata: { name: 'a', namespace: 'shop', resourceVersion: '1' } }];
    const listWatch = start();
    await listWatch.synced;
    expect(names(listWatch)).toEqual(['shop/a']);
  });

  test('whose snapshot expires between pages is read in one piece', async () => {
    server.objects = [guardrail('a', '1'), guardrail('b', '2'), guardrail('c', '3')];
    server.answer = ({ query }, response) => query.has('continue') && refuse(response, 410, 'Expired');
    const listWatch = start();
    await listWatch.synced;
    expect(names(listWatch)).toEqual(['a', 'b', 'c']);
    expect(server.lists.at(-1)?.query.has('limit')).toBe(false);
  });

  test.each([401, 403, 429, 500, 503])('that is refused with %i is tried again', async (code) => {
    let refusals = 2;
    server.objects = [guardrail('a', '1')];
    server.answer = (_, response) => {
      refusals -= 1;
      return refusals >= 0 && refuse(response, code, 'Refused');
    };
    const listWatch = start();
    await listWatch.synced;
    expect(names(listWatch)).toEqual(['a']);
    expect(restarts).toEqual(['Failed', 'Failed']);
  });
});

describe('an event', () => {
  test('changes the objects and says so', async () => {
    server.objects = [guardrail('a', '1'), guardrail('b', '1')];
    const listWatch = start();
    const watch = await server.nextWatch();
    watch.send('ADDED', guardrail('c', '2'));
    watch.send('MODIFIED', guardrail('a', '3', { spec: { description: 'new' } }));
    watch.send('DELETED', guardrail('b', '4'));
    await vi.waitFor(() => expect(changes).toBe(4));
    expect(names(listWatch)).toEqual(['a', 'c']);
    expect(listWatch.items().get('a')).toMatchObject({
      metadata: { resourceVersion: '3' },
      spec: { description: 'new' },
    });
    expect(listWatch.items().get('c')).not.toHaveProperty('metadata.managedFields');
  });

  test('that makes the callback throw is logged, and the watch goes on', async () => {
    const errors: (LogFields | undefined)[] = [];
    const logger: Logger = { ...silentLogger, error: (_, fields) => errors.push(fields), child: () => logger };
    const listWatch = start({
      logger,
      onChange: () => {
        throw new Error('broken consumer');
      },
    });
    const watch = await server.nextWatch();
    watch.send('ADDED', guardrail('a', '2'));
    await vi.waitFor(() => expect(names(listWatch)).toEqual(['a']));
    expect(errors).toEqual([{ error: new Error('broken consumer') }, { error: new Error('broken consumer') }]);
    expect(restarts).toEqual([]);
  });
});

describe('what is kept of an object', () => {
  const keep = ({ metadata }: KubeObject): KubeObject => ({ metadata, kept: true });

  test.each([
    ['page by page', () => false],
    [
      'in one piece',
      ({ query }: SeenRequest, response: ServerResponse) => query.has('continue') && refuse(response, 410, 'Expired'),
    ],
  ])('is all that stays of a list that is read %s', async (_, answer) => {
    server.objects = ['a', 'b', 'c'].map((name) => guardrail(name, '1', { spec: { large: true } }));
    server.answer = answer;
    const listWatch = start({ keep });
    await listWatch.synced;
    expect([...listWatch.items().values()]).toEqual(
      ['a', 'b', 'c'].map((name) => ({ metadata: expect.objectContaining({ name }), kept: true })),
    );
  });

  test('is all that stays of an event, and a bookmark is taken as it is', async () => {
    const listWatch = start({ keep });
    const watch = await server.nextWatch();
    watch.send('ADDED', guardrail('a', '2', { spec: { large: true } }));
    watch.send('BOOKMARK', { metadata: { resourceVersion: '9' } });
    watch.close();
    expect((await server.nextWatch()).query.get('resourceVersion')).toBe('9');
    expect([...listWatch.items().values()]).toEqual([{ metadata: expect.objectContaining({ name: 'a' }), kept: true }]);
  });
});

describe('each object', () => {
  const watched = () => {
    const told: string[] = [];
    const onObject = (key: string, object: KubeObject | undefined) =>
      void told.push(`${key} ${stringAt(object, 'metadata', 'resourceVersion') ?? 'gone'}`);
    return { told, onObject };
  };

  test('is told as it comes, changes and goes', async () => {
    const { told, onObject } = watched();
    server.objects = [guardrail('a', '1'), guardrail('b', '1')];
    start({ onObject });
    const watch = await server.nextWatch();
    watch.send('ADDED', guardrail('c', '2'));
    watch.send('MODIFIED', guardrail('a', '3'));
    watch.send('DELETED', guardrail('b', '4'));
    await vi.waitFor(() => expect(told).toEqual(['a 1', 'b 1', 'c 2', 'a 3', 'b gone']));
  });

  test('of which a later list says something else is told, and no other', async () => {
    const { told, onObject } = watched();
    server.objects = [guardrail('a', '1'), guardrail('b', '1'), guardrail('c', '1')];
    start({ onObject });
    const watch = await server.nextWatch();
    server.objects = [guardrail('a', '1'), guardrail('b', '5'), guardrail('d', '6')];
    watch.reset();
    await vi.waitFor(() => expect(told.slice(3)).toEqual(['b 5', 'd 6', 'c gone']));
  });

  test('that makes the listener throw is still taken in', async () => {
    const onObject = () => {
      throw new Error('broken listener');
    };
    server.objects = [guardrail('a', '1')];
    const listWatch = start({ onObject });
    const watch = await server.nextWatch();
    watch.send('ADDED', guardrail('b', '2'));
    await vi.waitFor(() => expect(names(listWatch)).toEqual(['a', 'b']));
    expect(restarts).toEqual([]);
  });
});

describe('after the watch was closed in order', () => {
  test('it continues at the last event or bookmark, without a list', async () => {
    start();
    const first = await server.nextWatch();
    first.send('ADDED', guardrail('a', '5'));
    first.close();
    const second = await server.nextWatch();
    second.send('BOOKMARK', { metadata: { resourceVersion: '9' } });
    second.close();
    const third = await server.nextWatch();
    expect(second.query.get('resourceVersion')).toBe('5');
    expect(third.query.get('resourceVersion')).toBe('9');
    expect(server.lists).toHaveLength(1);
    expect(restarts).toEqual(['Closed', 'Closed']);
    // One for the list, one for the event: bookmarks change nothing.
    expect(changes).toBe(2);
  });

  test('again and again, it waits longer each time', async () => {
    server.answer = ({ query }, response) => query.has('watch') && Boolean(response.writeHead(200).end());
    const begin = performance.now();
    start({ random: () => 1, settings: { backoffBaseMs: 20, backoffCapMs: 60 } });
    await vi.waitFor(() => expect(server.watches.length).toBeGreaterThan(4), { timeout: 5_000 });
    // 20 + 40 + 60 + 60, less what timers are early.
    expect(performance.now() - begin).toBeGreaterThan(175);
  });
});

type Ending = readonly [name: string, reason: RestartReason, end: (server: FakeApiServer) => Promise<void>];

const whileWatching = (act: (watch: Awaited<ReturnType<FakeApiServer['nextWatch']>>) => void): Ending[2] => {
  return async (fake) => act(await fake.nextWatch());
};

const refusedWatch = (code: number, reason: string): Ending[2] => {
  return async (fake) => {
    const watch = await fake.nextWatch();
    let refusals = 1;
    fake.answer = ({ query }, response) => {
      if (!query.has('watch') || refusals === 0) {
        return false;
      }
      refusals -= 1;
      return refuse(response, code, reason);
    };
    watch.close();
  };
};

const status = (code: number, reason: string) => ({ kind: 'Status', code, reason, message: reason });

const ENDINGS: readonly Ending[] = [
  ['an ERROR event with 410', 'Expired', whileWatching((watch) => watch.send('ERROR', status(410, 'Expired')))],
  ['an ERROR event with 500', 'Failed', whileWatching((watch) => watch.send('ERROR', status(500, 'InternalError')))],
  ['an ERROR event without a status', 'Failed', whileWatching((watch) => watch.sendLine('{"type":"ERROR"}'))],
  ['HTTP 410', 'Expired', refusedWatch(410, 'Expired')],
  ['HTTP 401', 'Failed', refusedWatch(401, 'Unauthorized')],
  ['HTTP 403', 'Failed', refusedWatch(403, 'Forbidden')],
  ['HTTP 404', 'Failed', refusedWatch(404, 'NotFound')],
  ['HTTP 503', 'Failed', refusedWatch(503, 'ServiceUnavailable')],
  ['a reset connection', 'Failed', whileWatching((watch) => watch.reset())],
  ['an event of an unknown type', 'Failed', whileWatching((watch) => watch.send('NEWS', guardrail('x', '9')))],
  ['an event without metadata', 'Failed', whileWatching((watch) => watch.send('ADDED', {}))],
  ['a line that is no event', 'Failed', whileWatching((watch) => watch.sendLine('[1]'))],
  ['a bookmark without a version', 'Failed', whileWatching((watch) => watch.send('BOOKMARK', { metadata: {} }))],
];

describe('after', () => {
  test.each(ENDINGS)('%s (%s), what was missed in between is listed', async (_, reason, end) => {
    server.objects = [guardrail('kept', '1'), guardrail('deleted-meanwhile', '1')];
    const listWatch = start();
    await listWatch.synced;
    server.objects = [guardrail('kept', '1'), guardrail('new', '2')];
    server.resourceVersion = '3';
    await end(server);
    const next = await server.nextWatch();
    expect(names(listWatch)).toEqual(['kept', 'new']);
    expect(next.query.get('resourceVersion')).toBe('3');
    expect(restarts.at(-1)).toBe(reason);
    expect(changes).toBe(2);
  });

  test('a failure that changed nothing, nothing is said to have changed', async () => {
    server.objects = [guardrail('a', '1')];
    const listWatch = start();
    (await server.nextWatch()).reset();
    await server.nextWatch();
    expect(names(listWatch)).toEqual(['a']);
    expect(changes).toBe(1);
  });

  test('a line that is not JSON, the events after it are seen', async () => {
    const listWatch = start();
    const watch = await server.nextWatch();
    watch.sendLine('{"type":"ADDED","object":{"metada');
    watch.send('ADDED', guardrail('a', '2'));
    await vi.waitFor(() => expect(names(listWatch)).toEqual(['a']));
  });

  test('half an event at the end of a connection, the event is asked for again', async () => {
    const listWatch = start();
    const watch = await server.nextWatch();
    watch.send('ADDED', guardrail('a', '2'));
    await vi.waitFor(() => expect(names(listWatch)).toEqual(['a']));
    watch.sendLine(`{"type":"ADDED","object":${JSON.stringify(guardrail('b', '3')).slice(0, -5)}`);
    watch.close();
    expect((await server.nextWatch()).query.get('resourceVersion')).toBe('2');
  });
});

describe('a server that says nothing', () => {
  test('while a watch is open is given up after inactivityMs', async () => {
    const listWatch = start({ settings: { inactivityMs: 40 } });
    await server.nextWatch();
    server.objects = [guardrail('new', '2')];
    await vi.waitFor(() => expect(names(listWatch)).toEqual(['new']));
    expect(restarts[0]).toBe('Silent');
  });

  test('while a watch is open, but sends bookmarks, is trusted', async () => {
    start({ settings: { inactivityMs: 250 } });
    const watch = await server.nextWatch();
    const begin = performance.now();
    let version = 1;
    await vi.waitFor(
      () => {
        version += 1;
        watch.send('BOOKMARK', { metadata: { resourceVersion: String(version) } });
        expect(performance.now() - begin).toBeGreaterThan(600);
      },
      { timeout: 5_000, interval: 20 },
    );
    expect(restarts).toEqual([]);
  });

  test.each<[string, (request: SeenRequest) => boolean]>([
    ['to a list', ({ query }) => !query.has('watch')],
    ['to a watch', ({ query }) => query.has('watch')],
  ])('%s is given up after responseMs', async (_, isSwallowed) => {
    let swallowed = 0;
    server.answer = (request) => {
      if (swallowed > 0 || !isSwallowed(request)) {
        return false;
      }
      swallowed += 1;
      return true;
    };
    start({ settings: { responseMs: 40 } });
    await server.nextWatch();
    expect(swallowed).toBe(1);
    expect(restarts).toHaveLength(1);
  });
});

describe('the periodic list', () => {
  test('heals what the watch did not say', async () => {
    const listWatch = start({ settings: { relistMs: 40 } });
    await server.nextWatch();
    server.objects = [guardrail('missed', '2')];
    await vi.waitFor(() => expect(names(listWatch)).toEqual(['missed']));
    expect(restarts[0]).toBe('Relist');
  });
});

describe('staleness', () => {
  test('is the time since the last list, open watch, event or bookmark', async () => {
    let now = 1_000_000;
    const listWatch = create({ now: () => now });
    expect(listWatch.staleness()).toBe(Number.POSITIVE_INFINITY);
    listWatch.start();
    const watch = await server.nextWatch();
    watch.send('ADDED', guardrail('a', '2'));
    await vi.waitFor(() => expect(names(listWatch)).toEqual(['a']));
    expect(listWatch.staleness()).toBe(0);
    now += 30_000;
    expect(listWatch.staleness()).toBe(30);
    watch.send('BOOKMARK', { metadata: { resourceVersion: '3' } });
    await vi.waitFor(() => expect(listWatch.staleness()).toBe(0));
    now += 20_000;
    expect(listWatch.staleness()).toBe(20);
    watch.send('MODIFIED', guardrail('a', '4'));
    await vi.waitFor(() => expect(listWatch.staleness()).toBe(0));
    expect(listWatch.staleness(now + 5_000)).toBe(5);
  });

  test('grows while the server is away', async () => {
    let now = 1_000_000;
    const listWatch = start({ now: () => now });
    const watch = await server.nextWatch();
    server.answer = (_, response) => refuse(response, 503, 'ServiceUnavailable');
    watch.reset();
    await vi.waitFor(() => expect(restarts).toContain('Failed'));
    now += 90_000;
    expect(listWatch.staleness()).toBe(90);
    server.answer = () => false;
    await server.nextWatch();
    expect(listWatch.staleness()).toBe(0);
  });
});

describe('logging', () => {
  test('is one warning per outage, and one line when it is over', async () => {
    const lines: string[] = [];
    const note = (message: string) => lines.push(message);
    const logger: Logger = { ...silentLogger, warn: note, info: note, child: () => logger };
    start({ logger });
    const watch = await server.nextWatch();
    server.answer = (_, response) => refuse(response, 503, 'ServiceUnavailable');
    watch.reset();
    await vi.waitFor(() => expect(restarts.length).toBeGreaterThan(5));
    expect(lines).toEqual(['watch failed']);
    server.answer = () => false;
    await server.nextWatch();
    expect(lines).toEqual(['watch failed', 'watch recovered']);
  });
});

describe('stop', () => {
  test('ends the watch, and nothing is called any more', async () => {
    const listWatch = start();
    await server.nextWatch();
    await listWatch.stop();
    const requests = server.requests.length;
    server.objects = [guardrail('late', '2')];
    await listWatch.stop();
    expect(server.requests).toHaveLength(requests);
    expect(changes).toBe(1);
    expect(restarts).toEqual([]);
  });

  test('before the first list rejects synced', async () => {
    server.answer = () => true;
    const listWatch = start();
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    await listWatch.stop();
    await expect(listWatch.synced).rejects.toThrow('stopped before it had synced');
  });

  test('does not wait for a watch that the server has not accepted', async () => {
    server.answer = ({ query }) => query.has('watch');
    const listWatch = start();
    await vi.waitFor(() => expect(server.watches).toHaveLength(1));
    await listWatch.stop();
    expect(restarts).toEqual([]);
  });

  test('before start is fine', async () => {
    const listWatch = create();
    await listWatch.stop();
    await expect(listWatch.synced).rejects.toThrow();
  });
});

test('a server that asks for patience is given it', async () => {
  let refusals = 1;
  server.answer = (_, response) => {
    refusals -= 1;
    return refusals >= 0 && Boolean(response.writeHead(429, { 'Retry-After': '1' }).end());
  };
  const begin = performance.now();
  const listWatch = start({ settings: { backoffCapMs: 40 } });
  await listWatch.synced;
  // Five times the cap, not the whole second: nobody may blind us for long.
  expect(performance.now() - begin).toBeGreaterThan(195);
});
