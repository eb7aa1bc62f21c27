import type { GuardrailTest } from '../../api/v1alpha1.ts';
import type { TestResult } from '../../simulation/run-test.ts';
import type { Position } from '../documents/position.ts';

/** What became of one test, and where it stands. */
export interface TestOutcome {
  readonly name: string;
  readonly position: Position;
  /** The guardrail that it is about; undefined for all together. */
  readonly guardrail: string | undefined;
  readonly expected: GuardrailTest['expect'];
  readonly actual: TestResult['actual'];
  readonly passed: boolean;
  /** Why it failed, in a sentence; "" if it passed. */
  readonly why: string;
  /** For a test that failed: what made the guardrail decide so; "" if there is nothing to tell. */
  readonly reason: string;
  /** What the person would have been told; "" for nothing. */
  readonly message: string;
  readonly seconds: number;
}

/** The tests of one Guardrail or suite. */
export interface TestGroup {
  readonly kind: 'Guardrail' | 'GuardrailTestSuite';
  readonly name: string;
  readonly position: Position;
  readonly tests: readonly TestOutcome[];
}
