import { expect, test } from 'vitest';
import type { Guardrail } from '../../../src/api/v1alpha1.ts';
import { GuardrailLoader } from '../../../src/controller/guardrail-loader.ts';
import { type Tested, TestedGuardrails } from '../../../src/controller/tested-guardrails.ts';
import type { KubeObject } from '../../../src/policy/review.ts';
import { guardrail } from '../policy/support/judge.ts';

const REQUEST = { operation: 'DELETE', resource: { version: 'v1', resource: 'pods' } } as const;

/** A loaded Guardrail with a test, in a generation. */
function report(generation = 1, one: Guardrail = withTests()) {
  const object = { ...one, metadata: { ...one.metadata, generation } };
  const [loaded] = new GuardrailLoader().load([object as unknown as KubeObject]);
  if (loaded === undefined) throw new Error('nothing was loaded');
  return loaded;
}

const withTests = (): Guardrail =>
  guardrail({ actions: ['ScaleDown'] }, { tests: [{ name: 'it', request: REQUEST, expect: 'NotMatched' }] });

/** A TestedGuardrails whose tests end as told, and how often they were run. */
function started(result: Tested | Error) {
  const runs: string[] = [];
  let told = Promise.withResolvers<void>();
  const tested = new TestedGuardrails({
    run: (one) => {
      runs.push(one.metadata?.name ?? '');
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
    },
    onResult: () => {
      told.resolve();
      told = Promise.withResolvers<void>();
    },
  });
  return { tested, runs, told: () => told.promise };
}

test.each<[string, Tested | Error, object]>([
  ['pass', { kind: 'Passed' }, { status: 'True', reason: 'Passed', message: '1 test passes' }],
  ['fail', { kind: 'Failed', text: 'one fails' }, { status: 'False', reason: 'Failed', message: 'one fails' }],
  [
    'take too long',
    { kind: 'TimedOut', text: 'too long' },
    { status: 'Unknown', reason: 'NotRun', message: 'too long' },
  ],
  [
    'can not be run',
    new Error('secret'),
    { status: 'Unknown', reason: 'NotRun', message: 'its tests could not be run' },
  ],
])('tests that %s are run once, and told when that is known', async (_name, result, state) => {
  const { tested, runs, told } = started(result);
  const first = told();
  expect(tested.condition(report())).toBeUndefined();
  await first;
  expect(tested.condition(report())).toEqual({ type: 'TestsPassed', ...state });
  expect(runs).toEqual(['g']);
});

test('another generation is tested anew, and so is what was forgotten', async () => {
  const { tested, runs, told } = started({ kind: 'Passed' });
  for (const generation of [1, 2]) {
    const done = told();
    expect(tested.condition(report(generation))).toBeUndefined();
    await done;
  }
  tested.retain(new Set());
  const done = told();
  expect(tested.condition(report(2))).toBeUndefined();
  await done;
  expect(runs).toHaveLength(3);
});

test('what has no tests, or does not compile, is told at once', () => {
  const { tested, runs } = started({ kind: 'Passed' });
  const untested = guardrail({ actions: ['ScaleDown'] });
  expect(tested.condition(report(1, untested))).toMatchObject({ status: 'Unknown', reason: 'NoTests' });
  const broken = guardrail({ actions: ['ScaleDown'] }, { message: '{{', tests: withTests().spec.tests ?? [] });
  expect(tested.condition(report(1, broken))).toMatchObject({ status: 'Unknown', reason: 'CompileError' });
  expect(runs).toEqual([]);
});

test('at the end no tests are begun', async () => {
  const { tested, runs } = started({ kind: 'Passed' });
  tested.stop();
  expect(tested.condition(report())).toBeUndefined();
  await new Promise((resolve) => setImmediate(resolve));
  expect(runs).toEqual([]);
});
