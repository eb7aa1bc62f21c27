import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GuardrailMatch } from '../../../src/api/v1alpha1.ts';
import type { LoadedGuardrail } from '../../../src/policy/compiled-guardrail.ts';
import { failurePolicyOfGroup, groupGuardrails } from '../../../src/policy/guardrail-group.ts';
import { PolicyIndex } from '../../../src/policy/policy-index.ts';
import { compiled, resources } from './support/judge.ts';
import { review } from './support/reviews.ts';

const one = (name: string, failurePolicy: 'Fail' | 'Ignore', match: Partial<GuardrailMatch> = {}) =>
  compiled({ actions: ['ScaleDown'], ...match }, { failurePolicy }, name);
const names = (guardrails: readonly LoadedGuardrail[]) => guardrails.map(({ scope }) => scope.identity.name);

describe('groups', () => {
  test('share failurePolicy, namespaces in any order, and the wish for status', () => {
    const groups = groupGuardrails([
      one('a', 'Fail', { namespaces: { include: ['x', 'y'] } }),
      one('b', 'Fail', { namespaces: { include: ['y', 'x'] } }),
      one('c', 'Ignore', { namespaces: { include: ['x', 'y'] } }),
      one('d', 'Fail', { namespaces: { include: ['x', 'y'], exclude: ['z'] } }),
      one('e', 'Fail'),
      one('f', 'Fail', { includeStatus: true }),
    ]);
    expect(new Set(groups.map(({ guardrails }) => names(guardrails).join('')))).toEqual(
      new Set(['ab', 'c', 'd', 'e', 'f']),
    );
  });

  test.each([
    ['fail-0123456789', 'Fail'],
    ['ignore-0123456789', 'Ignore'],
    ['other', undefined],
  ])('the id %s tells the failurePolicy %s', (id, policy) => expect(failurePolicyOfGroup(id)).toBe(policy));

  test('one of all namespaces that is merged into another such group is one group with it', () => {
    const many = Array.from({ length: 17 }, (_, index) =>
      one(`n${index}`, 'Fail', { namespaces: { include: [`n${index}`] }, includeStatus: index % 2 === 0 }),
    );
    const all = [
      one('all-1', 'Fail', { includeStatus: true }),
      one('all-2', 'Fail', { includeStatus: true }),
      one('all-3', 'Fail'),
    ];
    const groups = groupGuardrails([...many, ...all]);
    expect(new Set(groups.map(({ id }) => id)).size).toBe(groups.length);
  });

  test('one of all namespaces, merged with others, makes them reach all', () => {
    const many = Array.from({ length: 40 }, (_, index) =>
      one(`n${index}`, 'Fail', { namespaces: { include: [`n${index}`] } }),
    );
    const all = groupGuardrails([...many, one('all', 'Fail')]);
    const group = all.find(({ guardrails }) => names(guardrails).includes('all'));
    expect(group?.guardrails.length).toBeGreaterThan(1);
    expect(group?.reach).toBeUndefined();
  });

  const arbitrary = fc
    .array(
      fc.record({
        failurePolicy: fc.constantFrom('Fail' as const, 'Ignore' as const),
        includeStatus: fc.boolean(),
        namespaces: fc.option(
          fc.record({ include: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 }) }),
          { nil: undefined },
        ),
      }),
      { maxLength: 60 },
    )
    .map((all) =>
      all.map(({ failurePolicy, includeStatus, namespaces }, index) =>
        one(`g${String(index).padStart(2, '0')}`, failurePolicy, { includeStatus, ...(namespaces && { namespaces }) }),
      ),
    );

  test('are at most 16, of ids of their own, hold every guardrail once and in order, and reach at least as far', () => {
    fc.assert(
      fc.property(arbitrary, (guardrails) => {
        const groups = groupGuardrails(guardrails);
        expect(groups.length).toBeLessThanOrEqual(16);
        expect(new Set(groups.map(({ id }) => id)).size).toBe(groups.length);
        expect(groups.flatMap((group) => names(group.guardrails)).toSorted()).toEqual(names(guardrails).toSorted());
        for (const { id, failurePolicy, includeStatus, reach, guardrails: own } of groups) {
          expect(names(own)).toEqual(names(own).toSorted());
          expect(failurePolicyOfGroup(id)).toBe(failurePolicy);
          for (const { scope } of own) {
            expect(scope.failurePolicy).toBe(failurePolicy);
            expect(includeStatus || !scope.includeStatus).toBe(true);
            if (reach !== undefined)
              expect(reach).toContainEqual({ include: scope.namespaces?.include?.toSorted(), exclude: [] });
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test('are the same whatever the order of the guardrails', () => {
    fc.assert(
      fc.property(arbitrary, (guardrails) => {
        const told = (all: readonly LoadedGuardrail[]) =>
          groupGuardrails(all).map((group) => [group.id, names(group.guardrails)]);
        expect(told(guardrails.toReversed())).toEqual(told(guardrails));
      }),
      { numRuns: 100 },
    );
  });

  test('every guardrail is a candidate in its own group, however many there are', () => {
    fc.assert(
      fc.property(arbitrary, (guardrails) => {
        const index = new PolicyIndex(guardrails, resources);
        const asked = index.groups.flatMap(({ id }) => names(index.candidates(review({ subresource: 'scale' }), id)));
        expect(asked.toSorted()).toEqual(names(guardrails).toSorted());
      }),
      { numRuns: 100 },
    );
  });
});

describe('candidates', () => {
  const index = new PolicyIndex(
    [one('b', 'Fail'), one('a', 'Ignore'), one('c', 'Fail', { namespaces: { include: ['x'] } })],
    resources,
  );
  test.each([
    ['of a group that is no more, all of its failurePolicy', 'fail-gone', ['b', 'c']],
    ['of another such', 'ignore-gone', ['a']],
    ['of a group that nobody knows, all', '', ['a', 'b', 'c']],
  ])('%s', (_name, id, expected) => {
    for (let time = 0; time < 2; time++) expect(names(index.candidates(review(), id))).toEqual(expected);
  });

  test.each([
    ['another operation', review({ operation: 'CREATE' })],
    ['another resource', review({ resource: 'daemonsets' })],
    ['another subresource', review({ subresource: 'status' })],
  ])('none for %s', (_name, of) => expect(index.candidates(of, '')).toEqual([]));

  test('a custom resource that the guardrail does not name may be one that scales', () => {
    expect(
      names(index.candidates(review({ group: 'example.com', resource: 'widgets', subresource: 'scale' }), '')),
    ).toEqual(['a', 'b', 'c']);
  });

  test('invented group ids do not grow memory without end, and change no answer', () => {
    for (let number = 0; number < 10_050; number++) index.candidates(review(), `fail-${number}`);
    expect(names(index.candidates(review(), 'fail-99999'))).toEqual(['b', 'c']);
  });
});
