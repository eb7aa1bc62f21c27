import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Guardrail, GuardrailMatch, GuardrailSpec, WhenEntry } from '../../../../src/api/v1alpha1.ts';
import { BY_SPECIFICITY } from '../../../../src/policy/actions/catalogue.ts';
import { compileErrorText, compileGuardrail } from '../../../../src/policy/compile.ts';
import { lint } from '../../../../src/policy/lint/lint.ts';
import type { LintFinding } from '../../../../src/policy/lint/lint-finding.ts';
import { RULES } from '../../../../src/policy/lint/rules.ts';
import { EVERYTHING, guardrail } from '../support/judge.ts';

const NOW = new Date('2026-06-01T00:00:00Z');
const ROOT = new URL('../../../../', import.meta.url);

function linted(source: Guardrail): readonly LintFinding[] {
  const compiled = compileGuardrail(source);
  if (compiled.kind === 'Broken') throw new Error(compileErrorText(compiled));
  return lint(source, compiled, NOW);
}

const rulesOf = (source: Guardrail): string[] => linted(source).map(({ rule }) => rule);

type Spec = Partial<Omit<GuardrailSpec, 'match'>> & { readonly match?: Partial<GuardrailMatch> };

const build = ({ match, ...spec }: Spec): Guardrail =>
  guardrail({ actions: ['Update'], resources: [DEPLOYMENTS], ...match }, spec);

const DEPLOYMENTS = { apiGroups: ['apps'], resources: ['deployments'] };
const PODS = { apiGroups: [''], resources: ['pods'] };
const NODES = { apiGroups: [''], resources: ['nodes'] };
const WIDGETS = { apiGroups: ['example.com'], resources: ['widgets'] };

const when = (...entries: [WhenEntry, ...WhenEntry[]]): Spec => ({ when: entries });
const on = (match: Partial<GuardrailMatch>, spec: Spec = {}): Spec => ({ ...spec, match });
const decreased = (change: object): Spec => when({ change: { path: '$.spec.replicas', type: 'Decreased', ...change } });
const read = (path: string, where: 'Object' | 'OldObject' | 'Target' = 'Target'): Spec =>
  when({ field: { path, in: where, operator: 'Exists' } });
const absolute = (from: string, to: string) => ({ absolute: { from, to } });
const scheduled = (...windows: NonNullable<GuardrailSpec['schedule']>['windows']): Spec => ({
  schedule: { active: 'During', windows },
});
const weekly = (duration: string) => ({
  weekly: { timeZone: 'UTC', days: ['Mon' as const], start: '00:00', duration },
});
const test = (name: string, expect: 'Tripped' | 'Denied' | 'Allowed' | 'NotMatched') => ({
  name,
  expect,
  request: { operation: 'DELETE' as const, resource: { version: 'v1', resource: 'pods' }, oldObject: {} },
});

const namespaceOf = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
/** A test that labels its namespace, with a Namespace among its existing objects. */
const labelled = (request: object, existing: string): Spec => {
  const one = test('a', 'Tripped');
  return {
    tests: [
      {
        ...one,
        request: { ...one.request, ...request },
        namespaceLabels: { a: 'b' },
        existing: [namespaceOf(existing)],
      },
    ],
  };
};

interface Row {
  readonly rule: string;
  /** The field that is found. */
  readonly field: string;
  /** What the rule finds something in. */
  readonly bad: readonly Spec[];
  /** What is like it, and as it should be. */
  readonly good: readonly Spec[];
}

