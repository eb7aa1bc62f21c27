import { describe, expect, test } from 'vitest';
import type { Guardrail } from '../../../src/api/v1alpha1.ts';
import { compileErrorText, compileGuardrail } from '../../../src/policy/compile.ts';
import { EVERYTHING, findingOf, guardrail } from './support/judge.ts';
import { captured, review } from './support/reviews.ts';

const errorOf = (object: unknown) => compileErrorText(compileGuardrail(object as Guardrail));
const spec = (parts: object): unknown => ({
  ...guardrail({ actions: ['ScaleDown'] }),
  spec: { enforcement: 'Deny', failurePolicy: 'Fail', match: { actions: ['ScaleDown'] }, ...parts },
});
const match = (parts: object) => spec({ match: { actions: ['ScaleDown'], ...parts } });
const when = (...entries: object[]) => spec({ when: entries });

describe('a Guardrail that can not compile tells each field and what it must be', () => {
  test.each<[unknown, string]>([
    [{}, 'spec: must be set'],
    [{ spec: null }, 'spec: must be object'],
    [{ spec: [] }, 'spec: must be object'],
    [{ metadata: 'x', spec: 'x' }, 'spec: must be object'],
    [{ spec: {} }, 'spec.enforcement: must be set; spec.match: must be set'],
    [spec({ enforcement: 'Block' }), 'spec.enforcement: must be one of Deny, Warn, Audit'],
    [spec({ surprise: 1 }), 'spec.surprise: must not be set: there is no such field'],
    [match({ actions: [] }), 'spec.match.actions: must NOT have fewer than 1 items'],
    [match({ actions: ['Fly'] }), 'spec.match.actions[0]: must be one of Create, Update,'],
    [
      match({ actions: ['ScaleDown', 'Update'] }),
      'spec.match.resources: must be set for the actions that can happen to anything',
    ],
    [
      match({ resources: [{ apiGroups: [''], resources: ['services'] }] }),
      'spec.match.actions[0]: must be able to happen to one of spec.match.resources: ScaleDown happens to deployments',
    ],
    [
      match({ resources: [{ apiGroups: [''], resources: ['pods/exec'] }] }),
      'spec.match.resources[0].resources[0]: must match pattern',
    ],
    [
      match({ objectSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }),
      'spec.match.objectSelector.matchExpressions[0].values: must not be empty for the operator In',
    ],
    [
      match({ subjects: { include: [{ kind: 'ServiceAccount', name: 'a' }] } }),
      'spec.match.subjects.include[0].namespace: must be set for a ServiceAccount, and only there',
    ],
    [
      match({ subjects: { exclude: [{ kind: 'User', name: 'a', namespace: 'b' }] } }),
      'spec.match.subjects.exclude[0].namespace: must be set for a ServiceAccount, and only there',
    ],
    [
      match({
        actions: ['ImageChange'],
        resources: [
          { apiGroups: ['ray.io'], resources: ['rays'], podTemplatePath: '$.spec.head' },
          { apiGroups: ['*'], resources: ['rays'], podTemplatePath: '$.spec.worker' },
        ],
      }),
      'spec.match.resources[1].podTemplatePath: must be the only one for a resource',
    ],
    [
      match({
        actions: ['ImageChange'],
        resources: [{ apiGroups: ['apps'], resources: ['deployments'], podTemplatePath: '$.spec.template' }],
      }),
      'spec.match.resources[0].podTemplatePath: must not be set for resources whose pod template is known',
    ],
    [
      when({}),
      'spec.when[0]: must have exactly one key: change, field, changesOutside, images, violatesSchema, cel or anyOf',
    ],
    [
      when({ change: { type: 'Any' }, images: { notFrom: ['a'] } }),
      'spec.when[0]: must have exactly one key: change, field, changesOutside, images, violatesSchema, cel or anyOf',
    ],
    [
      when({ anyOf: [{ change: { type: 'Any' } }], change: { type: 'Any' } }),
      'spec.when[0]: must have exactly one key: change, field, changesOutside, images, violatesSchema, cel or anyOf',
    ],
    [
      when({ anyOf: [{}] }),
      'spec.when[0].anyOf[0]: must have exactly one key: change, field, changesOutside, images, violatesSchema, cel or anyOf',
    ],
    [
      when({ change: { type: 'Any', path: 'spec' } }),
      'spec.when[0].change.path: must be a JSONPath such as $.spec.replicas: expected $ at position 1',
    ],
    [when({ change: { type: 'Any', path: '$..a' } }), 'spec.when[0].change.path: must consist of names'],
    [
      when({ change: { type: 'Decreased', byMoreThan: 'half' } }),
      'spec.when[0].change.byMoreThan: must be a percentage (50%), a number (3) or a quantity (512Mi), and not negative',
    ],
    [when({ change: { type: 'Decreased', byAtLeast: -1 } }), 'spec.when[0].change.byAtLeast: must be a percentage'],
    [
      when({ change: { type: 'Decreased', byAtLeast: 1, byMoreThan: 1 } }),
      'spec.when[0].change: must not have both byMoreThan and byAtLeast',
    ],
    [
      when({ change: { type: 'Added', byAtLeast: 1 } }),
      'spec.when[0].change: must not have byMoreThan or byAtLeast unless type is Increased or Decreased',
    ],
    [
      when({ field: { path: '$.a', operator: 'Matches', values: ['('] } }),
      'spec.when[0].field.values[0]: must be an RE2 regular expression',
    ],
    [
      when({ anyOf: [{ field: { path: '$.a[', operator: 'Exists' } }] }),
      'spec.when[0].anyOf[0].field.path: must be a JSONPath',
    ],
    [spec({ message: '{{ $.object.data }}' }), 'spec.message: must not show what may be secret'],
  ])('%j: %s', (object, text) => expect(errorOf(object)).toContain(text));

  test('all errors at once', () => {
    const text = errorOf(spec({ message: '{{', when: [{ change: { type: 'Any', path: 'x' } }, {}] }));
    expect(text?.split('; ').map((error) => error.split(':')[0])).toEqual([
      'spec.when[0].change.path',
      'spec.when[1]',
      'spec.message',
    ]);
  });

  test('what the server keeps in metadata and status is not judged', () => {
    const stored = { ...guardrail({ actions: ['ScaleDown'] }), status: { surprise: 1 } };
    expect(errorOf({ ...stored, metadata: { name: 'g', managedFields: [] } })).toBeUndefined();
  });
});

