import type { GuardrailScheduleStatus } from '../api/v1alpha1.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import type { LoadedReport } from './guardrail-loader.ts';
import { notInEffectText } from './schedule-status.ts';
import { unknownResources } from './webhook-rules.ts';

/** One condition, without the times that the writer adds. */
export interface ConditionState {
  readonly type: 'Ready' | 'Stalled' | 'Enforcing' | 'TestsPassed';
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** How far the webhook configuration covers the guardrails. */
export type Enforcement =
  | { readonly kind: 'Covered' }
  | { readonly kind: 'Pending' }
  | { readonly kind: 'RepairOff' }
  /** Nobody answers, and nobody will say so. */
  | { readonly kind: 'Stopped' }
  | { readonly kind: 'Failed'; readonly error: string };

/** The conditions of a Guardrail, whose schedule, if it has one, is as told. */
export function guardrailConditions(
  report: LoadedReport,
  enforcement: Enforcement,
  resources: PolicyIndex['resources'],
  schedule?: GuardrailScheduleStatus,
): ConditionState[] {
  return [...compileConditions(report), enforcingCondition(report, enforcement, resources, schedule)];
}

function compileConditions({ error, inForce, generation }: LoadedReport): ConditionState[] {
  if (error === undefined) {
    return [
      { type: 'Ready', status: 'True', reason: 'Loaded', message: `generation ${generation} is compiled and loaded` },
      { type: 'Stalled', status: 'False', reason: 'Compiles', message: '' },
    ];
  }
  const meanwhile =
    inForce.kind === 'Compiled'
      ? `generation ${inForce.scope.identity.generation} stays in force`
      : `requests in its scope are answered by failurePolicy ${inForce.scope.failurePolicy}`;
  const message = `${error}; ${meanwhile}`;
  return [
    { type: 'Ready', status: 'False', reason: 'CompileError', message },
    { type: 'Stalled', status: 'True', reason: 'CompileError', message },
  ];
}

function enforcingCondition(
  { error, inForce }: LoadedReport,
  enforcement: Enforcement,
  resources: PolicyIndex['resources'],
  schedule: GuardrailScheduleStatus | undefined,
): ConditionState {
  const condition = (status: ConditionState['status'], reason: string, message: string): ConditionState => ({
    type: 'Enforcing',
    status,
    reason,
    message,
  });
  switch (enforcement.kind) {
    case 'Pending':
      return condition('False', 'ConfigurationPending', 'the webhook configuration is being brought up to date');
    case 'RepairOff':
      return condition('False', 'RepairOff', 'the webhook configuration differs and repairs are switched off');
    case 'Stopped':
      return condition('Unknown', 'OperatorStopped', 'the operator was stopped: failurePolicy answers meanwhile');
    case 'Failed':
      return condition('False', 'ConfigurationFailed', enforcement.error);
    case 'Covered': {
      if (error !== undefined) return condition('False', 'CompileError', 'this generation does not compile');
      const unknown = unknownResources(inForce.scope, resources);
      const notes = [
        'the live webhook configuration covers it',
        ...(unknown.length === 0 ? [] : [`the cluster serves no ${unknown.join(', ')} (yet)`]),
        notInEffectText(schedule),
      ];
      return condition('True', 'Covered', notes.filter((note) => note !== undefined).join('; '));
    }
    default:
      throw new Error(`unknown enforcement ${enforcement satisfies never}`);
  }
}
