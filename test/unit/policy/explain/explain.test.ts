import { describe, expect, it } from 'vitest';
import type { GuardrailMatch, GuardrailSpec, WhenEntry } from '../../../../src/api/v1alpha1.ts';
import type { Facts } from '../../../../src/policy/facts.ts';
import type { Review } from '../../../../src/policy/review.ts';
import { explained, factsOf, stepAt } from '../support/explained.ts';
import { guardrail } from '../support/judge.ts';
import { captured, review } from '../support/reviews.ts';

const DEPLOYMENTS = [{ apiGroups: ['apps'], resources: ['deployments'] }];
const shopLabels = (labels: Record<string, string>): Partial<Facts> => ({
  namespace: { kind: 'Found', object: { metadata: { name: 'shop', labels } } },
});
const scale = review({
  oldObject: { metadata: { name: 'web', namespace: 'shop', labels: { tier: 'gold' } }, spec: { replicas: 10 } },
  object: { metadata: { name: 'web', namespace: 'shop', labels: { tier: 'gold' } }, spec: { replicas: 2 } },
  options: { fieldManager: 'kubectl-scale' },
});

interface Row {
  readonly title: string;
  readonly match?: Partial<GuardrailMatch>;
  readonly spec?: Partial<GuardrailSpec>;
  readonly of?: Review;
  readonly facts?: Partial<Facts>;
  readonly field: string;
  readonly step: { readonly answer: string; readonly why: string };
}

const FREEZE: NonNullable<GuardrailSpec['schedule']> = {
  active: 'During',
  windows: [{ absolute: { from: '2026-12-20T00:00:00Z', to: '2027-01-02T00:00:00Z' } }],
};
const when = (...entries: [WhenEntry, ...WhenEntry[]]): Partial<GuardrailSpec> => ({ when: entries });

