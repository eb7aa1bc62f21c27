import { toKubeTime } from '../api/conditions.ts';
import type { GuardrailScheduleStatus } from '../api/v1alpha1.ts';
import type { LoadedGuardrail } from '../policy/compiled-guardrail.ts';

/** What the status of a guardrail says of its schedule, and when that will not be so any more. */
export interface ScheduleReport {
  readonly status: GuardrailScheduleStatus;
  /** In milliseconds since 1970; undefined if it stays so. */
  readonly nextChange: number | undefined;
}

/** What is to be said of a guardrail's schedule now; undefined for one without a schedule, or that can't compile. */
export function scheduleReport(guardrail: LoadedGuardrail, now: Date): ScheduleReport | undefined {
  if (guardrail.kind === 'Broken' || guardrail.schedule === undefined) return undefined;
  const { inEffect, nextChange } = guardrail.schedule.at(now);
  return {
    status: { inEffect, ...(nextChange !== undefined && { nextChangeTime: toKubeTime(nextChange) }) },
    nextChange: nextChange?.getTime(),
  };
}

/** Why a guardrail does nothing although it is enforced; undefined while it is in effect. */
export function notInEffectText(schedule: GuardrailScheduleStatus | undefined): string | undefined {
  if (schedule === undefined || schedule.inEffect) return undefined;
  const until = schedule.nextChangeTime;
  return until === undefined ? 'its schedule never has it in effect again' : `it is not in effect until ${until}`;
}
