import { describe, expect, test } from 'vitest';
import type { GuardrailSpec, GuardrailTest } from '../../../src/api/v1alpha1.ts';
import { runTests, TestTimeoutError } from '../../../src/simulation/run-tests.ts';
import { compiled, guardrail } from '../policy/support/judge.ts';

const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments' };
const PODS = { version: 'v1', resource: 'pods' };

const deployment = (replicas: number, labels: Record<string, string> = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', labels },
  spec: { replicas },
});

const scaling = (from: number, to: number): GuardrailTest['request'] => ({
  operation: 'UPDATE',
  resource: DEPLOYMENTS,
  oldObject: deployment(from),
  object: deployment(to),
});

const scaleRequest = (from: number, to: number): GuardrailTest['request'] => ({
  operation: 'UPDATE',
  resource: DEPLOYMENTS,
  subresource: 'scale',
  oldObject: { metadata: { name: 'web', namespace: 'shop' }, spec: { replicas: from } },
  object: { metadata: { name: 'web', namespace: 'shop' }, spec: { replicas: to } },
});

const autoscaler = (maxReplicas: number) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { minReplicas: 1, maxReplicas, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
});

const HALF: Partial<GuardrailSpec> = { when: [{ change: { type: 'Decreased', byMoreThan: '50%' } }] };

/** Runs one test of a guardrail of these actions. */
async function run(match: GuardrailSpec['match'], spec: Partial<GuardrailSpec>, one: Omit<GuardrailTest, 'name'>) {
  const tests = [{ name: 'it', ...one }];
  const [result] = await runTests(guardrail(match, { ...spec, tests }), compiled(match, { ...spec, tests }), 5_000);
  if (result === undefined) throw new Error('there was no test');
  return result;
}

describe('what a test finds', () => {
  const scaleDown: GuardrailSpec['match'] = { actions: ['ScaleDown'] };
  const production: GuardrailSpec['match'] = {
    ...scaleDown,
    namespaceSelector: { matchLabels: { env: 'production' } },
  };
  test.each<[string, GuardrailSpec['match'], Partial<GuardrailSpec>, Omit<GuardrailTest, 'name' | 'expect'>, string]>([
    ['a trip, in the words of its enforcement', scaleDown, HALF, { request: scaling(10, 2) }, 'Denied'],
    [
      'a warning',
      scaleDown,
      { ...HALF, enforcement: 'Warn', failurePolicy: 'Ignore' },
      { request: scaling(10, 2) },
      'Warned',
    ],
    [
      'a record',
      scaleDown,
      { ...HALF, enforcement: 'Audit', failurePolicy: 'Ignore' },
      { request: scaling(10, 2) },
      'Audited',
    ],
    ['what matches and does not trip', scaleDown, HALF, { request: scaling(10, 6) }, 'Allowed'],
    ['what is no such action', scaleDown, HALF, { request: scaling(6, 10) }, 'NotMatched'],
    ['a namespace without the labels', production, HALF, { request: scaling(10, 2) }, 'NotMatched'],
    [
      'a namespace with the labels',
      production,
      HALF,
      { request: scaling(10, 2), namespaceLabels: { env: 'production' } },
      'Denied',
    ],
    [
      'a namespace among what exists',
      production,
      HALF,
      {
        request: scaling(10, 2),
        existing: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { env: 'production' } } }],
      },
      'Denied',
    ],
    ['a subresource that tells enough itself', scaleDown, HALF, { request: scaleRequest(10, 2) }, 'Denied'],
    [
      'a subresource whose object decides, and is given',
      { ...scaleDown, objectSelector: { matchLabels: { app: 'web' } } },
      HALF,
      { request: scaleRequest(10, 2), target: deployment(10, { app: 'web' }) },
      'Denied',
    ],
    [
      'a subresource whose object decides, and is not given: no proof of anything',
      { ...scaleDown, objectSelector: { matchLabels: { app: 'web' } } },
      HALF,
      { request: scaleRequest(10, 2) },
      'Error',
    ],
    [
      'an autoscaler that takes what exists down',
      scaleDown,
      HALF,
      {
        request: {
          operation: 'UPDATE',
          resource: { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' },
          oldObject: autoscaler(10),
          object: autoscaler(2),
        },
        existing: [deployment(10)],
      },
      'Denied',
    ],
    [
      'the end of a namespace that holds what is protected',
      {
        actions: ['Delete'],
        resources: [{ apiGroups: ['apps'], resources: ['deployments'] }],
        objectSelector: { matchLabels: { protected: 'true' } },
      },
      {},
      {
        request: {
          operation: 'DELETE',
          resource: { version: 'v1', resource: 'namespaces' },
          oldObject: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
        },
        existing: [deployment(1, { protected: 'true' })],
      },
      'Denied',
    ],
    [
      'the end of a namespace that holds nothing of it',
      {
        actions: ['Delete'],
        resources: [{ apiGroups: ['apps'], resources: ['deployments'] }],
        objectSelector: { matchLabels: { protected: 'true' } },
      },
      {},
      {
        request: {
          operation: 'DELETE',
          resource: { version: 'v1', resource: 'namespaces' },
          oldObject: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
        },
        existing: [deployment(1)],
      },
      'NotMatched',
    ],
    [
      'a custom resource that its definition tells how to scale',
      scaleDown,
      HALF,
      {
        request: {
          operation: 'UPDATE',
          resource: { group: 'example.com', version: 'v1', resource: 'widgets' },
          oldObject: { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: { size: 9 } },
          object: { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: { size: 1 } },
        },
        existing: [
          {
            apiVersion: 'apiextensions.k8s.io/v1',
            kind: 'CustomResourceDefinition',
            metadata: { name: 'widgets.example.com' },
            spec: {
              group: 'example.com',
              scope: 'Namespaced',
              names: { plural: 'widgets', kind: 'Widget' },
              versions: [
                {
                  name: 'v1',
                  served: true,
                  storage: true,
                  subresources: { scale: { specReplicasPath: '.spec.size' } },
                },
              ],
            },
          },
        ],
      },
      'Denied',
    ],
    [
      'an exec by somebody of a group',
      { actions: ['Exec'], subjects: { include: [{ kind: 'Group', name: 'dev' }] } },
      {},
      {
        request: {
          operation: 'CONNECT',
          resource: PODS,
          subresource: 'exec',
          name: 'web-1',
          object: { apiVersion: 'v1', kind: 'PodExecOptions', command: ['sh'] },
          userInfo: { username: 'alice', groups: ['dev'] },
        },
      },
      'Denied',
    ],
    [
      'everybody is authenticated',
      { ...scaleDown, subjects: { include: [{ kind: 'Group', name: 'system:authenticated' }] } },
      {},
      { request: scaling(2, 1) },
      'Denied',
    ],
    [
      'an UPDATE without its old object',
      scaleDown,
      {},
      { request: { ...scaling(2, 1), oldObject: undefined } },
      'Invalid',
    ],
    [
      'images that nobody has scanned, where no reports are given',
      { actions: ['ImageChange'] },
      { when: [{ images: { scan: { maxCritical: 0, onSourceUnavailable: 'Warn' } } }] },
      { request: podOf('registry.example.com/web:1') },
      'Warned',
    ],
    [
      'images that a report clears',
      { actions: ['ImageChange'] },
      { when: [{ images: { scan: { maxCritical: 0, onSourceUnavailable: 'Deny' } } }] },
      { request: podOf('registry.example.com/web:1'), existing: [reportOn('web', '1', 0)] },
      'Allowed',
    ],
    [
      'images that a report condemns',
      { actions: ['ImageChange'] },
      { when: [{ images: { scan: { maxCritical: 0, onSourceUnavailable: 'Allow' } } }] },
      { request: podOf('registry.example.com/web:1'), existing: [reportOn('web', '1', 3)] },
      'Denied',
    ],
    [
      'the age of a report without a time to count from',
      { actions: ['ImageChange'] },
      { when: [{ images: { scan: { maxAge: '1d', onSourceUnavailable: 'Allow' } } }] },
      { request: podOf('registry.example.com/web:1'), existing: [reportOn('web', '1', 0)] },
      'Invalid',
    ],
  ])('%s', async (_name, match, spec, one, actual) => {
    const result = await run(match, spec, { ...one, expect: 'Allowed' });
    expect(result).toMatchObject({ actual, passed: actual === 'Allowed' });
  });
});

