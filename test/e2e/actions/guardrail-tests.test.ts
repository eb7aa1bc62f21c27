import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { GuardrailSpec, GuardrailTest } from '../../../src/api/v1alpha1.ts';
import { expectPassed } from '../support/decisions.ts';
import { guardTest } from '../support/guard-test.ts';
import { GuardedCluster, guardrail, type Person } from '../support/guarded-cluster.ts';
import { eventually } from '../support/poll.ts';

const deployment = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { replicas },
});

const scaling = (from: number, to: number): GuardrailTest['request'] => ({
  operation: 'UPDATE',
  resource: { group: 'apps', version: 'v1', resource: 'deployments' },
  oldObject: deployment(from),
  object: deployment(to),
});

const halving: GuardrailTest = { name: 'halving is fine', request: scaling(10, 5), expect: 'Allowed' };
const emptying: GuardrailTest = {
  name: 'emptying trips',
  request: scaling(10, 0),
  expect: 'Tripped',
  message: '10 -> 0',
};
/** The guardrail makes something else of it. */
const wrong: GuardrailTest = { ...halving, name: 'halving is refused', expect: 'Denied' };

const tested = (...tests: GuardrailTest[]): GuardrailSpec => ({
  enforcement: 'Deny',
  failurePolicy: 'Ignore',
  match: { actions: ['ScaleDown'] },
  when: [{ change: { type: 'Decreased', byMoreThan: '50%' } }],
  tests,
});

let cluster: GuardedCluster;
let alice: Person;

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  alice = await cluster.person('alice', { grant: { clusterRole: 'cluster-admin' } });
});
afterAll(() => cluster?.stop());

const apply = (name: string, spec: GuardrailSpec) => alice.kubectl(['apply', '-f', '-'], guardrail(name, spec));

describe('the tests of a Guardrail', () => {
  test('let it in when all pass', async () => {
    await guardTest(cluster, { passes: tested(halving, emptying) });
    await eventually(async () => (await cluster.condition('passes', 'TestsPassed'))?.status === 'True', {
      message: 'its condition says so',
    });
    expect(await cluster.condition('passes', 'TestsPassed')).toMatchObject({
      reason: 'Passed',
      message: '2 tests pass',
    });
  });

  test('keep it out when one fails, with its name, what it expects and what happened', async () => {
    const { code, stderr } = await apply('fails', tested(halving, { ...emptying, message: 'ten' }, wrong));
    expect(code).toBe(1);
    expect(stderr).toContain(
      'admission webhook "guardrails.validate.guardrails.dev" denied the request: spec.tests: 2 of 3',
    );
    expect(stderr).toContain('"emptying trips": expected a message with "ten" (Guardrail "fails" denied ScaleDown');
    expect(stderr).toContain('"halving is refused": expected Denied, got Allowed');
    expect(stderr).not.toContain('halving is fine');
    expect(await cluster.find('guardrails.guardrails.dev', undefined, 'fails')).toBeUndefined();
  });

  test('keep a change out that they contradict, while labels can always be changed', async () => {
    await guardTest(cluster, { changes: tested(halving) });
    const spec = tested(halving);
    const { code, stderr } = await apply('changes', { ...spec, when: [{ change: { type: 'Decreased' } }] });
    expect(code).toBe(1);
    expect(stderr).toContain('"halving is fine": expected Allowed, got Denied');
    expectPassed(await alice.kubectl(['label', 'guardrail', 'changes', 'team=shop']));
  });

  test('are bounded in number by the CRD', async () => {
    const tests = Array.from({ length: 65 }, (_, n) => ({ ...halving, name: `test ${n}` }));
    const { code, stderr } = await apply('many', tested(...tests));
    expect(code).toBe(1);
    expect(stderr).toContain('spec.tests: Too many: 65: must have at most 64 items');
  });

  test('have names of their own', async () => {
    const { code, stderr } = await apply('twice', tested(halving, { ...wrong, name: halving.name }));
    expect(code).toBe(1);
    expect(stderr).toContain('spec.tests[1]: Duplicate value');
  });

  test('are told of where they fail in a Guardrail that was let in while nobody looked', async () => {
    await cluster.operator.stop();
    onTestFinished(() => cluster.unguard('unseen'));
    try {
      expectPassed(await apply('unseen', tested(halving, wrong)));
    } finally {
      await cluster.startOperator();
    }
    await eventually(async () => (await cluster.condition('unseen', 'TestsPassed'))?.status === 'False', {
      message: 'its condition says so',
    });
    expect(await cluster.condition('unseen', 'TestsPassed')).toMatchObject({
      reason: 'Failed',
      message: 'spec.tests: 1 of 2 tests did not pass: "halving is refused": expected Denied, got Allowed',
    });
    // It is what somebody wanted all the same, and it compiles.
    await cluster.enforced('unseen');
    expect((await cluster.condition('unseen', 'Ready'))?.status).toBe('True');

    await cluster.guard({ unseen: tested(halving) });
    await eventually(async () => (await cluster.condition('unseen', 'TestsPassed'))?.status === 'True', {
      message: 'its condition says that it was mended',
    });
    const { tests: _tests, ...untested } = tested();
    await cluster.guard({ unseen: untested });
    await eventually(async () => (await cluster.condition('unseen', 'TestsPassed'))?.status === 'Unknown', {
      message: 'its condition says that there are none',
    });
  });
});

test('a Guardrail that is probably not meant so is let in with a warning', async () => {
  onTestFinished(() => cluster.unguard('nobody'));
  const spec = tested(halving);
  const { tests: _tests, ...rest } = spec;
  const match: GuardrailSpec['match'] = { ...rest.match, subjects: { exclude: [{ kind: 'User', name: '*' }] } };
  const { code, stderr } = await apply('nobody', { ...rest, match });
  expect(stderr).toContain('Warning: spec.match.subjects.exclude[0]');
  expect(code).toBe(0);
});
