import { expect, test } from 'vitest';
import { schemas } from '../../../../src/api/v1alpha1.schema.ts';
import { CRD_RULES, crdRuleErrors } from '../../../../src/cli/checking/crd-rules.ts';

function rulesIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = (schema as { 'x-kubernetes-validations'?: { rule: string }[] })['x-kubernetes-validations'] ?? [];
  return [...own.map(({ rule }) => rule), ...Object.values(schema).flatMap(rulesIn)];
}

test('every rule of the CRD is known here, and no other', () => {
  expect(new Set(CRD_RULES.keys())).toEqual(new Set(rulesIn(schemas.Guardrail.properties.spec)));
});

const window = (absolute: object) => ({ active: 'During', windows: [{ absolute }] });

test.each<[what: string, spec: object, fields: string[]]>([
  ['nothing', { enforcement: 'Audit', match: { actions: ['Exec'] } }, []],
  ['Deny without failurePolicy', { enforcement: 'Deny', match: { actions: ['Exec'] } }, ['spec.failurePolicy']],
  [
    'Warn with Fail',
    { enforcement: 'Warn', failurePolicy: 'Fail', match: { actions: ['Exec'] } },
    ['spec.failurePolicy'],
  ],
  ['Warn with Ignore', { enforcement: 'Warn', failurePolicy: 'Ignore', match: { actions: ['Exec'] } }, []],
  ['Delete of anything', { enforcement: 'Warn', match: { actions: ['Exec', 'Delete'] } }, ['spec.match']],
  ['Delete of something', { enforcement: 'Warn', match: { actions: ['Delete'], resources: [] } }, []],
  [
    'a User with a namespace',
    { match: { subjects: { include: [{ kind: 'User', name: 'a', namespace: 'b' }] } } },
    ['spec.match.subjects.include[0]'],
  ],
  [
    'a ServiceAccount without',
    { match: { subjects: { exclude: [{ kind: 'ServiceAccount', name: 'a' }] } } },
    ['spec.match.subjects.exclude[0]'],
  ],
  ['two conditions in one', { when: [{ cel: 'true', changesOutside: ['$.a'] }] }, ['spec.when[0]']],
  ['no condition', { when: [{ cel: 'true' }, {}] }, ['spec.when[1]']],
  ['an alternative that is none', { when: [{ anyOf: [{ cel: 'true' }, {}] }] }, ['spec.when[0].anyOf[1]']],
  ['two amounts', { when: [{ change: { type: 'Increased', byMoreThan: 1, byAtLeast: 1 } }] }, ['spec.when[0].change']],
  ['an amount of Any', { when: [{ change: { type: 'Any', byMoreThan: 1 } }] }, ['spec.when[0].change']],
  ['images of nothing', { when: [{ images: {} }] }, ['spec.when[0].images']],
  ['a window of nothing', { schedule: { windows: [{}] } }, ['spec.schedule.windows[0]']],
  [
    'a window that ends first',
    { schedule: window({ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }) },
    ['spec.schedule.windows[0].absolute'],
  ],
  [
    'a word twice in a set',
    { schedule: { windows: [{ weekly: { days: ['Fri', 'Mon', 'Fri', 'Fri'] } }] } },
    ['spec.schedule.windows[0].weekly.days[2]'],
  ],
  [
    'an object twice in an atomic list',
    { match: { subjects: { include: ['a', 'a'].map((name) => ({ kind: 'User', name })) } } },
    [],
  ],
  ['two tests of one name', { tests: ['a', 'b', 'a'].map((name) => ({ name })) }, ['spec.tests[2]']],
  ['tests of names that objects have', { tests: [{ name: 'constructor' }, { name: '__proto__' }] }, []],
  [
    'a window in two zones',
    { schedule: window({ from: '2026-01-01T10:00:00+05:00', to: '2026-01-01T09:00:00Z' }) },
    [],
  ],
])('%s: %j', (_what, spec, fields) => {
  expect(crdRuleErrors({ spec }).map(({ field }) => field.replace(/\.resources$/, ''))).toEqual(fields);
});
