import type { Judged } from '../admission/judge.ts';
import type { Guardrail, GuardrailTest } from '../api/v1alpha1.ts';
import type { LoadedGuardrail } from '../policy/compiled-guardrail.ts';
import { cut } from '../policy/describe.ts';
import type { KubeObject } from '../policy/review.ts';
import { simulate } from './simulate.ts';
import { SimulatedCluster } from './simulated-cluster.ts';
import { reviewOfRequest } from './test-request.ts';
import { toldOf } from './told-error.ts';
import { decisive, meets, type Verdict, verdictOf } from './verdict.ts';

/** What became of one test. */
export interface TestResult {
  readonly name: string;
  readonly passed: boolean;
  readonly expected: GuardrailTest['expect'];
  /** What the guardrail made of the request; Invalid if there can be no such request. */
  readonly actual: Verdict | 'Invalid';
  /** Why the test failed, in a sentence; "" if it passed. */
  readonly why: string;
  /** What the person would have been told; "" for nothing. */
  readonly message: string;
}

/** Told in full, messages of failing tests could fill an answer. */
const MAX_MESSAGE_LENGTH = 512;

/** For guardrails that do not ask for the time. */
const NO_TIME = new Date(0);

/** Runs one test of a guardrail. Never throws: what can't be run has failed. */
export async function runTest(guardrail: Guardrail, loaded: LoadedGuardrail, test: GuardrailTest): Promise<TestResult> {
  if (test.now === undefined && readsClock(guardrail)) {
    return invalid(test, 'now must be set, since the guardrail asks for the time');
  }
  const target = test.target as KubeObject | undefined;
  try {
    const cluster = new SimulatedCluster({
      target,
      namespaceLabels: test.namespaceLabels,
      existing: test.existing as readonly KubeObject[] | undefined,
    });
    const review = reviewOfRequest(test.request, target, cluster.resources);
    const now = test.now === undefined ? NO_TIME : new Date(test.now);
    return resultOf(test, await simulate([loaded], review, cluster, now));
  } catch (error) {
    return invalid(test, toldOf(error));
  }
}

/** Whether a guardrail makes something else of the same request at another time. */
export function readsClock({ spec }: Guardrail): boolean {
  const conditions = (spec.when ?? []).flatMap((entry) => [entry, ...(entry.anyOf ?? [])]);
  return spec.schedule !== undefined || conditions.some(({ images }) => images?.scan?.maxAge !== undefined);
}

function resultOf(test: GuardrailTest, judged: readonly Judged[]): TestResult {
  const findings = judged.flatMap(({ decision }) => decision.findings);
  const actual = verdictOf(findings);
  const messages = actual === 'Allowed' ? [] : decisive(findings).map(({ message }) => message);
  const { message: part } = test;
  const result = {
    name: test.name,
    expected: test.expect,
    actual,
    message: cut(messages[0] ?? '', MAX_MESSAGE_LENGTH),
  };
  if (!meets(actual, test.expect)) return { ...result, passed: false, why: `expected ${test.expect}, got ${actual}` };
  if (part !== undefined && !messages.some((message) => message.includes(part))) {
    return { ...result, passed: false, why: `expected a message with "${part}"` };
  }
  return { ...result, passed: true, why: '' };
}

function invalid(test: GuardrailTest, why: string): TestResult {
  return { name: test.name, passed: false, expected: test.expect, actual: 'Invalid', why, message: '' };
}
