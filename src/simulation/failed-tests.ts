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

/** Runs the tests of a guardrail. Returns which fail, and how, in one line; undefined if all of them pass. */
export async function failedTests(guardrail: Guardrail, compiled: CompiledGuardrail): Promise<string | undefined> {
  try {
    return textOf(await runTests(guardrail, compiled, LIMIT_MS));
  } catch (error) {
    if (error instanceof TestTimeoutError) return error.message;
    throw error;
  }
}

function textOf(results: readonly TestResult[]): string | undefined {
  const failed = results.filter(({ passed }) => !passed);
  if (failed.length === 0) return undefined;
  const told = failed.slice(0, MAX_TOLD).map(testText);
  const more = failed.length > told.length ? [`and ${failed.length - told.length} more`] : [];
  const head = `${failed.length} of ${results.length} ${results.length === 1 ? 'test' : 'tests'} did not pass`;
  return cut(`spec.tests: ${head}: ${[...told, ...more].join('; ')}`, MAX_LENGTH);
}

const testText = ({ name, why, message }: TestResult): string =>
  message === '' ? `"${name}": ${why}` : `"${name}": ${why} (${message})`;
