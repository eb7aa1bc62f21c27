import { setImmediate } from 'node:timers/promises';
import type { Guardrail } from '../api/v1alpha1.ts';
import type { LoadedGuardrail } from '../policy/compiled-guardrail.ts';
import { runTest, type TestResult } from './run-test.ts';

/** The tests of a guardrail took longer than they may. */
export class TestTimeoutError extends Error {}

/**
 * Runs the tests of a guardrail, one after the other, and lets other work have its turn between them. Throws TestTimeoutError
 * if they themselves take longer than `limitMs` in all: none of them waits for anything, so that only hostile ones do.
 */
export async function runTests(
  guardrail: Guardrail,
  loaded: LoadedGuardrail,
  limitMs: number,
): Promise<readonly TestResult[]> {
  const results: TestResult[] = [];
  let spentMs = 0;
  for (const test of guardrail.spec.tests ?? []) {
    await setImmediate();
    if (spentMs > limitMs) {
      throw new TestTimeoutError(`spec.tests: must take at most ${limitMs} ms in all: "${test.name}" was not reached`);
    }
    const started = performance.now();
    results.push(await runTest(guardrail, loaded, test));
    spentMs += performance.now() - started;
  }
  return results;
}
