import { type DesiredCondition, setCondition, toKubeTime } from '../api/conditions.ts';
import type { GuardrailCounts, GuardrailScheduleStatus, GuardrailStatus } from '../api/v1alpha1.ts';
import type { Outcome } from '../policy/decision.ts';

/** What the status of a guardrail should say, of one generation of it. */
export interface DesiredStatus {
  readonly generation: number;
  readonly conditions: readonly DesiredCondition[];
  /** Undefined for one without a schedule. */
  readonly schedule?: GuardrailScheduleStatus | undefined;
}

/** A merge patch of the status: null takes a field away. */
export type StatusPatch = Omit<GuardrailStatus, 'schedule'> & {
  schedule?: { inEffect: boolean; nextChangeTime: string | null } | null;
};

/** Decisions that are not in the status yet. */
export interface CountedDecisions {
  readonly counts: Readonly<Record<keyof GuardrailCounts, number>>;
  /** When the last of them that is a trip was made. */
  readonly lastTripTime: Date | undefined;
}

/** No decisions. */
export const NO_DECISIONS: CountedDecisions = {
  counts: { denied: 0, warned: 0, audited: 0, allowed: 0 },
  lastTripTime: undefined,
};

const COUNT_OF: Readonly<Record<Outcome, keyof GuardrailCounts>> = {
  Denied: 'denied',
  Warned: 'warned',
  Audited: 'audited',
  Allowed: 'allowed',
};

/** The decisions with one more. */
export function addDecision(
  { counts, lastTripTime }: CountedDecisions,
  outcome: Outcome,
  time: Date,
): CountedDecisions {
  const key = COUNT_OF[outcome];
  const isLater = outcome !== 'Allowed' && (lastTripTime === undefined || time > lastTripTime);
  return { counts: { ...counts, [key]: counts[key] + 1 }, lastTripTime: isLater ? time : lastTripTime };
}

/** The decisions less those that have been written. */
export function subtractDecisions(all: CountedDecisions, written: CountedDecisions): CountedDecisions {
  return {
    counts: {
      denied: all.counts.denied - written.counts.denied,
      warned: all.counts.warned - written.counts.warned,
      audited: all.counts.audited - written.counts.audited,
      allowed: all.counts.allowed - written.counts.allowed,
    },
    lastTripTime: all.lastTripTime === written.lastTripTime ? undefined : all.lastTripTime,
  };
}

/** Whether there is anything to write. */
export const hasDecisions = ({ counts }: CountedDecisions): boolean => Object.values(counts).some((count) => count > 0);

/**
 * The fields of the status that should change, or undefined if none should. Decisions are added to what the status counts
 * already, whoever has counted it: another replica, or this one before a restart.
 */
export function statusPatch(
  status: GuardrailStatus,
  desired: DesiredStatus | undefined,
  decisions: CountedDecisions,
  now: Date,
): StatusPatch | undefined {
  const patch: StatusPatch = { ...desiredPatch(status, desired, now), ...countsPatch(status, decisions) };
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function desiredPatch(
  status: GuardrailStatus,
  desired: DesiredStatus | undefined,
  now: Date,
): Pick<StatusPatch, 'conditions' | 'observedGeneration' | 'schedule'> {
  const observed = status.observedGeneration ?? -1;
  // Somebody knows a later generation than we do: what we have to say is out of date.
  if (desired === undefined || desired.generation < observed) {
    return {};
  }
  const before: GuardrailStatus['conditions'] & {} = status.conditions ?? [];
  const context = { observedGeneration: desired.generation, now };
  const after = desired.conditions.reduce(
    (conditions, condition) => setCondition(conditions, condition, context),
    before as readonly (typeof before)[number][],
  );
  return {
    ...(after === before ? {} : { conditions: [...after] }),
    ...(desired.generation === observed ? {} : { observedGeneration: desired.generation }),
    ...schedulePatch(status.schedule, desired.schedule),
  };
}

function schedulePatch(
  before: GuardrailScheduleStatus | undefined,
  after: GuardrailScheduleStatus | undefined,
): Pick<StatusPatch, 'schedule'> {
  if (before?.inEffect === after?.inEffect && before?.nextChangeTime === after?.nextChangeTime) return {};
  if (after === undefined) return { schedule: null };
  return { schedule: { inEffect: after.inEffect, nextChangeTime: after.nextChangeTime ?? null } };
}

function countsPatch(
  { counts = {}, lastViolationTime }: GuardrailStatus,
  decisions: CountedDecisions,
): Pick<GuardrailStatus, 'counts' | 'lastViolationTime'> {
  if (!hasDecisions(decisions)) {
    return {};
  }
  const changed: GuardrailCounts = {};
  for (const key of Object.values(COUNT_OF)) {
    if (decisions.counts[key] > 0) {
      changed[key] = (counts[key] ?? 0) + decisions.counts[key];
    }
  }
  const time = decisions.lastTripTime === undefined ? undefined : toKubeTime(decisions.lastTripTime);
  const isLater =
    time !== undefined && (lastViolationTime === undefined || Date.parse(time) > Date.parse(lastViolationTime));
  return { counts: changed, ...(isLater ? { lastViolationTime: time } : {}) };
}
