import { createRequire } from 'node:module';
import type { ResourceEvent, ResourceMeta } from '@dot-i/k8s-operator';
import { Watch } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  GuardrailOperator,
  type GuardrailOperatorOptions,
  type ResourceWatch,
} from '../../../src/controller/operator.ts';
import { KubeClient } from '../../../src/kube/client.ts';
import { PooledKubeConfig } from '../../../src/kube/connection-pool.ts';
import { isConflict, isForbidden } from '../../../src/kube/errors.ts';
import type { ListWatchOptions } from '../../../src/kube/list-watch.ts';
import { silentLogger } from '../../../src/telemetry/logger.ts';
import { FakeApiServer, guardrail, refuse, respond } from '../kube/fake-api-server.ts';

const requireFromBase = createRequire(createRequire(import.meta.url).resolve('@dot-i/k8s-operator'));

const GUARDRAILS = { group: 'guardrails.dev', version: 'v1alpha1', resource: 'guardrails' };
const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };

/** Makes the protected methods callable, as a subclass would call them. */
class OpenOperator extends GuardrailOperator {
  readonly open = {
    watchResource: this.watchResource.bind(this),
    setResourceStatus: this.setResourceStatus.bind(this),
    patchResourceStatus: this.patchResourceStatus.bind(this),
    setResourceFinalizers: this.setResourceFinalizers.bind(this),
    handleResourceFinalizer: this.handleResourceFinalizer.bind(this),
    registerCustomResourceDefinition: this.registerCustomResourceDefinition.bind(this),
    getCustomResourceApiUri: this.getCustomResourceApiUri.bind(this),
    applyAxiosKubeConfigAuth: this.applyAxiosKubeConfigAuth.bind(this),
    applyGaxiosKubeConfigAuth: this.applyGaxiosKubeConfigAuth.bind(this),
  };
}

let server: FakeApiServer;
let config: PooledKubeConfig;
let dirty: string[];
const operators: GuardrailOperator[] = [];

beforeEach(async () => {
  server = await FakeApiServer.start();
  config = server.configure(new PooledKubeConfig());
  dirty = [];
});

