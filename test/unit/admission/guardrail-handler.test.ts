import { describe, expect, test } from 'vitest';
import { createGuardrailHandler } from '../../../src/admission/guardrail-handler.ts';
import type { Guardrail, GuardrailSpec, GuardrailTest } from '../../../src/api/v1alpha1.ts';
import { testGuardrail } from '../../../src/simulation/test-guardrail.ts';
import { guardrail } from '../policy/support/judge.ts';

const errors: unknown[] = [];
const handle = createGuardrailHandler({
  runTests: testGuardrail,
  clock: () => new Date('2026-06-01T12:00:00Z'),
  onError: (_message, error) => errors.push(error),
});

/** What is answered to the admission of a Guardrail. */
async function answer(object: unknown, operation = 'CREATE', oldObject: unknown = null) {
  const request = {
    uid: 'u-7',
    operation,
    resource: { group: 'guardrails.dev', version: 'v1alpha1', resource: 'guardrails' },
    name: 'g',
    userInfo: { username: 'alice' },
    object,
    oldObject,
  };
  const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request };
  return (await handle(new TextEncoder().encode(JSON.stringify(review)))).response;
}

const deployment = (replicas: number) => ({ metadata: { name: 'web', namespace: 'shop' }, spec: { replicas } });
const scaling = (from: number, to: number): GuardrailTest['request'] => ({
  operation: 'UPDATE',
  resource: { group: 'apps', version: 'v1', resource: 'deployments' },
  oldObject: deployment(from),
  object: deployment(to),
});
const tested = (...tests: GuardrailTest[]): Guardrail =>
  guardrail({ actions: ['ScaleDown'] }, { when: [{ change: { type: 'Decreased', byMoreThan: '50%' } }], tests });

const halving: GuardrailTest = { name: 'halving is fine', request: scaling(10, 5), expect: 'Allowed' };
const emptying: GuardrailTest = {
  name: 'emptying trips',
  request: scaling(10, 0),
  expect: 'Tripped',
  message: '10 -> 0',
};

const good = guardrail({ actions: ['ScaleDown'] });
const bad: Guardrail = { ...good, spec: { ...good.spec, message: '{{' } };

describe('the admission of a Guardrail', () => {
  test.each<[string, Parameters<typeof answer>, object]>([
    ['allows one that compiles', [good], { uid: 'u-7', allowed: true }],
    [
      'refuses one that does not, with the field and what it must be',
      [bad],
      {
        uid: 'u-7',
        allowed: false,
        status: {
          code: 422,
          reason: 'Invalid',
          message: 'spec.message: must close the placeholder at position 1 with }}',
        },
      },
    ],
    ['refuses an update to one that does not', [bad, 'UPDATE', good], { allowed: false }],
    ['refuses what is no Guardrail', [{ kind: 'Pod' }], { allowed: false }],
    ['refuses a spec of the wrong type', [{ ...good, spec: [] }], { allowed: false }],
    ['allows the deletion of any', [null, 'DELETE', bad], { allowed: true }],
    [
      'allows a finalizer to be taken off one that goes',
      [{ ...bad, metadata: { name: 'g', deletionTimestamp: '2026-01-01T00:00:00Z' } }, 'UPDATE', bad],
      { allowed: true },
    ],
    ['allows one that passes its tests', [tested(halving, emptying)], { allowed: true }],
    [
      'refuses one that does not, with each test, what it expects and what happened',
      [
        tested(
          { ...halving, expect: 'Denied' },
          emptying,
          { ...emptying, name: 'another message', message: 'twelve' },
          { ...halving, name: 'no such request', request: { ...scaling(1, 1), object: undefined } },
        ),
      ],
      {
        allowed: false,
        status: {
          code: 422,
          reason: 'Invalid',
          message:
            'spec.tests: 3 of 4 tests did not pass: "halving is fine": expected Denied, got Allowed; ' +
            '"another message": expected a message with "twelve" (Guardrail "g" denied ScaleDown of deployments.apps/web in shop: replicas 10 -> 0 (-100%)); ' +
            '"no such request": request.object must be set for UPDATE',
        },
      },
    ],
    [
      'refuses an update to one that does not',
      [tested({ ...halving, expect: 'Denied' }), 'UPDATE', tested(halving)],
      { allowed: false },
    ],
    [
      'allows other changes to one that does not any more, such as of a label',
      [
        { ...tested({ ...halving, expect: 'Denied' }), metadata: { name: 'g', labels: { team: 'a' } } },
        'UPDATE',
        tested({ ...halving, expect: 'Denied' }),
      ],
      { allowed: true },
    ],
  ])('%s', async (_name, request, response) => {
    expect(await answer(...request)).toMatchObject(response);
  });

  test('takes a spec that is too deep to be compared for a changed one', async () => {
    const deep = JSON.parse(`${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`);
    const withTarget = (one: GuardrailTest) => tested({ ...one, target: deep });
    expect(await answer(withTarget({ ...halving, expect: 'Denied' }), 'UPDATE', withTarget(halving))).toMatchObject({
      allowed: false,
      status: { message: expect.stringContaining('did not pass') },
    });
  });

  test('refuses what nobody can make sense of, and tells of it', async () => {
    const failing = createGuardrailHandler({
      runTests: () => Promise.reject(new Error('secret')),
      clock: () => new Date(0),
      onError: (_message, error) => errors.push(error),
    });
    const request = {
      uid: 'u',
      operation: 'CREATE',
      resource: { group: 'guardrails.dev', version: 'v1alpha1', resource: 'guardrails' },
      userInfo: { username: 'alice' },
      object: good,
    };
    const body = JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
    const { response } = await failing(new TextEncoder().encode(body));
    expect(response).toMatchObject({
      allowed: false,
      status: { code: 422, message: 'it could not be judged: an internal error occurred' },
    });
    expect(errors).toContainEqual(new Error('secret'));
  });

  test('lets a label be put on one that does not compile', async () => {
    expect(await answer({ ...bad, metadata: { name: 'g', labels: { a: 'b' } } }, 'UPDATE', bad)).toMatchObject({
      allowed: true,
    });
  });

  test('tells of ten failing tests at most', async () => {
    const tests = Array.from(
      { length: 12 },
      (_, n): GuardrailTest => ({ ...halving, name: `test ${n}`, expect: 'Denied' }),
    );
    const { status } = await answer(tested(...tests));
    expect(status?.message).toMatch(
      /^spec\.tests: 12 of 12 tests did not pass: "test 0": .*"test 9": [^"]*; and 2 more$/,
    );
  });

  test('warns of what is probably not meant', async () => {
    const spec: Partial<GuardrailSpec> = {};
    const nobody = guardrail({ actions: ['ScaleDown'], subjects: { exclude: [{ kind: 'User', name: '*' }] } }, spec);
    const { allowed, warnings } = await answer(nobody);
    expect(allowed).toBe(true);
    expect(warnings).toEqual([expect.stringContaining('spec.match.subjects.exclude[0]')]);
  });
});