const ROWS: readonly Row[] = [
  {
    title: 'a resource that is listed',
    field: 'spec.match.resources',
    step: { answer: 'Held', why: 'It is about deployments.apps' },
  },
  {
    title: 'a resource that is not',
    match: { resources: [{ apiGroups: ['apps'], resources: ['statefulsets'] }] },
    field: 'spec.match.resources',
    step: { answer: 'NotHeld', why: 'It is not about deployments.apps' },
  },
  {
    title: 'the actions that the review is',
    match: { actions: ['Update', 'ScaleDown'] },
    field: 'spec.match.actions',
    step: { answer: 'Held', why: 'It is ScaleDown, Update' },
  },
  {
    title: 'a listed action, with what it changes',
    field: 'spec.match.actions[0]',
    step: { answer: 'Held', why: 'It is ScaleDown: replicas 10 -> 2 (-80%)' },
  },
  {
    title: 'an action that it is not',
    match: { actions: ['ScaleDown', 'ScaleUp'] },
    field: 'spec.match.actions[1]',
    step: { answer: 'NotHeld', why: 'It changes nothing that ScaleUp is about' },
  },
  {
    title: 'an action that comes by another operation',
    match: { actions: ['ScaleDown', 'Delete', 'Create'] },
    field: 'spec.match.actions[2]',
    step: { answer: 'NotHeld', why: 'Create does not come by UPDATE' },
  },
  {
    title: 'an action that does not happen to such objects',
    match: { actions: ['ScaleDown', 'ConfigChange'], resources: [{ apiGroups: ['apps', ''], resources: ['*'] }] },
    field: 'spec.match.actions[1]',
    step: { answer: 'NotHeld', why: 'ConfigChange does not happen to deployments.apps' },
  },
  {
    title: 'names that are not set',
    field: 'spec.match.names',
    step: { answer: 'NotAsked', why: 'It is not set' },
  },
  {
    title: 'a name that is like one of several globs',
    match: { names: ['api-*', 'w?b'] },
    field: 'spec.match.names',
    step: { answer: 'Held', why: 'web is like w?b' },
  },
  {
    title: 'a name that is like none',
    match: { names: ['api-*', 'db'] },
    field: 'spec.match.names',
    step: { answer: 'NotHeld', why: 'web is like none of api-*, db' },
  },
  {
    title: 'a namespace that is not included',
    match: { namespaces: { include: ['prod-*'] } },
    field: 'spec.match.namespaces',
    step: { answer: 'NotHeld', why: 'Namespace shop is like none of prod-*' },
  },
  {
    title: 'a namespace that is included and excluded',
    match: { namespaces: { include: ['*'], exclude: ['kube-*', 'sh*'] } },
    field: 'spec.match.namespaces',
    step: { answer: 'NotHeld', why: 'Namespace shop is excluded by sh*' },
  },
  {
    title: 'the matcher that lets a subject in',
    match: {
      subjects: {
        include: [
          { kind: 'User', name: 'bob' },
          { kind: 'Group', name: 'dev*' },
        ],
      },
    },
    field: 'spec.match.subjects',
    step: { answer: 'Held', why: 'alice is included by Group dev*' },
  },
  {
    title: 'the matcher that lets a subject out',
    match: {
      subjects: {
        exclude: [
          { kind: 'ServiceAccount', namespace: 'ci', name: '*' },
          { kind: 'User', name: 'alice' },
        ],
      },
    },
    field: 'spec.match.subjects',
    step: { answer: 'NotHeld', why: 'alice is excluded by User alice' },
  },
  {
    title: 'a subject that is in no list of those that are judged',
    match: { subjects: { include: [{ kind: 'ServiceAccount', namespace: 'ci', name: '*' }] } },
    field: 'spec.match.subjects',
    step: { answer: 'NotHeld', why: 'alice is not included' },
  },
  {
    title: 'a field manager that is not judged',
    match: { fieldManagers: { exclude: ['kubectl-*'] } },
    field: 'spec.match.fieldManagers',
    step: { answer: 'NotHeld', why: 'Field manager kubectl-scale is excluded by kubectl-*' },
  },
  {
    title: 'no field manager, where one is asked for',
    match: { fieldManagers: { include: ['*'] } },
    of: { ...scale, options: {} },
    field: 'spec.match.fieldManagers',
    step: { answer: 'NotHeld', why: 'A request that names no field manager is not included' },
  },
  {
    title: 'a schedule that is in effect, with its end',
    spec: { schedule: FREEZE },
    facts: { now: new Date('2026-12-24T00:00:00Z') },
    field: 'spec.schedule',
    step: { answer: 'Held', why: 'At 2026-12-24T00:00:00Z it is in effect, until 2027-01-02T00:00:00Z' },
  },
  {
    title: 'a schedule that is over',
    spec: { schedule: FREEZE },
    facts: { now: new Date('2027-12-24T00:00:00Z') },
    field: 'spec.schedule',
    step: { answer: 'NotHeld', why: 'At 2027-12-24T00:00:00Z it is not in effect, for ever' },
  },
  {
    title: 'labels that the namespace lacks, each of them',
    match: {
      namespaceSelector: {
        matchLabels: { env: 'production', team: 'shop' },
        matchExpressions: [{ key: 'zone', operator: 'In', values: ['a', 'b'] }],
      },
    },
    facts: shopLabels({ team: 'shop' }),
    field: 'spec.match.namespaceSelector',
    step: { answer: 'NotHeld', why: 'Namespace shop does not have env=production, zone In (a, b)' },
  },
  {
    title: 'a namespace that could not be read',
    match: { namespaceSelector: { matchLabels: { env: 'production' } } },
    facts: { namespace: { kind: 'Failed', error: 'no answer' } },
    field: 'spec.match.namespaceSelector',
    step: { answer: 'Unknown', why: 'It can not be told: namespace shop could not be read: no answer' },
  },
  {
    title: 'labels of the object, before and after',
    match: { objectSelector: { matchLabels: { tier: 'gold' } } },
    field: 'spec.match.objectSelector',
    step: { answer: 'Held', why: 'The old and the new object has the labels' },
  },
  {
    title: 'labels that neither side has',
    match: { objectSelector: { matchLabels: { tier: 'iron' } } },
    field: 'spec.match.objectSelector',
    step: {
      answer: 'NotHeld',
      why: 'The old object does not have tier=iron, the new object does not have tier=iron',
    },
  },
  {
    title: 'a label that is taken off',
    match: { objectSelector: { matchLabels: { tier: 'gold' } } },
    of: { ...scale, object: { metadata: { name: 'web', namespace: 'shop' }, spec: { replicas: 2 } } },
    field: 'spec.match.selectorProtection',
    step: { answer: 'NotHeld', why: 'The change would leave the objectSelector' },
  },
  {
    title: 'the work of a controller',
    match: { actions: ['Create'], resources: [{ apiGroups: [''], resources: ['pods'] }] },
    of: captured('pod-create-by-replicaset-controller'),
    field: 'spec.match.derived',
    step: {
      answer: 'NotHeld',
      why: 'A built-in controller does, as itself, what follows from what was judged before',
    },
  },
  {
    title: 'an object that is not there',
    match: { actions: ['Exec'], resources: [{ apiGroups: [''], resources: ['pods'] }], objectSelector: {} },
    of: captured('pod-exec'),
    field: 'target',
    step: { answer: 'NotHeld', why: 'The object that it is done to does not exist' },
  },
  {
    title: 'a change that is large enough',
    spec: when({ change: { type: 'Decreased', byMoreThan: '50%' } }),
    field: 'spec.when[0].change',
    step: { answer: 'Held', why: 'Decreased by more than 50%: replicas 10 -> 2 (-80%)' },
  },
  {
    title: 'a change that is not, behind one that is not',
    spec: when({ cel: 'false' }, { change: { path: '$.spec.replicas', type: 'Decreased', byAtLeast: 9 } }),
    field: 'spec.when[1].change',
    step: {
      answer: 'NotHeld',
      why: '$.spec.replicas Decreased by at least 9: no such change, but replicas 10 -> 2 (-80%)',
    },
  },
  {
    title: 'the values of a field',
    spec: when({ field: { path: '$.spec.replicas', operator: 'GreaterThan', values: [5] } }),
    field: 'spec.when[0].field',
    step: { answer: 'NotHeld', why: '$.spec.replicas of Target GreaterThan 5: one value is there, $.spec.replicas 2' },
  },
  {
    title: 'a field that is not there',
    spec: when({ field: { path: '$.spec.paused', operator: 'Exists' } }),
    field: 'spec.when[0].field',
    step: { answer: 'NotHeld', why: '$.spec.paused of Target Exists: nothing is there' },
  },
  {
    title: 'values below .., of which only the number is told',
    spec: when({ field: { path: '$..tier', operator: 'Equals', values: ['gold'] } }),
    field: 'spec.when[0].field',
    step: { answer: 'Held', why: '$..tier of Target Equals gold: one value is there' },
  },
  {
    title: 'who asks',
    spec: when({ field: { path: '$.userInfo.groups[*]', in: 'Request', operator: 'Equals', values: ['admins'] } }),
    field: 'spec.when[0].field',
    step: {
      answer: 'NotHeld',
      why: '$.userInfo.groups[*] of Request Equals admins: 2 values are there, $.userInfo.groups[0] developers, $.userInfo.groups[1] system:authenticated',
    },
  },
  {
    title: 'an expression that fails',
    spec: when({ cel: 'object.spec.nothing > 1' }),
    field: 'spec.when[0].cel',
    step: { answer: 'Unknown', why: expect.stringContaining('It can not be told: spec.when[0].cel: ') },
  },
  {
    title: 'an expression that is true',
    spec: when({ cel: 'object.spec.replicas == 2' }),
    field: 'spec.when[0].cel',
    step: { answer: 'Held', why: 'The expression is true' },
  },
  {
    title: 'any of several alternatives',
    spec: when({ anyOf: [{ cel: 'false' }, { cel: 'true' }, { cel: 'true' }] }),
    field: 'spec.when[0].anyOf',
    step: { answer: 'Held', why: '2 of 3 alternatives hold' },
  },
  {
    title: 'an alternative that evaluation does not come to',
    spec: when({ anyOf: [{ cel: 'true' }, { cel: 'false' }] }),
    field: 'spec.when[0].anyOf[1].cel',
    step: { answer: 'NotHeld', why: 'The expression is false' },
  },
  {
    title: 'no conditions',
    field: 'spec.when',
    step: { answer: 'NotAsked', why: 'Without conditions every matched action trips it' },
  },
  {
    title: 'images, where the action brings in none',
    spec: when({ images: { tags: ['latest'] } }),
    field: 'spec.when[0].images',
    step: { answer: 'NotHeld', why: 'It brings in no image' },
  },
  {
    title: 'changes outside of paths',
    spec: when({ changesOutside: ['$.spec.paused'] }),
    field: 'spec.when[0].changesOutside',
    step: { answer: 'Held', why: 'Outside of the paths that may change, it changes $.spec.replicas' },
  },
  {
    title: 'an object that satisfies a schema',
    spec: when({ violatesSchema: { required: ['spec'] } }),
    field: 'spec.when[0].violatesSchema',
    step: { answer: 'NotHeld', why: 'The object satisfies the schema' },
  },
];