afterEach(async () => {
  await Promise.all(operators.splice(0).map((operator) => operator.stop()));
  await config.close();
  await server.stop();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function create(options: Partial<GuardrailOperatorOptions> = {}): OpenOperator {
  const operator = new OpenOperator({
    config,
    client: new KubeClient(config),
    logger: silentLogger,
    resources: [GUARDRAILS],
    onChange: (resource) => dirty.push(resource),
    settings: { backoffBaseMs: 1, backoffCapMs: 5 },
    ...options,
  });
  operators.push(operator);
  return operator;
}

/** A watch that does nothing but note what it is asked for. */
function fakeWatches() {
  const created: { options: ListWatchOptions; started: number; stopped: number; items: Map<string, object> }[] = [];
  const createWatch = (options: ListWatchOptions): ResourceWatch => {
    const entry = { options, started: 0, stopped: 0, items: new Map<string, Readonly<Record<string, unknown>>>() };
    created.push(entry);
    return {
      start: () => {
        entry.started += 1;
      },
      stop: async () => {
        entry.stopped += 1;
      },
      items: () => entry.items,
      staleness: () => 7,
      synced: Promise.resolve(),
    };
  };
  return { created, createWatch };
}

const META: ResourceMeta = {
  id: 'guardrails.guardrails.dev/v1alpha1',
  name: 'no-deletes',
  apiVersion: 'guardrails.dev/v1alpha1',
  kind: 'Guardrail',
  resourceVersion: '5',
};

describe('the base class', () => {
  test('has no method that is not either overridden or known to do no I/O', () => {
    const base = Object.getPrototypeOf(GuardrailOperator.prototype);
    const inherited = Object.getOwnPropertyNames(base).filter(
      (name) => !Object.hasOwn(GuardrailOperator.prototype, name),
    );
    // resourceStatusRequest does, but only the two methods call it that are overridden.
    expect(inherited.toSorted((a, b) => a.localeCompare(b))).toEqual([
      'errorToJson',
      'handleResourceFinalizer',
      'resourceStatusRequest',
      'start',
    ]);
  });

  test('reaches no network, no process and no file of its own', async () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const watch = vi.spyOn(Watch.prototype, 'watch');
    const gaxios = vi.spyOn(requireFromBase('gaxios').instance, 'request');
    const { createWatch } = fakeWatches();
    const operator = create({ createWatch });
    server.answer = (_, response) =>
      respond(response, 200, { ...guardrail('no-deletes', '6'), apiVersion: 'v1', kind: 'X' });

    await operator.start();
    await operator.open.setResourceStatus(META, {});
    await operator.open.patchResourceStatus(META, {});
    await operator.open.setResourceFinalizers(META, []);
    await expect(operator.open.registerCustomResourceDefinition()).rejects.toThrow(
      'installed together with the operator',
    );
    await expect(operator.open.applyAxiosKubeConfigAuth()).rejects.toThrow('KubeClient');
    await expect(operator.open.applyGaxiosKubeConfigAuth()).rejects.toThrow('KubeClient');
    await operator.stop();

    expect(exit).not.toHaveBeenCalled();
    expect(watch).not.toHaveBeenCalled();
    expect(gaxios).not.toHaveBeenCalled();
  });

  test.each([
    ['does not exist', '/nonexistent/kubeconfig'],
    ['is no kubeconfig', import.meta.filename],
  ])('does not mind that the default kubeconfig of the machine %s', (_, path) => {
    vi.stubEnv('KUBECONFIG', path);
    const operator = create();
    expect(operator.open.getCustomResourceApiUri('g', 'v1', 'things')).toBe(`${server.url}/apis/g/v1/things`);
    // What was suspended works again.
    expect(() => new PooledKubeConfig().loadFromDefault()).toThrow();
  });
});

describe('the watches', () => {
  test('are started by start and ended by stop', async () => {
    const { created, createWatch } = fakeWatches();
    const operator = create({
      createWatch,
      resources: [GUARDRAILS, { ...NAMESPACES, fieldSelector: 'metadata.name=shop' }],
    });
    expect(created).toHaveLength(0);
    await operator.start();
    await operator.synced();
    expect(created.map(({ options, started }) => [options.resource, options.fieldSelector, started])).toEqual([
      [GUARDRAILS, undefined, 1],
      [NAMESPACES, 'metadata.name=shop', 1],
    ]);
    expect(operator.staleness('guardrails')).toBe(7);
    await operator.stop();
    expect(created.map(({ stopped }) => stopped)).toEqual([1, 1]);
  });

  test('say what is dirty, and have the objects', async () => {
    server.objects = [guardrail('a', '1')];
    const operator = create();
    await operator.start();
    await operator.synced();
    expect([...operator.items('guardrails').keys()]).toEqual(['a']);
    await vi.waitFor(() => expect(dirty).toEqual(['guardrails']));
    (await server.nextWatch()).send('DELETED', guardrail('a', '2'));
    await vi.waitFor(() => expect(dirty).toEqual(['guardrails', 'guardrails']));
    expect(operator.items('guardrails').size).toBe(0);
  });

  test('of something that is not watched are an error', () => {
    expect(() => create().items('pods')).toThrow('pods are not watched');
  });

  test('can not be two of one resource', async () => {
    const operator = create();
    await operator.start();
    await expect(operator.open.watchResource('', 'v1', 'guardrails', async () => undefined)).rejects.toThrow(
      'watched already',
    );
  });

  test('tell each difference as an event, also what was deleted while the connection was broken', async () => {
    server.objects = [guardrail('a', '1'), guardrail('b', '1')];
    const operator = create({ resources: [] });
    const events: [string, string][] = [];
    const onEvent = async ({ type, meta }: ResourceEvent) => {
      events.push([type, meta.name]);
    };
    await operator.open.watchResource('guardrails.dev', 'v1alpha1', 'guardrails', onEvent);
    const watch = await server.nextWatch();
    await vi.waitFor(() => expect(events).toHaveLength(2));
    server.objects = [guardrail('b', '2'), guardrail('c', '3')];
    watch.reset();
    await vi.waitFor(() => expect(events).toHaveLength(5));
    expect(events).toEqual([
      ['ADDED', 'a'],
      ['ADDED', 'b'],
      ['DELETED', 'a'],
      ['MODIFIED', 'b'],
      ['ADDED', 'c'],
    ]);
  });

  test('go on when a handler fails', async () => {
    const errors: string[] = [];
    const logger = { ...silentLogger, error: (message: string) => errors.push(message), child: () => logger };
    const operator = create({ logger, resources: [] });
    await operator.open.watchResource('guardrails.dev', 'v1alpha1', 'guardrails', () =>
      Promise.reject(new Error('no')),
    );
    const watch = await server.nextWatch();
    watch.send('ADDED', { ...guardrail('a', '2'), apiVersion: 'v1', kind: 'X' });
    await vi.waitFor(() => expect(errors).toEqual(['event was not handled']));
    watch.send('ADDED', { ...guardrail('b', '3'), apiVersion: 'v1', kind: 'X' });
    await vi.waitFor(() => expect(operator.items('guardrails').size).toBe(2));
  });

  test.each<[string, (fake: FakeApiServer) => Promise<void>]>([
    ['HTTP 401', async (fake) => failOnce(fake, 401)],
    ['HTTP 403', async (fake) => failOnce(fake, 403)],
    ['HTTP 410', async (fake) => failOnce(fake, 410)],
    ['HTTP 500', async (fake) => failOnce(fake, 500)],
    ['a reset', async (fake) => (await fake.nextWatch()).reset()],
    ['an ERROR event', async (fake) => (await fake.nextWatch()).send('ERROR', { kind: 'Status', code: 410 })],
  ])('survive %s, and the process too', async (_, fail) => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const operator = create();
    await operator.start();
    await operator.synced();
    server.objects = [guardrail('later', '2')];
    await fail(server);
    await vi.waitFor(() => expect([...operator.items('guardrails').keys()]).toEqual(['later']));
    expect(exit).not.toHaveBeenCalled();
  });
});

