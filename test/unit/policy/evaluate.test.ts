import { describe, expect, test } from 'vitest';
import type { GuardrailSpec } from '../../../src/api/v1alpha1.ts';
import type { LoadedGuardrail } from '../../../src/policy/compiled-guardrail.ts';
import type { KubeObject, Review } from '../../../src/policy/review.ts';
import { type Cluster, compiled, EVERYTHING, findingOf, judge } from './support/judge.ts';
import { captured, review, widgetUpdate } from './support/reviews.ts';

const scaleDown = (spec: Partial<GuardrailSpec> = {}, name = 'no-sudden-scale-down') =>
  compiled({ actions: ['ScaleDown'] }, spec, name);

describe('what people are told', () => {
  test.each<[string, LoadedGuardrail, Review, Cluster, string]>([
    [
      'a scaling',
      scaleDown({ message: '{{ $.target.metadata.name }} may not.' }),
      captured('deployment-scale'),
      { parent: { metadata: { name: 'deployment-scale' } } },
      'Guardrail "no-sudden-scale-down" denied ScaleDown of deployments.apps/deployment-scale in shop: replicas 4 -> 1 (-75%). deployment-scale may not.',
    ],
    [
      'the narrowest word',
      compiled({ actions: ['Update', 'ScaleDown', 'ScaleToZero'], resources: EVERYTHING }),
      captured('widget-scale-to-zero'),
      {},
      'Guardrail "g" denied ScaleToZero of widgets.example.com/widget-scale-to-zero in shop: pool.size 4 -> 0 (-100%)',
    ],
    [
      'an image',
      compiled({ actions: ['ImageChange'] }),
      captured('deployment-image-put'),
      {},
      'Guardrail "g" denied ImageChange of deployments.apps/image-put in shop: containers[web].image registry.example.com/shop/web:1.0.0 -> evil.example.net/web:2',
    ],
    [
      'an image of a CronJob',
      compiled({ actions: ['ImageChange'] }),
      captured('cronjob-image'),
      {},
      'Guardrail "g" denied ImageChange of cronjobs.batch/image in shop: containers[web].image registry.example.com/shop/web:1.0.0 -> evil.example.net/web:2',
    ],
    [
      'an exec, by its program alone',
      compiled({ actions: ['Exec'] }),
      captured('pod-exec'),
      {},
      'Guardrail "g" denied Exec of pods/target in shop: container web, command mysql (and 1 more), stdin true',
    ],
    [
      'a deletion',
      compiled({ actions: ['Delete'], resources: EVERYTHING }),
      captured('configmap-delete-collection'),
      {},
      'Guardrail "g" denied Delete of configmaps/of-many-1 in shop',
    ],
    [
      'a Namespace, which is in none',
      compiled({ actions: ['Delete'], resources: EVERYTHING }),
      captured('namespace-delete'),
      {},
      'Guardrail "g" denied Delete of namespaces/closing',
    ],
    [
      'an object that is called as its namespace',
      compiled({ actions: ['Delete'], resources: EVERYTHING }),
      review({ operation: 'DELETE', name: 'shop', oldObject: {} }),
      {},
      'Guardrail "g" denied Delete of deployments.apps/shop in shop',
    ],
    [
      'a warning',
      compiled({ actions: ['Evict'] }, { enforcement: 'Warn', failurePolicy: 'Ignore' }),
      captured('pod-evict'),
      {},
      'Guardrail "g" warns of Evict of pods/evicted in shop',
    ],
    [
      'an audit',
      compiled({ actions: ['Evict'] }, { enforcement: 'Audit', failurePolicy: 'Ignore' }),
      captured('pod-evict'),
      {},
      'Guardrail "g" recorded Evict of pods/evicted in shop',
    ],
    [
      'secret changes by their place',
      compiled({ actions: ['Update'], resources: EVERYTHING }),
      captured('configmap-update'),
      {},
      'Guardrail "g" denied Update of configmaps/config in shop: data.password',
    ],
    [
      'many changes',
      compiled({ actions: ['Update'], resources: EVERYTHING }),
      widgetUpdate({}, { spec: { a: 1 }, b: 2, c: 3, d: 4, e: 5 }),
      {},
      'Guardrail "g" denied Update of widgets.example.com/w in shop: spec, b 2, c 3, and 2 more',
    ],
    [
      'a name with control characters',
      compiled({ actions: ['Exec'] }),
      review({
        operation: 'CONNECT',
        group: '',
        resource: 'pods',
        subresource: 'exec',
        name: 'a\nGuardrail "x" allowed\u001b[2J',
      }),
      {},
      'Guardrail "g" denied Exec of pods/a Guardrail "x" allowed [2J in shop',
    ],
  ])('%s', (_name, loaded, of, cluster, message) => expect(findingOf(loaded, of, cluster)?.message).toBe(message));

  test('a message is bounded, whatever strangers name their things', () => {
    const of = widgetUpdate(
      {},
      { ['k'.repeat(1 << 20)]: 1, image: 'i'.repeat(1 << 20), l: [{ name: 'n'.repeat(1 << 20) }] },
    );
    const finding = findingOf(compiled({ actions: ['Update'], resources: EVERYTHING }), {
      ...of,
      name: 'n'.repeat(1 << 20),
    });
    expect(finding?.message.length).toBeLessThanOrEqual(4096);
  });
});

