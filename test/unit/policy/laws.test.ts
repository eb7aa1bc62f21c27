import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileGuardrail } from '../../../src/policy/compile.ts';
import type { LoadedGuardrail } from '../../../src/policy/compiled-guardrail.ts';
import type { Finding } from '../../../src/policy/decision.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { type Facts, NO_FACTS } from '../../../src/policy/facts.ts';
import { PolicyIndex } from '../../../src/policy/policy-index.ts';
import type { KubeObject, Review } from '../../../src/policy/review.ts';
import { anyReview, capturedReview, guardrailObject, guardrails, mutatedReview } from './support/arbitrary.ts';
import { type Cluster, judge, resources, SHOP } from './support/judge.ts';
import { captured, review } from './support/reviews.ts';

const anyCase = fc.oneof(capturedReview, anyReview);
const PARENT: KubeObject = { metadata: { name: 'web', labels: { tier: 'gold', app: 'web' } }, spec: { replicas: 4 } };
const cluster: fc.Arbitrary<Cluster> = fc.record({
  parent: fc.constantFrom<NonNullable<Cluster['parent']>>(PARENT, 'Missing', 'Failed'),
  namespace: fc.constantFrom<NonNullable<Cluster['namespace']>>(SHOP, 'Missing', 'Failed'),
});
const RUNS = { numRuns: 1000 };
/** Of a thousand evaluations, on a machine that has other things to do. */
const TIMEOUT_MS = 60_000;

describe('laws', () => {
  test('an evaluation never throws, and what failed is told by no exception but by failurePolicy', () => {
    fc.assert(
      fc.property(guardrails, anyReview, cluster, (all, of, told) => {
        for (const finding of judge(all, of, told).findings) {
          expect(finding.message).not.toContain('an internal error occurred');
        }
      }),
      RUNS,
    );
  });

  test('what is found among all guardrails is found among the candidates: they are a superset of what matches', () => {
    const facts: Facts = {
      ...NO_FACTS,
      parent: { kind: 'Found', object: PARENT },
      namespace: { kind: 'Found', object: SHOP },
    };
    fc.assert(
      fc.property(guardrails, anyCase, (all, of) => {
        const index = new PolicyIndex(all, resources);
        const found = (some: readonly LoadedGuardrail[]) => evaluate(some, of, facts, index.info(of));
        expect(found(index.candidates(of, 'of no group'))).toEqual(found(index.guardrails));
      }),
      RUNS,
    );
  });

  test('another guardrail never turns Denied into Allowed, nor changes what the others find', () => {
    fc.assert(
      fc.property(guardrails, guardrailObject, anyCase, cluster, (all, more, of, told) => {
        const before = judge(all, of, told);
        const after = judge([...all, compileGuardrail({ ...more, metadata: { name: 'more', uid: 'more' } })], of, told);
        if (!before.allowed) expect(after.allowed).toBe(false);
        expect(after.findings.filter(({ guardrail }) => guardrail.name !== 'more').map(essence)).toEqual(
          before.findings.map(essence),
        );
      }),
      RUNS,
    );
  });

  test('another action in the list of a guardrail without conditions never lets pass what was denied', () => {
    fc.assert(
      fc.property(guardrailObject, guardrailObject, anyCase, cluster, (one, other, of, told) => {
        const { when, ...spec } = one.spec;
        const actions = [...new Set([...one.spec.match.actions, ...other.spec.match.actions])];
        const wider = compileGuardrail({
          ...one,
          spec: { ...spec, match: { ...one.spec.match, actions } },
        } as typeof one);
        // An action that can't happen to the resources is refused, with the guardrail.
        if (wider.kind === 'Broken' || judge([compileGuardrail({ ...one, spec })], of, told).allowed) return;
        expect(judge([wider], of, told).allowed).toBe(false);
      }),
      RUNS,
    );
  });

  test('the order of the guardrails changes nothing', () => {
    fc.assert(
      fc.property(guardrails, anyCase, cluster, (all, of, told) => {
        expect(judge(all.toReversed(), of, told)).toEqual(judge(all, of, told));
      }),
      RUNS,
    );
  });

  test(
    'a field that nobody reads changes no decision, wherever it stands',
    () => {
      let interesting = 0;
      fc.assert(
        fc.property(guardrails, fc.oneof(capturedReview, mutatedReview), unread, fc.nat(), (all, of, value, place) => {
          const wider: Review = {
            ...of,
            ...(of.object && { object: extended(of.object, value, place) }),
            ...(of.oldObject && { oldObject: extended(of.oldObject, value, place) }),
          } as Review;
          const findings = judge(all, of).findings.map(essence);
          if (findings.some(({ reason }) => reason === 'Tripped')) interesting++;
          expect(judge(all, wider).findings.map(essence)).toEqual(findings);
        }),
        RUNS,
      );
      expect(interesting).toBeGreaterThan(10);
    },
    TIMEOUT_MS,
  );
});