describe('a Guardrail that can not compile answers the requests in its scope by its failurePolicy', () => {
  const broken = (parts: object, outer: object = {}) =>
    compileGuardrail({
      ...guardrail({ actions: ['Update'] }),
      spec: {
        enforcement: 'Deny',
        failurePolicy: 'Fail',
        message: '{{',
        match: { actions: ['Update'], resources: EVERYTHING, ...parts },
        ...outer,
      },
    } as Guardrail);
  const of = captured('deployment-scale-down-put');

  test.each<[string, object, object, string | undefined]>([
    ['Fail', {}, {}, 'Denied'],
    ['Ignore', {}, { failurePolicy: 'Ignore' }, 'Allowed'],
    ['none at all', {}, { failurePolicy: undefined }, 'Denied'],
    ['Fail with Warn, which may not be', {}, { enforcement: 'Warn' }, 'Allowed'],
    ['whatever the names', { names: ['other'] }, {}, 'Denied'],
    ['whatever the namespaces', { namespaces: { include: ['other'] } }, {}, 'Denied'],
    ['whatever the subjects', { subjects: { exclude: [{ kind: 'User', name: 'alice' }] } }, {}, 'Denied'],
    ['whatever the labels', { objectSelector: { matchLabels: { a: 'b' } } }, {}, 'Denied'],
    ['but not on other resources', { resources: [{ apiGroups: [''], resources: ['pods'] }] }, {}, undefined],
    ['but not for other actions', { actions: ['Delete'] }, {}, undefined],
  ])('%s', (_name, parts, outer, outcome) => {
    const finding = findingOf(broken(parts, outer), of);
    expect(finding?.outcome).toBe(outcome);
    if (finding !== undefined)
      expect(finding).toMatchObject({
        reason: 'NotCompiled',
        message: expect.stringContaining('It does not compile: spec.message: must close the placeholder'),
      });
  });

  test.each([
    ['Ignore', undefined],
    ['Include', 'Denied'],
  ])('what controllers do is left alone where derived is %s', (derived, outcome) => {
    const replicas = captured('replicaset-scale-by-deployment-controller');
    expect(findingOf(broken({ derived }), replicas)?.outcome).toBe(outcome);
  });

  test.each([
    {},
    { spec: null },
    { spec: { match: null } },
    { spec: { match: { actions: 'Update', resources: 'x' } } },
    { spec: { enforcement: 'Deny', match: { actions: [1, null], resources: [null, {}] } } },
  ])('%j is loaded and judges nothing that it does not name', (object) => {
    const loaded = compileGuardrail(object as unknown as Guardrail);
    expect(loaded.kind).toBe('Broken');
    expect(findingOf(loaded, review({ operation: 'DELETE', oldObject: {} }))).toBeUndefined();
  });
});