describe('outcomes', () => {
  const when: GuardrailSpec['when'] = [{ change: { type: 'Decreased', byMoreThan: '75%' } }];
  test.each<[string, Partial<GuardrailSpec>, string, boolean]>([
    ['Deny that trips', {}, 'Denied Tripped', false],
    ['Warn that trips', { enforcement: 'Warn', failurePolicy: 'Ignore' }, 'Warned Tripped', true],
    ['Audit that trips', { enforcement: 'Audit' }, 'Audited Tripped', true],
    ['Deny that does not trip', { when }, 'Allowed NotTripped', true],
  ])('%s', (_name, spec, expected, allowed) => {
    const decision = judge([scaleDown(spec)], captured('deployment-scale'));
    expect(decision.findings.map(({ outcome, reason }) => `${outcome} ${reason}`)).toEqual([expected]);
    expect(decision.allowed).toBe(allowed);
  });

  test('one Denied finding refuses, and each guardrail has its own, in the order of their names', () => {
    const decision = judge(
      [scaleDown({}, 'b'), scaleDown({ enforcement: 'Audit' }, 'c'), scaleDown({ when }, 'a')],
      captured('deployment-scale'),
    );
    expect(decision.allowed).toBe(false);
    expect(decision.findings.map(({ guardrail, outcome }) => `${guardrail.name} ${outcome}`)).toEqual([
      'a Allowed',
      'b Denied',
      'c Audited',
    ]);
  });

  test('no guardrail, no finding, allowed', () => {
    expect(judge([], captured('deployment-scale'))).toEqual({ allowed: true, findings: [] });
  });

  test.each<[string, Partial<GuardrailSpec>, Cluster, string]>([
    ['a target that is not there, under Fail', {}, { parent: 'Missing' }, 'Denied TargetNotFound'],
    [
      'a target that is not there, under Ignore',
      { failurePolicy: 'Ignore' },
      { parent: 'Missing' },
      'Denied TargetNotFound',
    ],
    [
      'a target that is not there, under Warn',
      { enforcement: 'Warn', failurePolicy: 'Ignore' },
      { parent: 'Missing' },
      'Warned TargetNotFound',
    ],
    ['a target that can not be read, under Fail', {}, { parent: 'Failed' }, 'Denied EvaluationError'],
    [
      'a target that can not be read, under Ignore',
      { failurePolicy: 'Ignore' },
      { parent: 'Failed' },
      'Allowed EvaluationError',
    ],
    [
      'a target that can not be read, under Warn',
      { enforcement: 'Warn', failurePolicy: 'Ignore' },
      { parent: 'Failed' },
      'Allowed EvaluationError',
    ],
    ['a target that nobody asked for', {}, { parent: 'NotAsked' }, 'Denied EvaluationError'],
  ])('%s', (_name, spec, cluster, expected) => {
    const loaded = compiled({ actions: ['Exec'] }, { when: [{ field: { path: '$.a', operator: 'Exists' } }], ...spec });
    const finding = findingOf(loaded, captured('pod-exec'), cluster);
    expect(`${finding?.outcome} ${finding?.reason}`).toBe(expected);
  });

  test('the uid is that of the object, never one that the client sent', () => {
    const evict = compiled({ actions: ['Evict'] });
    const of = captured('pod-evict');
    const forged = { ...of, object: { metadata: { name: of.name, uid: 'forged' } } };
    expect(findingOf(evict, forged)?.targetUid).toBeUndefined();
    expect(findingOf(scaleDown(), captured('deployment-scale'))?.targetUid).toMatch(/^00000000-/);
  });
});

