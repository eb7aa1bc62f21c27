import { describe, expect, test } from 'vitest';
import type { GuardrailSchedule, GuardrailScheduleStatus, GuardrailStatus } from '../../../src/api/v1alpha1.ts';
import { guardrailConditions } from '../../../src/controller/guardrail-conditions.ts';
import { GuardrailLoader } from '../../../src/controller/guardrail-loader.ts';
import { NO_DECISIONS, type StatusPatch, statusPatch } from '../../../src/controller/guardrail-status.ts';
import { scheduleReport } from '../../../src/controller/schedule-status.ts';
import { guardrailObject, loaded, RESOURCES } from './support/guardrails.ts';

const FROM = '2026-12-20T18:00:00Z';
const TO = '2027-01-04T06:00:00Z';
const FREEZE: GuardrailSchedule = { active: 'During', windows: [{ absolute: { from: FROM, to: TO } }] };

describe('the report of a schedule', () => {
  const at = (time: string, schedule: GuardrailSchedule | undefined = FREEZE) =>
    scheduleReport(loaded('g', { schedule }), new Date(time));

  test.each<[string, string, GuardrailScheduleStatus]>([
    ['before its window', '2026-12-20T17:59:59.999Z', { inEffect: false, nextChangeTime: FROM }],
    ['in its window', '2026-12-20T18:00:00Z', { inEffect: true, nextChangeTime: TO }],
    ['when it is over', '2027-01-04T06:00:00Z', { inEffect: false }],
  ])('%s', (_name, time, expected) => {
    expect(at(time)).toEqual({
      status: expected,
      nextChange: expected.nextChangeTime === undefined ? undefined : Date.parse(expected.nextChangeTime),
    });
  });

  test('is none without a schedule, and none of what can not compile', () => {
    expect(scheduleReport(loaded('g', {}), new Date(FROM))).toBeUndefined();
    const broken = { when: [{ change: { path: 'spec', type: 'Any' as const } }], schedule: FREEZE };
    expect(scheduleReport(loaded('g', broken), new Date(FROM))).toBeUndefined();
  });
});

describe('Enforcing', () => {
  const [report] = new GuardrailLoader().load([guardrailObject('g', {})]);
  if (report === undefined) throw new Error('there must be a report');
  const enforcing = (schedule: GuardrailScheduleStatus | undefined) => {
    const states = guardrailConditions(report, { kind: 'Covered' }, RESOURCES, schedule);
    return states.find(({ type }) => type === 'Enforcing');
  };
  const COVERED = 'the live webhook configuration covers it';

  test.each<[string, GuardrailScheduleStatus | undefined, string]>([
    ['without a schedule', undefined, COVERED],
    ['in effect', { inEffect: true, nextChangeTime: TO }, COVERED],
    ['not yet in effect', { inEffect: false, nextChangeTime: FROM }, `${COVERED}; it is not in effect until ${FROM}`],
    ['never in effect again', { inEffect: false }, `${COVERED}; its schedule never has it in effect again`],
  ])('is True %s, and tells of it', (_name, schedule, message) => {
    expect(enforcing(schedule)).toEqual({ type: 'Enforcing', status: 'True', reason: 'Covered', message });
  });
});

describe('the status of a schedule', () => {
  const patched = (before: GuardrailStatus['schedule'], after: GuardrailScheduleStatus | undefined) => {
    const status: GuardrailStatus = { observedGeneration: 1, conditions: [], ...(before && { schedule: before }) };
    return statusPatch(status, { generation: 1, conditions: [], schedule: after }, NO_DECISIONS, new Date(FROM));
  };

  test.each<
    [string, GuardrailStatus['schedule'], GuardrailScheduleStatus | undefined, StatusPatch['schedule'] | 'nothing']
  >([
    ['that is new is written', undefined, { inEffect: true }, { inEffect: true, nextChangeTime: null }],
    [
      'that is there is left alone',
      { inEffect: true, nextChangeTime: TO },
      { inEffect: true, nextChangeTime: TO },
      'nothing',
    ],
    [
      'that changed is written',
      { inEffect: false, nextChangeTime: FROM },
      { inEffect: true, nextChangeTime: TO },
      { inEffect: true, nextChangeTime: TO },
    ],
    [
      'that changes at another time is written',
      { inEffect: true, nextChangeTime: FROM },
      { inEffect: true, nextChangeTime: TO },
      { inEffect: true, nextChangeTime: TO },
    ],
    [
      'that never changes again loses its time',
      { inEffect: true, nextChangeTime: TO },
      { inEffect: false },
      { inEffect: false, nextChangeTime: null },
    ],
    ['is taken away with the schedule', { inEffect: true, nextChangeTime: TO }, undefined, null],
    ['that never was is not taken away', undefined, undefined, 'nothing'],
  ])('%s', (_name, before, after, expected) => {
    expect(patched(before, after)).toEqual(expected === 'nothing' ? undefined : { schedule: expected });
  });

  test('of an older generation than is observed is dropped', () => {
    const status: GuardrailStatus = { observedGeneration: 5, schedule: { inEffect: true } };
    expect(statusPatch(status, { generation: 4, conditions: [] }, NO_DECISIONS, new Date(FROM))).toBeUndefined();
  });
});
