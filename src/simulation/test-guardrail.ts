import type { TestedResult } from '../admission/guardrail-handler.ts';
import type { Guardrail } from '../api/v1alpha1.ts';
import type { CompiledGuardrail } from '../policy/compiled-guardrail.ts';
import { cut } from '../policy/describe.ts';
import type { TestResult } from './run-test.ts';
import { runTests, TestTimeoutError } from './run-tests.ts';

/** So long all tests of one guardrail may take: what waits for them gives up after 5 s. */
const LIMIT_MS = 2_000;
/** One size for admission answers and conditions. */
const MAX_TOLD = 10;
const MAX_LENGTH = 4096;

/** Runs the tests of a guardrail, for an answer to those who wait. */
export async function testGuardrail(guardrail: Guardrail, compiled: CompiledGuardrail): Promise<TestedResult> {
  try {
    return resultOf(await runTests(guardrail, compiled, LIMIT_MS));
  } catch (error) {
    if (error instanceof TestTimeoutError) return { kind: 'TimedOut', text: error.message };
    throw error;
  }
}

function resultOf(results: readonly TestResult[]): TestedResult {
  const failed = results.filter(({ passed }) => !passed);
  if (failed.length === 0) return { kind: 'Passed' };
  const told = failed.slice(0, MAX_TOLD).map(testText);
  const more = failed.length > told.length ? [`and ${failed.length - told.length} more`] : [];
  const head = `${failed.length} of ${results.length} ${results.length === 1 ? 'test' : 'tests'} did not pass`;
  return { kind: 'Failed', text: cut(`spec.tests: ${head}: ${[...told, ...more].join('; ')}`, MAX_LENGTH) };
}

const testText = ({ name, why, message }: TestResult): string =>
  message === '' ? `"${name}": ${why}` : `"${name}": ${why} (${message})`;