const ROWS: readonly Row[] = [
  {
    rule: 'resource-without-action',
    field: 'spec.match.resources[1].resources[0]',
    bad: [
      on({
        actions: ['ScaleDown'],
        resources: [DEPLOYMENTS, { apiGroups: ['networking.k8s.io'], resources: ['ingresses'] }],
      }),
    ],
    good: [
      on({ actions: ['ScaleDown'], resources: [DEPLOYMENTS, WIDGETS] }),
      on({ actions: ['ScaleDown', 'Delete'], resources: [DEPLOYMENTS, PODS] }),
      on({ actions: ['ImageChange'], resources: [{ apiGroups: ['', 'apps'], resources: ['pods', 'deployments'] }] }),
    ],
  },
  {
    rule: 'action-without-resource',
    field: 'spec.match.actions[1]',
    bad: [
      on({
        actions: ['Update', 'ScaleDown'],
        resources: [{ apiGroups: ['networking.k8s.io'], resources: ['ingresses'] }],
      }),
    ],
    good: [on({ actions: ['Update', 'ScaleDown'] }), on({ actions: ['Update', 'ScaleDown'], resources: [WIDGETS] })],
  },
  {
    rule: 'status-without-update',
    field: 'spec.match.includeStatus',
    bad: [on({ actions: ['Delete'], includeStatus: true })],
    good: [
      on({ actions: ['Delete', 'Update'], includeStatus: true }),
      on({ actions: ['Delete'], includeStatus: false }),
    ],
  },
  {
    rule: 'namespaces-excluded',
    field: 'spec.match.namespaces',
    bad: [
      on({ namespaces: { include: ['prod-a', 'prod-b*'], exclude: ['prod-*'] } }),
      on({ namespaces: { exclude: ['*'] } }),
      on({ namespaces: { include: ['shop'], exclude: ['s??p'] } }),
    ],
    good: [
      on({ namespaces: { include: ['prod-*'], exclude: ['prod-a'] } }),
      on({ namespaces: { include: ['prod-*'], exclude: ['prod-?'] } }),
      on({ namespaces: { exclude: ['kube-*'] } }),
    ],
  },
  {
    rule: 'cluster-scoped',
    field: 'spec.match.resources[1].resources[0]',
    bad: [
      on({ resources: [PODS, NODES], namespaces: { include: ['shop'] } }),
      on({ resources: [PODS, NODES], namespaceSelector: { matchLabels: { env: 'production' } } }),
    ],
    good: [
      on({ resources: [PODS, NODES] }),
      on({ resources: [{ apiGroups: [''], resources: ['namespaces', 'pods'] }], namespaces: { include: ['shop'] } }),
    ],
  },
  {
    rule: 'wide-fail-closed',
    field: 'spec.match.resources[0]',
    bad: [on({ resources: EVERYTHING })],
    good: [
      on({ resources: EVERYTHING, namespaces: { include: ['prod-*'] } }),
      on({ resources: EVERYTHING }, { failurePolicy: 'Ignore' }),
      on({ resources: [{ apiGroups: ['apps'], resources: ['*'] }] }),
      on({ actions: ['ScaleDown'], resources: EVERYTHING }),
    ],
  },
  {
    rule: 'delete-by-owner',
    field: 'spec.match.actions[1]',
    bad: [on({ actions: ['Update', 'Delete'] })],
    good: [
      on({ actions: ['Update', 'Delete', 'OwnerChange'] }),
      on({ actions: ['Update', 'Delete'] }, { enforcement: 'Warn', failurePolicy: 'Ignore' }),
      on({ actions: ['Update'] }),
    ],
  },
  {
    rule: 'selector-contradiction',
    field: 'spec.match.objectSelector',
    bad: [
      {
        matchExpressions: [
          { key: 'a', operator: 'In' as const, values: ['x'] },
          { key: 'a', operator: 'NotIn' as const, values: ['x', 'y'] },
        ],
      },
      { matchLabels: { a: 'x' }, matchExpressions: [{ key: 'a', operator: 'DoesNotExist' as const }] },
      { matchLabels: { a: 'x' }, matchExpressions: [{ key: 'a', operator: 'In' as const, values: ['y', 'z'] }] },
      {
        matchExpressions: [
          { key: 'a', operator: 'Exists' as const },
          { key: 'a', operator: 'DoesNotExist' as const },
        ],
      },
    ].map((objectSelector) => on({ objectSelector })),
    good: [
      {
        matchExpressions: [
          { key: 'a', operator: 'In' as const, values: ['x', 'z'] },
          { key: 'a', operator: 'NotIn' as const, values: ['x'] },
        ],
      },
      {
        matchExpressions: [
          { key: 'a', operator: 'NotIn' as const, values: ['x'] },
          { key: 'a', operator: 'DoesNotExist' as const },
        ],
      },
      { matchLabels: { a: 'x' }, matchExpressions: [{ key: 'b', operator: 'NotIn' as const, values: ['x'] }] },
      {},
    ].map((objectSelector) => on({ objectSelector })),
  },
  {
    rule: 'everybody-excluded',
    field: 'spec.match.subjects.exclude[0]',
    bad: [
      on({ subjects: { exclude: [{ kind: 'User', name: '*' }] } }),
      on({ subjects: { exclude: [{ kind: 'Group', name: 'system:auth*' }] } }),
    ],
    good: [
      on({ subjects: { exclude: [{ kind: 'User', name: 'system:*' }] } }),
      on({ subjects: { exclude: [{ kind: 'Group', name: 'system:serviceaccounts' }] } }),
      on({ subjects: { exclude: [{ kind: 'ServiceAccount', namespace: 'ci', name: '*' }] } }),
    ],
  },
  {
    rule: 'subjects-excluded',
    field: 'spec.match.subjects',
    bad: [
      on({ subjects: { include: [{ kind: 'Group', name: 'dev-a' }], exclude: [{ kind: 'Group', name: 'dev-*' }] } }),
      on({
        subjects: {
          include: [{ kind: 'ServiceAccount', namespace: 'ci', name: 'a' }],
          exclude: [{ kind: 'ServiceAccount', namespace: '*', name: '*' }],
        },
      }),
    ],
    good: [
      on({ subjects: { include: [{ kind: 'Group', name: 'dev-*' }], exclude: [{ kind: 'Group', name: 'dev-a' }] } }),
      on({ subjects: { include: [{ kind: 'Group', name: 'a' }], exclude: [{ kind: 'User', name: 'a*' }] } }),
      on({
        subjects: {
          include: [{ kind: 'ServiceAccount', namespace: 'ci', name: 'a' }],
          exclude: [{ kind: 'ServiceAccount', namespace: 'cd', name: '*' }],
        },
      }),
    ],
  },
  {
    rule: 'service-account-as-user',
    field: 'spec.match.subjects.include[0]',
    bad: [on({ subjects: { include: [{ kind: 'User', name: 'system:serviceaccount:ci:*' }] } })],
    good: [
      on({ subjects: { include: [{ kind: 'ServiceAccount', namespace: 'ci', name: '*' }] } }),
      on({ subjects: { include: [{ kind: 'User', name: 'system:node:*' }] } }),
    ],
  },
  {
    rule: 'administrators-excluded',
    field: 'spec.match.subjects.exclude[0]',
    bad: [on({ subjects: { exclude: [{ kind: 'Group', name: 'system:masters' }] } })],
    good: [on({ subjects: { include: [{ kind: 'Group', name: 'system:masters' }] } })],
  },
  {
    rule: 'default-service-account',
    field: 'spec.match.subjects.exclude[0]',
    bad: [on({ subjects: { exclude: [{ kind: 'ServiceAccount', namespace: 'ci', name: 'default' }] } })],
    good: [
      on({ subjects: { include: [{ kind: 'ServiceAccount', namespace: 'ci', name: 'default' }] } }),
      on({ subjects: { exclude: [{ kind: 'ServiceAccount', namespace: 'default', name: 'deployer' }] } }),
    ],
  },
  {
    rule: 'field-manager-never-named',
    field: 'spec.match.fieldManagers.include',
    bad: [on({ actions: ['Exec', 'Evict'], resources: [PODS], fieldManagers: { include: ['kubectl*'] } })],
    good: [
      on({ fieldManagers: { include: ['kubectl*'] } }),
      on({ actions: ['Delete'], fieldManagers: { exclude: ['kubectl*'] } }),
    ],
  },
  {
    rule: 'field-manager-lets-pass',
    field: 'spec.match.fieldManagers.exclude',
    bad: [on({ fieldManagers: { exclude: ['argocd-controller'] } })],
    good: [
      on({ fieldManagers: { exclude: ['argocd-controller'] } }, { enforcement: 'Warn', failurePolicy: 'Ignore' }),
      on({ fieldManagers: { include: ['kubectl-edit'] } }),
      on({ fieldManagers: { include: ['kubectl-edit'], exclude: [] } }),
    ],
  },
  {
    rule: 'change-of-new-object',
    field: 'spec.when[0].change',
    bad: [
      on({ actions: ['Create'] }, decreased({})),
      on({ actions: ['Create'] }, when({ change: { type: 'Changed' } })),
    ],
    good: [
      on({ actions: ['Create', 'Update'] }, decreased({})),
      on({ actions: ['Create'] }, when({ change: { path: '$.spec.replicas', type: 'Added' } })),
    ],
  },
  {
    rule: 'change-by-connection',
    field: 'spec.when[0].change',
    bad: [on({ actions: ['Exec'], resources: [PODS] }, when({ change: { path: '$.spec.nodeName', type: 'Any' } }))],
    good: [
      on({ actions: ['Exec'], resources: [PODS] }, when({ change: { type: 'Any' } })),
      on(
        { actions: ['Exec', 'Update'], resources: [PODS] },
        when({ change: { path: '$.spec.nodeName', type: 'Any' } }),
      ),
    ],
  },
  {
    rule: 'decrease-of-all',
    field: 'spec.when[0].change',
    bad: [decreased({ byMoreThan: '100%' }), decreased({ byAtLeast: '101%' })],
    good: [
      decreased({ byAtLeast: '100%' }),
      decreased({ byMoreThan: '99.9%' }),
      decreased({ byMoreThan: 200 }),
      when({ change: { path: '$.spec.replicas', type: 'Increased', byMoreThan: '200%' } }),
    ],
  },
  {
    rule: 'opposite-changes',
    field: 'spec.when[0].change',
    bad: [
      when({ change: { path: '$.spec.a', type: 'Decreased' } }, { change: { path: '$.spec.a', type: 'Increased' } }),
    ],
    good: [
      when({ change: { path: '$.spec.a', type: 'Decreased' } }, { change: { path: '$.spec.b', type: 'Increased' } }),
      when({
        anyOf: [
          { change: { path: '$.spec.a', type: 'Decreased' } },
          { change: { path: '$.spec.a', type: 'Increased' } },
        ],
      }),
      when({ change: { path: '$.spec.*', type: 'Decreased' } }, { change: { path: '$.spec.*', type: 'Increased' } }),
    ],
  },
  {
    rule: 'object-not-sent',
    field: 'spec.when[0].field.in',
    bad: [
      on({ actions: ['Delete'] }, read('$.spec.replicas', 'Object')),
      on({ actions: ['Create'] }, read('$.spec.replicas', 'OldObject')),
      on({ actions: ['Exec'], resources: [PODS] }, read('$.spec.nodeName', 'OldObject')),
    ],
    good: [
      on({ actions: ['Delete'] }, read('$.spec.replicas', 'OldObject')),
      on({ actions: ['Delete'] }, read('$.spec.replicas')),
      on({ actions: ['Delete'], resources: [PODS] }, read('$.deleteOptions.gracePeriodSeconds', 'Object')),
      on({ actions: ['Create', 'Update'] }, read('$.spec.replicas', 'OldObject')),
    ],
  },
  {
    rule: 'options-of-connection',
    field: 'spec.when[0].field.path',
    bad: [on({ actions: ['Exec'], resources: [PODS] }, read('$.spec.nodeName', 'Object'))],
    good: [
      on({ actions: ['Exec'], resources: [PODS] }, read('$.spec.nodeName')),
      on({ actions: ['Exec'], resources: [PODS] }, read('$.container', 'Object')),
      read('$.spec.paused', 'Object'),
    ],
  },
  {
    rule: 'path-without-spec',
    field: 'spec.when[0].field.path',
    bad: [
      read('$.replicas'),
      read('$.labels.tier', 'OldObject'),
      on({ actions: ['ImageChange'] }, read('$.containers[*]')),
    ],
    good: [
      read('$.spec.replicas'),
      read('$.metadata.labels.tier'),
      on({ resources: [WIDGETS] }, read('$.replicas')),
      on({ resources: EVERYTHING }, read('$.replicas')),
      when({ field: { path: '$.name', in: 'Request', operator: 'Exists' } }),
      on({ actions: ['Exec'], resources: [PODS] }, read('$.containers', 'Object')),
    ],
  },
  {
    rule: 'images-without-pods',
    field: 'spec.when[0].images',
    bad: [
      on({ actions: ['Exec'], resources: [PODS] }, when({ images: { tags: ['latest'] } })),
      on({ actions: ['Evict'], resources: [PODS] }, when({ images: { tags: ['latest'] } })),
      on({ resources: [{ apiGroups: [''], resources: ['services'] }] }, when({ images: { tags: ['latest'] } })),
    ],
    good: [
      when({ images: { tags: ['latest'] } }),
      on({ actions: ['Debug'], resources: [PODS] }, when({ images: { tags: ['latest'] } })),
      on({ resources: [{ ...WIDGETS, podTemplatePath: '$.spec.template' }] }, when({ images: { tags: ['latest'] } })),
      on({ resources: EVERYTHING }, when({ images: { tags: ['latest'] } })),
    ],
  },
  {
    rule: 'never-in-effect',
    field: 'spec.schedule',
    bad: [
      scheduled(absolute('2025-12-20T00:00:00Z', '2026-01-02T00:00:00Z')),
      { schedule: { active: 'Outside', windows: [weekly('7d')] } },
    ],
    good: [scheduled(absolute('2026-12-20T00:00:00Z', '2027-01-02T00:00:00Z')), scheduled(weekly('1d'))],
  },
  {
    rule: 'always-in-effect',
    field: 'spec.schedule',
    bad: [
      scheduled(weekly('7d')),
      { schedule: { active: 'Outside', windows: [absolute('2025-12-20T00:00:00Z', '2026-01-02T00:00:00Z')] } },
    ],
    good: [scheduled(weekly('6d')), {}],
  },
  {
    rule: 'window-over',
    field: 'spec.schedule.windows[1].absolute',
    bad: [scheduled(weekly('1d'), absolute('2025-12-20T00:00:00Z', '2026-01-02T00:00:00Z'))],
    good: [scheduled(weekly('1d'), absolute('2026-05-20T00:00:00Z', '2026-07-02T00:00:00Z'))],
  },
  {
    rule: 'failure-policy-without-deny',
    field: 'spec.failurePolicy',
    bad: [{ enforcement: 'Audit', failurePolicy: 'Ignore' }],
    good: [{ enforcement: 'Deny', failurePolicy: 'Ignore' }],
  },
  {
    rule: 'critical-fails-open',
    field: 'spec.failurePolicy',
    bad: [{ severity: 'Critical', failurePolicy: 'Ignore' }],
    good: [{ severity: 'Critical' }, { severity: 'High', failurePolicy: 'Ignore' }],
  },
  {
    rule: 'placeholder-never-set',
    field: 'spec.message',
    bad: [
      on({ actions: ['Delete'] }, { message: 'No: {{ $.object.metadata.name }}' }),
      on({ actions: ['Create'] }, { message: '{{$.oldObject.metadata.name}}' }),
    ],
    good: [
      on({ actions: ['Delete'] }, { message: 'No: {{ $.target.metadata.name }} {{ $.oldObject.metadata.name }}' }),
      { message: '{{ $.object.metadata.name }} {{ $.oldObject.metadata.name }}' },
    ],
  },
  {
    rule: 'no-tests',
    field: 'spec.tests',
    bad: [{}],
    good: [{ tests: [test('a', 'Tripped'), test('b', 'Allowed')] }],
  },
  {
    rule: 'one-sided-tests',
    field: 'spec.tests',
    bad: [
      { tests: [test('a', 'Tripped'), test('b', 'Denied')] },
      { tests: [test('a', 'Allowed'), test('b', 'NotMatched')] },
    ],
    good: [{ tests: [test('a', 'Tripped'), test('b', 'NotMatched')] }, {}],
  },
  {
    rule: 'message-of-nothing',
    field: 'spec.tests[1].message',
    bad: (['Allowed', 'NotMatched'] as const).map((expect) => ({
      tests: [test('a', 'Tripped'), { ...test('b', expect), message: 'no' }],
    })),
    good: [{ tests: [{ ...test('a', 'Tripped'), message: 'no' }, test('b', 'Allowed')] }],
  },
  {
    rule: 'namespace-labels-unread',
    field: 'spec.tests[0].namespaceLabels',
    bad: [
      labelled({ namespace: 'shop' }, 'shop'),
      labelled({ oldObject: { metadata: { namespace: 'shop' } } }, 'shop'),
      labelled({}, 'default'),
      labelled({ resource: { version: 'v1', resource: 'namespaces' }, name: 'shop' }, 'shop'),
    ],
    good: [
      labelled({ namespace: 'shop' }, 'other'),
      labelled({ oldObject: { metadata: { namespace: 'shop' } } }, 'default'),
      { tests: [{ ...test('a', 'Tripped'), existing: [namespaceOf('default')] }] },
    ],
  },
];

