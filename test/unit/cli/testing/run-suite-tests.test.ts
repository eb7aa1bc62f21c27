import { Readable } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { runSuiteTest } from '../../../../src/cli/testing/run-suite-tests.ts';
import type { SuiteTest } from '../../../../src/cli/testing/suite.ts';
import { compileGuardrail } from '../../../../src/policy/compile.ts';
import { EvaluationError } from '../../../../src/policy/evaluation-context.ts';
import { simulate } from '../../../../src/simulation/simulate.ts';
import { guardrail } from '../../policy/support/judge.ts';

vi.mock('../../../../src/simulation/simulate.ts', { spy: true });

const FILES = { cwd: '/', stdin: Readable.from([]) };

function outcomeOf(more: Partial<SuiteTest>) {
  const source = guardrail({ actions: ['Delete'], resources: [{ apiGroups: [''], resources: ['pods'] }] });
  const loaded = compileGuardrail(source);
  if (loaded.kind === 'Broken') throw new Error('must compile');
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'shop' } };
  const one: SuiteTest = {
    name: 'a',
    expect: 'Tripped',
    request: { operation: 'DELETE', resource: { version: 'v1', resource: 'pods' }, oldObject: object },
    ...more,
  };
  const document = { file: 'suite.yaml', value: {}, at: () => ({ file: 'suite.yaml', line: 1, column: 1 }) };
  const suite = { name: 's', guardrails: [], existing: [], tests: [one], document };
  return runSuiteTest({ suite, guardrails: [{ name: 'g', source, loaded }] }, 0, one, FILES);
}

test('a test that can be run is run', async () => {
  expect(await outcomeOf({})).toMatchObject({ actual: 'Denied', passed: true });
});

test('a request that can not be fails with the reason', async () => {
  const request = { operation: 'DELETE' as const, resource: { version: 'v1', resource: 'nodez' }, oldObject: {} };
  const why = expect.stringMatching(/^request\.resource: there is no nodez/);
  expect(await outcomeOf({ request })).toMatchObject({ actual: 'Invalid', passed: false, why });
});

test.each([
  ['ours, in its words', new EvaluationError('it is too large'), 'it is too large'],
  ['of others, without quoting it', new RangeError('Invalid time value'), 'an internal error occurred'],
])('a test in which something throws has failed, by an error %s', async (_what, error, why) => {
  vi.mocked(simulate).mockRejectedValueOnce(error);
  expect(await outcomeOf({})).toMatchObject({ actual: 'Invalid', passed: false, why });
});
