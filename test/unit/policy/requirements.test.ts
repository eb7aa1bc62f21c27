import { describe, expect, test } from 'vitest';
import type { Guardrail, GuardrailMatch, GuardrailSpec } from '../../../src/api/v1alpha1.ts';
import { compileGuardrail } from '../../../src/policy/compile.ts';
import { requirementsOf } from '../../../src/policy/requirements.ts';
import type { Review } from '../../../src/policy/review.ts';
import { compiled, EVERYTHING, guardrail } from './support/judge.ts';
import { captured, review } from './support/reviews.ts';

const MATCH: GuardrailMatch = { actions: ['Update', 'Exec', 'Delete'], resources: EVERYTHING };
const needs = (of: Review, match: Partial<GuardrailMatch> = {}, spec: Partial<GuardrailSpec> = {}) => {
  const { parent, namespace, freshNamespace } = requirementsOf([compiled({ ...MATCH, ...match }, spec)], of);
  return [parent && 'parent', namespace && 'namespace', freshNamespace && 'fresh'].filter(Boolean).join(' ');
};

const UPDATE = captured('deployment-scale-down-put');
const SCALE = captured('deployment-scale');
const EXEC = captured('pod-exec');
const bySelector = { objectSelector: {} };
const byNamespace = { namespaceSelector: {} };

describe('nothing is looked up that nobody needs', () => {
  test.each<[string, Review, Partial<GuardrailMatch>, Partial<GuardrailSpec>, string]>([
    ['nothing for an update', UPDATE, {}, {}, ''],
    ['nothing for a scaling', SCALE, {}, {}, ''],
    ['nothing for an exec', EXEC, {}, {}, ''],
    ['nothing for an update by labels', UPDATE, bySelector, {}, ''],
    [
      'nothing for names, namespaces and subjects',
      EXEC,
      { names: ['a'], namespaces: { include: ['a'] }, subjects: {} },
      {},
      '',
    ],
    ['the parent for a scaling by labels', SCALE, bySelector, {}, 'parent'],
    ['the Pod for an exec by labels', EXEC, bySelector, {}, 'parent'],
    [
      'the parent for a condition on the target',
      SCALE,
      {},
      { when: [{ field: { path: '$.a', operator: 'Exists' } }] },
      'parent',
    ],
    [
      'the parent for a condition in anyOf',
      SCALE,
      {},
      { when: [{ anyOf: [{ change: { path: '$.a', type: 'Any' } }] }] },
      'parent',
    ],
    ['nothing for the action’s own change', SCALE, {}, { when: [{ change: { type: 'Decreased' } }] }, ''],
    [
      'nothing for a condition on the body',
      SCALE,
      {},
      { when: [{ field: { path: '$.a', in: 'Object', operator: 'Exists' } }] },
      '',
    ],
    ['the parent for a message', SCALE, {}, { message: '{{ $.target.metadata.labels.a }}' }, 'parent'],
    ['nothing for another message', SCALE, {}, { message: '{{ $.object.spec.replicas }}' }, ''],
    ['the namespace by its labels', UPDATE, byNamespace, {}, 'namespace'],
    [
      'the namespace for a condition',
      UPDATE,
      {},
      { when: [{ field: { path: '$.a', in: 'Namespace', operator: 'Exists' } }] },
      'namespace',
    ],
    ['the namespace for a message', UPDATE, {}, { message: '{{ $.namespace.metadata.name }}' }, 'namespace'],
    ['nothing for a Namespace itself', captured('namespace-label-removed'), byNamespace, {}, ''],
    ['nothing for a cluster-scoped object', review({ namespace: '', object: {}, oldObject: {} }), byNamespace, {}, ''],
    [
      'a fresh namespace for the namespace controller',
      captured('configmap-delete-by-namespace-controller'),
      {},
      {},
      'namespace fresh',
    ],
    [
      'nothing for the namespace controller on a Namespace',
      captured('namespace-finalize-by-namespace-controller'),
      {},
      {},
      '',
    ],
  ])('%s', (_name, of, match, spec, expected) => expect(needs(of, match, spec)).toBe(expected));

  test('nothing without candidates, but for the namespace controller', () => {
    expect(requirementsOf([], EXEC)).toEqual({ parent: false, namespace: false, freshNamespace: false });
  });

  test('nothing for a guardrail that can not compile', () => {
    const broken = compileGuardrail({
      ...guardrail({ ...MATCH, objectSelector: {} }),
      spec: { match: MATCH },
    } as unknown as Guardrail);
    expect(requirementsOf([broken], EXEC).parent).toBe(false);
  });
});
