import { describe, expect, test } from 'vitest';
import type { FieldCondition, WhenEntry } from '../../../../src/api/v1alpha1.ts';
import type { Review } from '../../../../src/policy/review.ts';
import { type Cluster, compiled, EVERYTHING, findingOf } from '../support/judge.ts';
import { captured, review } from '../support/reviews.ts';

const ALL = ['Create', 'Update', 'Delete', 'Exec'] as const;

function trips(of: Review, when: [WhenEntry, ...WhenEntry[]], cluster: Cluster = {}): boolean {
  const match = { actions: [...ALL], resources: EVERYTHING };
  return findingOf(compiled(match, { when }), of, cluster)?.outcome === 'Denied';
}

const field = (path: string, operator: FieldCondition['operator'], more: Partial<FieldCondition> = {}): WhenEntry => ({
  field: { path, operator, ...more },
});

const UPDATE = review({
  oldObject: { spec: { tier: 'old' } },
  object: { spec: { tier: 'new', list: [{ v: 1 }, { v: 2 }, {}], empty: [] } },
  options: { dryRun: ['All'], fieldManager: 'kubectl' },
});

describe('field', () => {
  test.each([
    ['Object', 'new'],
    ['OldObject', 'old'],
    ['Target', 'new'],
  ] as const)('in %s reads %s on an update', (where, value) => {
    expect(trips(UPDATE, [field('$.spec.tier', 'Equals', { in: where, values: [value] })])).toBe(true);
  });

  test.each(['Target', 'OldObject'] as const)('in %s reads what goes on a delete', (where) => {
    const of = review({ operation: 'DELETE', oldObject: { spec: { tier: 'old' } } });
    expect(trips(of, [field('$.spec.tier', 'Equals', { in: where, values: ['old'] })])).toBe(true);
    expect(trips(of, [field('$.spec.tier', 'Exists', { in: 'Object' })])).toBe(false);
    expect(trips(of, [field('$.spec.tier', 'DoesNotExist', { in: 'Object' })])).toBe(true);
  });

  test.each([
    ['Options', '$.fieldManager', 'kubectl'],
    ['Request', '$.userInfo.username', 'alice'],
    ['Request', '$.operation', 'UPDATE'],
    ['Request', '$.dryRun', false],
    ['Namespace', '$.metadata.labels.env', 'production'],
  ] as const)('in %s reads %s', (where, path, value) => {
    expect(trips(UPDATE, [field(path, 'Equals', { in: where, values: [value] })])).toBe(true);
  });

  test('in Namespace reads a Namespace itself', () => {
    const of = captured('namespace-create');
    expect(trips(of, [field('$.metadata.labels.env', 'Equals', { in: 'Namespace', values: ['production'] })])).toBe(
      true,
    );
  });

  test('in Target reads the Pod of an exec, in Object what was asked of it', () => {
    const pod = { metadata: { labels: { app: 'db' } } };
    const of = captured('pod-exec');
    expect(trips(of, [field('$.metadata.labels.app', 'Equals', { values: ['db'] })], { parent: pod })).toBe(true);
    expect(trips(of, [field('$.command[*]', 'Glob', { in: 'Object', values: ['--pass*'] })])).toBe(true);
  });

  test('in Target reads the parent of a scaling, with its new replicas', () => {
    const parent = { metadata: { labels: { app: 'db' } }, spec: { replicas: 4 } };
    expect(trips(captured('deployment-scale'), [field('$.spec.replicas', 'Equals', { values: [1] })], { parent })).toBe(
      true,
    );
  });

  const QUANTIFIED: readonly [string, FieldCondition['operator'], readonly unknown[], boolean, boolean][] = [
    ['$.spec.list[*].v', 'GreaterThan', [0], true, false],
    ['$.spec.list[*].v', 'Exists', [], true, false],
    ['$.spec.list[*].v', 'DoesNotExist', [], true, false],
    ['$.spec.list[0:2].v', 'GreaterThan', [0], true, true],
    ['$.spec.list[*].v', 'NotEquals', [1], true, false],
    ['$.spec.list[*].v', 'NotEquals', [7], true, true],
    ['$.spec.empty[*].v', 'NotEquals', [7], true, false],
    ['$.spec.empty[*].v', 'Equals', [7], false, false],
    ['$.spec.missing[*].v', 'NotIn', [7], true, false],
    ['$.spec.missing[*].v', 'DoesNotExist', [], true, false],
    ['$..nowhere', 'NotEquals', [7], true, false],
    ['$..v', 'LessThan', [2], true, false],
  ];

  test.each(QUANTIFIED)('%s %s %j: Any %s, All %s', (path, operator, operands, any, all) => {
    const values = operands.length > 0 ? { values: [...operands] } : {};
    expect(trips(UPDATE, [field(path, operator, values)])).toBe(any);
    expect(trips(UPDATE, [field(path, operator, { ...values, quantifier: 'All' })])).toBe(all);
  });

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    '%s is no field that every object has',
    (key) => {
      expect(trips(UPDATE, [field(`$.spec['${key}']`, 'Exists')])).toBe(false);
      expect(trips(UPDATE, [field(`$..${key}`, 'Exists')])).toBe(false);
    },
  );
});

const YES = field('$.operation', 'Exists', { in: 'Request' });
const NO = field('$.operation', 'DoesNotExist', { in: 'Request' });

describe('entries', () => {
  test.each([
    ['one that holds', [YES], true],
    ['one that does not', [NO], false],
    ['all of which hold', [YES, YES], true],
    ['one of which does not hold', [YES, NO], false],
    ['an anyOf of which one holds', [{ anyOf: [NO, YES] }], true],
    ['an anyOf of which none holds', [{ anyOf: [NO, NO] }], false],
    ['an anyOf that holds and an entry that does not', [{ anyOf: [YES] }, NO], false],
  ] as [string, [WhenEntry, ...WhenEntry[]], boolean][])('%s: %s', (_name, when, expected) => {
    expect(trips(UPDATE, when)).toBe(expected);
  });
});

describe('images', () => {
  const SHOP = ['registry.example.com/*'];
  test.each([
    ['deployment-create', SHOP, true],
    ['deployment-create', [...SHOP, 'docker.io/envoyproxy/*', 'docker.io/library/busybox'], false],
    ['deployment-create', [...SHOP, '*:v1.30.0', 'docker.io/library/busybox:1.36'], false],
    ['deployment-image-put', ['registry.example.com/*'], true],
    ['deployment-image-put', ['evil.example.net/web'], false],
    ['pod-image-init-container', SHOP, true],
    ['pod-image-ephemeral-container', SHOP, true],
    ['cronjob-image', SHOP, true],
    ['deployment-limits-removed', ['nowhere/*'], false],
    ['deployment-delete', ['nowhere/*'], false],
  ] as const)('%s, from none of %j: %s', (name, notFrom, expected) => {
    expect(trips(captured(name), [{ images: { notFrom: [...notFrom] } }])).toBe(expected);
  });

  test.each(['', 'x/UPPER', 'a b', 'x@sha256:short', 'a'.repeat(64)])(
    'an image that can not be read (%j) trips',
    (image) => {
      const of = review({
        operation: 'CREATE',
        object: { spec: { template: { spec: { containers: [{ name: 'c', image }] } } } },
      });
      expect(trips(of, [{ images: { notFrom: ['*'] } }])).toBe(true);
    },
  );
});