describe('hostile objects are judged, or answered by failurePolicy, and never let pass', () => {
  const nested = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
  const proto = JSON.parse(
    '{"__proto__": {"spec": {"replicas": 9}}, "constructor": 1, "hasOwnProperty": 2}',
  ) as KubeObject;

  const HOSTILE: readonly [string, KubeObject][] = [
    ['nested 10,000 deep', { spec: nested(10_000) }],
    [
      'keys that every object has',
      { ...proto, spec: proto, metadata: { name: 'w', labels: proto, ownerReferences: [proto], finalizers: [proto] } },
    ],
    ['texts of a megabyte', { spec: { image: 'x'.repeat(1 << 20), ['k'.repeat(1 << 20)]: 1 } }],
    [
      '10,000 containers',
      { spec: { containers: Array.from({ length: 10_000 }, (_, i) => ({ name: `c${i}`, image: `i${i}` })) } },
    ],
    [
      '10,000 containers of one name',
      { spec: { containers: Array.from({ length: 10_000 }, () => ({ name: 'c', image: 'i' })) } },
    ],
    [
      'things that can not become text',
      { spec: { l: [{ name: { toString: 1, valueOf: 2 } }], name: { toString: null } } },
    ],
    ['the wrong types everywhere', { metadata: [], spec: 'x', kind: 7, status: [[[]]] }],
    [
      'lists where objects are meant',
      { metadata: { labels: [1], finalizers: {}, ownerReferences: 'x', annotations: 3 }, spec: [] },
    ],
  ];

  test.each(HOSTILE)('%s', (_name, object) => {
    const guardrails = [
      compiled({ actions: ['Update'], resources: EVERYTHING, objectSelector: {} }, {}, 'all'),
      compiled(
        { actions: ['Update'], resources: EVERYTHING },
        {
          when: [{ field: { path: '$..nothing', operator: 'DoesNotExist' } }],
          message: '{{ $.target.spec.name }} {{ $.object.spec.l[*] }}',
        },
        'descent',
      ),
      compiled(
        { actions: ['Update'], resources: EVERYTHING },
        { when: [{ change: { path: '$.spec', type: 'Any' } }] },
        'path',
      ),
      compiled(
        {
          actions: ['LabelChange', 'FinalizerRemove', 'OwnerChange', 'ScaleDown', 'Delete', 'Update'],
          resources: EVERYTHING,
          includeStatus: true,
        },
        {},
        'rows',
      ),
    ];
    for (const of of [widgetUpdate({ spec: 1 }, object), widgetUpdate(object, { spec: 1 })]) {
      const started = performance.now();
      const decision = judge(guardrails, of);
      expect(performance.now() - started).toBeLessThan(3000);
      expect(decision.findings.map(({ outcome }) => outcome)).toEqual(['Denied', 'Denied', 'Denied', 'Denied']);
    }
  });

  test('a thousand guardrails compare two large objects once', () => {
    const large = (value: number) => ({
      spec: { l: Array.from({ length: 20_000 }, (_, i) => ({ name: `n${i}`, v: value })) },
    });
    const guardrails = Array.from({ length: 1000 }, (_, i) =>
      compiled({ actions: ['Update'], resources: EVERYTHING }, {}, `g${i}`),
    );
    const of = widgetUpdate(large(1), large(2));
    const started = performance.now();
    expect(judge(guardrails, of).findings).toHaveLength(1000);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
