import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BY_SPECIFICITY, CATALOGUE, canHappenTo } from '../../../src/policy/actions/catalogue.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { type Facts, NO_FACTS } from '../../../src/policy/facts.ts';
import { resourceKey } from '../../../src/policy/resource-map.ts';
import type { Review } from '../../../src/policy/review.ts';
import { anyReview, mutatedReview } from './support/arbitrary.ts';
import { compiled, EVERYTHING, resources, SHOP } from './support/judge.ts';
import { captured, captures } from './support/reviews.ts';

/** Of a test that judges thousands of reviews, on a machine that has other things to do. */
const TIMEOUT_MS = 60_000;

const PARENT = { metadata: { name: 'web', labels: { app: 'web' } }, spec: { replicas: 4 } };
const FACTS: Facts = {
  ...NO_FACTS,
  parent: { kind: 'Found', object: PARENT },
  namespace: { kind: 'Found', object: SHOP },
};

/** A guardrail on each word alone, as wide as the word is. */
const guards = (includeStatus: boolean) =>
  BY_SPECIFICITY.map(({ name }) =>
    compiled({ actions: [name], resources: EVERYTHING, includeStatus, derived: 'Include' }, {}, name),
  );
const GUARDS = [guards(true), guards(false)];

/** How often each narrow action was seen. */
const seen = new Map<string, number>();

/** Every wider word must see what a narrower one sees. */
function check(of: Review): void {
  const info = resources.get(resourceKey(of));
  for (const all of GUARDS) {
    const denied = new Set(
      evaluate(all, of, FACTS, info)
        .findings.filter(({ outcome }) => outcome === 'Denied')
        .map(({ guardrail }) => guardrail.name),
    );
    for (const action of BY_SPECIFICITY) {
      const { name, implies } = action;
      if (implies.length === 0 || !denied.has(name) || !canHappenTo(action, of, info)) continue;
      seen.set(name, (seen.get(name) ?? 0) + 1);
      const blind = implies.filter((wide) => !denied.has(wide));
      expect({ name, blind }).toEqual({ name, blind: [] });
    }
  }
}

describe('a wider action word sees all that a narrower one sees', () => {
  test.each(captures)('of %s', (name) => check(captured(name)));

  test(
    'of captured reviews with something else in them',
    () => {
      fc.assert(fc.property(mutatedReview, check), { numRuns: 1500 });
    },
    TIMEOUT_MS,
  );

  test(
    'of any JSON',
    () => {
      fc.assert(fc.property(anyReview, check), { numRuns: 500 });
    },
    TIMEOUT_MS,
  );

  test('and what is implied by what is implied is implied', () => {
    for (const { name, implies } of BY_SPECIFICITY) {
      for (const wide of implies)
        expect([name, ...implies]).toEqual(expect.arrayContaining([...CATALOGUE[wide].implies]));
    }
  });

  test('a narrower word stands before all wider ones', () => {
    const place = new Map(BY_SPECIFICITY.map(({ name }, index) => [name, index]));
    for (const { name, implies } of BY_SPECIFICITY) {
      for (const wide of implies) expect(place.get(name)).toBeLessThan(place.get(wide) ?? -1);
    }
  });

  // It stands last: the tests before it fill `seen`.
  test('which says something of every narrower word', () => {
    const narrow = BY_SPECIFICITY.filter(({ implies }) => implies.length > 0).map(({ name }) => name);
    expect(narrow.length).toBeGreaterThan(5);
    expect(narrow.filter((name) => !seen.has(name))).toEqual([]);
  });
});