function podOf(image: string): GuardrailTest['request'] {
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { containers: [{ name: 'web', image }] },
  };
  return { operation: 'CREATE', resource: PODS, object };
}

function reportOn(repository: string, tag: string, criticalCount: number) {
  return {
    apiVersion: 'aquasecurity.github.io/v1alpha1',
    kind: 'VulnerabilityReport',
    metadata: { name: 'r', namespace: 'default' },
    report: {
      artifact: { repository, tag },
      registry: { server: 'registry.example.com' },
      summary: { criticalCount, highCount: 0 },
    },
  };
}

describe('what a test expects', () => {
  const match: GuardrailSpec['match'] = { actions: ['ScaleDown'] };
  test.each<[string, Omit<GuardrailTest, 'name'>, boolean, string]>([
    ['a trip, whatever enforcement says', { request: scaling(2, 1), expect: 'Tripped' }, true, ''],
    ['another decision', { request: scaling(2, 1), expect: 'Warned' }, false, 'expected Warned, got Denied'],
    ['a part of the message', { request: scaling(2, 1), expect: 'Denied', message: 'replicas 2 -> 1' }, true, ''],
    [
      'a part that is not in the message',
      { request: scaling(2, 1), expect: 'Denied', message: 'replicas 2 -> 0' },
      false,
      'expected a message with "replicas 2 -> 0"',
    ],
    [
      'no message, where there is none to have',
      { request: scaling(1, 2), expect: 'NotMatched', message: 'replicas' },
      false,
      'expected a message with "replicas"',
    ],
  ])('%s', async (_name, one, passed, why) => {
    expect(await run(match, {}, one)).toMatchObject({ passed, why });
  });
});

test('a schedule asks for the time, and is judged by the one that the test gives', async () => {
  const schedule: GuardrailSpec['schedule'] = {
    active: 'During',
    windows: [{ absolute: { from: '2026-12-20T00:00:00Z', to: '2027-01-02T00:00:00Z' } }],
  };
  const at = (now?: string) =>
    run({ actions: ['ScaleDown'] }, { schedule }, { request: scaling(2, 1), expect: 'Denied', ...(now && { now }) });
  expect(await at()).toMatchObject({
    actual: 'Invalid',
    why: 'now must be set, since the guardrail asks for the time',
  });
  expect(await at('2026-12-24T18:00:00Z')).toMatchObject({ actual: 'Denied', passed: true });
  expect(await at('2027-01-02T00:00:00Z')).toMatchObject({ actual: 'NotMatched', passed: false });
});

test('tests that take too long are not run to their end', async () => {
  const tests = [1, 2].map((n) => ({ name: `test ${n}`, request: scaling(2, 1), expect: 'Denied' as const }));
  const match: GuardrailSpec['match'] = { actions: ['ScaleDown'] };
  const running = runTests(guardrail(match, { tests }), compiled(match, { tests }), -1);
  await expect(running).rejects.toThrow(TestTimeoutError);
  await expect(running).rejects.toThrow('must take at most -1 ms in all: "test 1" was not reached');
});