async function failOnce(fake: FakeApiServer, code: number): Promise<void> {
  const watch = await fake.nextWatch();
  let failures = 1;
  fake.answer = (_, response) => {
    failures -= 1;
    return failures >= 0 && refuse(response, code, 'Refused');
  };
  // So that it lists, and not only watches.
  watch.reset();
}

describe('writes', () => {
  const stored = { ...guardrail('no-deletes', '6'), apiVersion: 'guardrails.dev/v1alpha1', kind: 'Guardrail' };

  test.each<[string, (operator: OpenOperator) => Promise<unknown>, object]>([
    [
      'setResourceStatus replaces the status at its version',
      (operator) => operator.open.setResourceStatus(META, { observedGeneration: 1 }),
      {
        method: 'PUT',
        path: '/apis/guardrails.dev/v1alpha1/guardrails/no-deletes/status',
        body: {
          apiVersion: 'guardrails.dev/v1alpha1',
          kind: 'Guardrail',
          metadata: { name: 'no-deletes', resourceVersion: '5' },
          status: { observedGeneration: 1 },
        },
      },
    ],
    [
      'patchResourceStatus patches the status at its version',
      (operator) => operator.open.patchResourceStatus(META, { observedGeneration: 1 }),
      {
        method: 'PATCH',
        path: '/apis/guardrails.dev/v1alpha1/guardrails/no-deletes/status',
        body: { metadata: { resourceVersion: '5' }, status: { observedGeneration: 1 } },
      },
    ],
    [
      'setResourceFinalizers patches the finalizers at their version',
      (operator) =>
        operator.open.setResourceFinalizers({ ...META, id: 'pods.v1', apiVersion: 'v1', namespace: 'shop' }, [
          'guardrails.dev/x',
        ]),
      {
        method: 'PATCH',
        path: '/api/v1/namespaces/shop/pods/no-deletes',
        body: { metadata: { resourceVersion: '5', finalizers: ['guardrails.dev/x'] } },
      },
    ],
  ])('%s', async (_, write, request) => {
    server.answer = (__, response) => respond(response, 200, stored);
    await write(create());
    expect(server.requests).toEqual([expect.objectContaining(request)]);
  });

  test('return what is stored now', async () => {
    server.answer = (_, response) => respond(response, 200, stored);
    await expect(create().open.patchResourceStatus(META, {})).resolves.toMatchObject({ ...META, resourceVersion: '6' });
  });

  test('that fail throw', async () => {
    server.answer = (_, response) => refuse(response, 409, 'Conflict');
    await expect(create().open.setResourceStatus(META, {})).rejects.toSatisfy(isConflict);
    await expect(create().open.patchResourceStatus(META, {})).rejects.toSatisfy(isConflict);
    server.answer = (_, response) => refuse(response, 403, 'Forbidden');
    await expect(create().open.setResourceFinalizers(META, [])).rejects.toSatisfy(isForbidden);
  });

  test('of the inherited handleResourceFinalizer go through ours', async () => {
    server.answer = (_, response) => respond(response, 200, stored);
    const { Added } = requireFromBase('./operator.js').ResourceEventType;
    const event = { type: Added, meta: META, object: { metadata: { name: 'no-deletes' } } };
    await expect(create().open.handleResourceFinalizer(event, 'guardrails.dev/x', async () => undefined)).resolves.toBe(
      true,
    );
    expect(server.requests[0]?.body).toMatchObject({ metadata: { finalizers: ['guardrails.dev/x'] } });
  });
});

test.each([
  [['apps', 'v1', 'deployments', 'shop'], '/apis/apps/v1/namespaces/shop/deployments'],
  [['', 'v1', 'nodes'], '/api/v1/nodes'],
] as const)('the URI of %j is %s', (call, path) => {
  const [group, version, plural, namespace] = call;
  expect(create().open.getCustomResourceApiUri(group, version, plural, namespace)).toBe(server.url + path);
});
