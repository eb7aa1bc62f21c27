import { onTestFinished } from 'vitest';
import type { GuardrailSpec } from '../../../src/api/v1alpha1.ts';
import type { GuardedCluster } from './guarded-cluster.ts';

/** Applies Guardrails, returns when they are enforced, and removes them when the test is over, however it ends. */
export async function guardTest(
  cluster: GuardedCluster,
  specs: Readonly<Record<string, GuardrailSpec>>,
): Promise<void> {
  onTestFinished(() => cluster.unguard(...Object.keys(specs)));
  await cluster.guard(specs);
}