/** The objects of the API that have a place of their own, in a path without lists. */
const PLACES = [[], ['metadata'], ['spec'], ['spec', 'template'], ['spec', 'template', 'spec'], ['status']];

/** A copy with a field more at one of the places, if that is there. Both objects of a review get it at the same. */
function extended(object: KubeObject, value: unknown, place: number): KubeObject {
  const extend = (inner: unknown, [key, ...rest]: readonly string[]): unknown => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    if (key === undefined) return { ...inner, 'x-unknown': value };
    return Object.fromEntries(Object.entries(inner).map(([name, at]) => [name, name === key ? extend(at, rest) : at]));
  };
  return extend(object, PLACES[place % PLACES.length] ?? []) as KubeObject;
}

/** Any JSON but of the words that some guardrail reads anywhere. */
const unread = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('image'));

/** What a finding decides. */
const essence = ({ guardrail, outcome, reason, actions }: Finding) => ({
  name: guardrail.name,
  outcome,
  reason,
  actions,
});

describe('one rule covers every route', () => {
  const sameButNamed = (name: string): Review => {
    const of = captured(name);
    return JSON.parse(JSON.stringify(of).replaceAll(of.name, 'web')) as Review;
  };
  const decisions = (of: Review, all: Parameters<typeof judge>[0], told: Cluster = {}) =>
    judge(all, of, told).findings.map(essence);

  test.each([
    ['scale-down', ['put', 'json-patch', 'merge-patch', 'strategic-patch', 'server-side-apply']],
    ['image', ['put', 'json-patch', 'strategic-patch', 'server-side-apply']],
  ])('the decision on %s does not depend on the encoding of the patch', (what, ways) => {
    fc.assert(
      fc.property(guardrails, (all) => {
        const [first, ...others] = ways.map((way) => decisions(sameButNamed(`deployment-${what}-${way}`), all));
        for (const other of others) expect(other).toEqual(first);
      }),
      { numRuns: 500 },
    );
  });

  test('a scaling through the object is a scaling through /scale, with the parent looked up', () => {
    const labels = fc.dictionary(fc.constantFrom('tier', 'env', 'app'), fc.constantFrom('gold', 'production', 'web'));
    const replicas = fc.integer({ min: 0, max: 4 });
    // What reads the body itself reads two bodies here.
    const reads = (text: string) => /"in":"(Object|OldObject|Request)"/.test(text);
    fc.assert(
      fc.property(
        fc.array(guardrailObject, { maxLength: 4 }),
        labels,
        replicas,
        replicas,
        (objects, labelled, from, to) => {
          const all = objects
            .filter((one) => !reads(JSON.stringify(one)))
            .map((one, index) => compileGuardrail({ ...one, metadata: { name: `g${index}` } }));
          const at = (count: number): KubeObject => ({
            metadata: { name: 'web', namespace: 'shop', labels: labelled },
            spec: { replicas: count, paused: true },
          });
          const scale = (count: number): KubeObject => ({
            metadata: { name: 'web', namespace: 'shop' },
            spec: count === 0 ? {} : { replicas: count },
          });
          const through = review({ oldObject: at(from), object: at(to) });
          const beside = review({ subresource: 'scale', oldObject: scale(from), object: scale(to) });
          expect(decisions(beside, all, { parent: at(from) })).toEqual(decisions(through, all));
        },
      ),
      RUNS,
    );
  });
});