describe('the step of an explanation', () => {
  it.each(ROWS)('tells of $title', ({ match, spec, of = scale, facts = {}, field, step }) => {
    const source = guardrail({ actions: ['ScaleDown'], resources: DEPLOYMENTS, ...match }, spec);
    const { answer, why } = stepAt(explained(source, of, factsOf(facts)), field);
    expect({ answer, why }).toEqual(step);
  });

  it('is a warning where nothing graver may come of it', () => {
    const images = { scan: { maxCritical: 0, onSourceUnavailable: 'Warn' as const } };
    const source = guardrail({ actions: ['ImageChange'] }, when({ images }));
    const step = stepAt(explained(source, captured('deployment-image-put')), 'spec.when[0].images');
    expect(step).toMatchObject({ answer: 'Held', isWarning: true });
  });

  it('holds no values of Secrets, environment variables or annotations', () => {
    const paths = [
      '$.data.password',
      '$.data[*]',
      '$.spec.template.spec.containers[*].env[*].value',
      "$.metadata.annotations['a']",
      '$.spec.template.spec.containers[*].args',
      '$.command',
    ];
    const body = {
      data: { password: 'hunter2' },
      command: ['hunter2'],
      metadata: { name: 'web', annotations: { a: 'hunter2' } },
      spec: {
        template: {
          spec: { containers: [{ name: 'web', args: ['hunter2'], env: [{ name: 'A', value: 'hunter2' }] }] },
        },
      },
    };
    const entries: WhenEntry[] = paths.flatMap((path) => [
      { field: { path, operator: 'Exists' } },
      { field: { path, in: 'Object', operator: 'Exists' } },
      { change: { path, type: 'Any' } },
    ]);
    const source = guardrail(
      { actions: ['Create', 'Update'], resources: [{ apiGroups: ['*'], resources: ['*'] }] },
      { when: [{ anyOf: entries.slice(0, 16) as [WhenEntry] }, { anyOf: entries.slice(16) as [WhenEntry] }] },
    );
    for (const resource of ['secrets', 'configmaps', 'pods']) {
      for (const operation of ['CREATE', 'CONNECT'] as const) {
        const { steps } = explained(source, review({ group: '', resource, operation, object: body }));
        expect(steps.filter(({ why }) => why.includes('one value is there')).length).toBeGreaterThan(6);
        expect(JSON.stringify(steps)).not.toContain('hunter2');
      }
    }
  });
});

describe('what comes of it', () => {
  const source = guardrail({ actions: ['ScaleDown'], names: ['api'] });

  it('is the first step that does not hold, where the guardrail does not match', () => {
    const { outcome, decisive } = explained(source, scale);
    expect(outcome).toMatchObject({ kind: 'NotMatched', step: { field: 'spec.match.names' } });
    expect(decisive?.field).toBe('spec.match.names');
  });

  it('is the finding, and no step, where it trips', () => {
    const { outcome, decisive } = explained(guardrail({ actions: ['ScaleDown'] }), scale);
    expect(outcome).toMatchObject({ kind: 'Found', finding: { outcome: 'Denied', reason: 'Tripped' } });
    expect(decisive).toBeUndefined();
  });

  it('is that it does not compile, with the error', () => {
    const { outcome, decisive } = explained(guardrail({ actions: ['ScaleDown'] }, when({ cel: '1 +' })), scale);
    expect(outcome).toMatchObject({ kind: 'Found', finding: { reason: 'NotCompiled' } });
    expect(decisive).toMatchObject({ field: 'spec', answer: 'Unknown' });
  });
});