describe('the linter', () => {
  it.each(ROWS)('finds by $rule what it is for, with the field', ({ rule, field, bad }) => {
    for (const spec of bad) {
      expect(linted(build(spec)), JSON.stringify(spec)).toContainEqual(expect.objectContaining({ rule, field }));
    }
  });

  it.each(ROWS)('finds by $rule nothing else', ({ rule, good }) => {
    for (const spec of good) expect(rulesOf(build(spec)), JSON.stringify(spec)).not.toContain(rule);
  });

  it('has each rule tested, once in the table and once in the docs with its level', () => {
    const docs = readFileSync(new URL('docs/linting.md', ROOT), 'utf8');
    expect(ROWS.map(({ rule }) => rule)).toEqual(RULES.map(({ rule }) => rule));
    const documented = [...docs.matchAll(/^\| `([a-z-]+)` +\| (warning|info) /gm)].map(([, rule, level]) => ({
      rule,
      level,
    }));
    expect(documented).toEqual(RULES.map(({ rule, level }) => ({ rule, level })));
  });

  it('says what to do in a line that fits into a warning', () => {
    const found = ROWS.flatMap(({ bad }) => bad.flatMap((spec) => linted(build(spec))));
    for (const { field, message } of found) {
      expect(`${field}: ${message}`.length).toBeLessThanOrEqual(250);
      expect(message).toMatch(/^[a-z]|^(ScaleDown|Group|User|Pods|ServiceExpose)/);
    }
  });

  it('finds nothing that is wrong in the examples', () => {
    const folder = fileURLToPath(new URL('examples/', ROOT));
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
    const all = files.flatMap((file) =>
      parseAllDocuments(readFileSync(`${folder}${file}`, 'utf8'))
        .map((document) => document.toJS() as Guardrail | null)
        .filter((object) => object?.kind === 'Guardrail')
        .filter((object) => object !== null),
    );
    expect(all.length).toBeGreaterThan(6);
    for (const source of all) {
      expect(
        linted(source).filter(({ rule }) => rule !== 'no-tests'),
        source.metadata?.name,
      ).toEqual([]);
    }
  });

  it('takes less than 20 ms for the largest guardrail', () => {
    const globs = Array.from({ length: 64 }, (_, index) => `${'a'.repeat(30)}*b${index}*${'c'.repeat(20)}`);
    const source = build({
      match: {
        actions: BY_SPECIFICITY.map(({ name }) => name),
        resources: Array.from({ length: 32 }, (_, rule) => ({
          apiGroups: Array.from({ length: 16 }, (_, index) => `g${index}.example.com`),
          resources: ['pods', ...Array.from({ length: 31 }, (_, index) => `r${rule}x${index}`)],
        }))
          .concat([{ apiGroups: ['*'], resources: ['*'] }])
          .slice(1),
        namespaces: { include: globs, exclude: globs.map((glob) => `${glob}d*`) },
        subjects: {
          include: globs.map((name) => ({ kind: 'User' as const, name })),
          exclude: globs.map((name) => ({ kind: 'User' as const, name: `${name}d` })),
        },
        fieldManagers: { include: globs, exclude: globs },
      },
      when: Array.from({ length: 16 }, () => ({
        anyOf: Array.from({ length: 16 }, () => ({
          change: { path: '$.spec.a.b.c.d.e.f.g', type: 'Decreased' as const },
        })),
      })) as unknown as [WhenEntry],
    });
    const compiled = compileGuardrail(source);
    if (compiled.kind === 'Broken') throw new Error(compileErrorText(compiled));
    const times = Array.from({ length: 5 }, () => {
      const begin = performance.now();
      lint(source, compiled, NOW);
      return performance.now() - begin;
    });
    // The fastest of some: others are at work on this machine.
    expect(Math.min(...times)).toBeLessThan(20);
  });
});
