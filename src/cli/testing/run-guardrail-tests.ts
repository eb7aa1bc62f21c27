import type { GuardrailTest } from '../../api/v1alpha1.ts';
import type { CompiledGuardrail } from '../../policy/compiled-guardrail.ts';
import type { KubeObject } from '../../policy/review.ts';
import { runTest } from '../../simulation/run-test.ts';
import { simulate } from '../../simulation/simulate.ts';
import { toldOf } from '../../simulation/told-error.ts';
import type { CheckedGuardrail } from '../checking/check-guardrail.ts';
import { simulatedRequest } from '../requests/simulation-input.ts';
import { reasonsFor } from './reasons.ts';
import type { TestOutcome } from './test-outcome.ts';

/** Runs the test of that number of a guardrail, as its admission would. */
export async function runGuardrailTest(
  source: CheckedGuardrail,
  compiled: CompiledGuardrail,
  index: number,
  test: GuardrailTest,
): Promise<TestOutcome> {
  const start = performance.now();
  const result = await runTest(source.guardrail, compiled, test);
  const seconds = (performance.now() - start) / 1000;
  return {
    ...result,
    guardrail: source.name,
    position: source.document.at(`spec.tests[${index}]`),
    reason: result.passed || result.actual === 'Invalid' ? '' : await explained(source, compiled, test),
    seconds,
  };
}

/** What can't be explained has failed all the same: then it says why there is no reason. */
async function explained(source: CheckedGuardrail, compiled: CompiledGuardrail, test: GuardrailTest): Promise<string> {
  try {
    return await reasonOf(source, compiled, test);
  } catch (error) {
    return toldOf(error);
  }
}

async function reasonOf(source: CheckedGuardrail, compiled: CompiledGuardrail, test: GuardrailTest): Promise<string> {
  const { review, cluster } = simulatedRequest({
    request: { kind: 'Written', request: test.request },
    target: test.target as KubeObject | undefined,
    namespaceLabels: test.namespaceLabels,
    existing: (test.existing ?? []) as readonly KubeObject[],
  });
  const now = new Date(test.now ?? 0);
  const judged = await simulate([compiled], review, cluster, now);
  const findings = judged.map((one) => ({ review: one.review, findings: one.decision.findings }));
  return reasonsFor(findings, [{ source: source.guardrail, loaded: compiled }], cluster, now);
}
