import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ActionType, Guardrail, WhenEntry } from '../../../src/api/v1alpha1.ts';
import { BY_SPECIFICITY } from '../../../src/policy/actions/catalogue.ts';
import { compileGuardrail } from '../../../src/policy/compile.ts';
import type { LoadedGuardrail } from '../../../src/policy/compiled-guardrail.ts';
import type { Finding } from '../../../src/policy/decision.ts';
import type { Review } from '../../../src/policy/review.ts';
import { capturedReview, guardrailObject, mutatedReview } from './support/arbitrary.ts';
import { compiled, EVERYTHING, guardrail, judge } from './support/judge.ts';

/**
 * A list is one of named things if all of its items are objects and each has a name of its own, before and after: containers,
 * variables, ports and volumes are. What a list without names holds, its places alone tell.
 */
function isNamed(list: readonly unknown[]): boolean {
  const names = list.map(nameOf);
  return !names.includes(undefined) && new Set(names).size === names.length;
}

function nameOf(item: unknown): string | undefined {
  const name = at(item, 'name');
  return typeof name === 'string' ? name : undefined;
}

const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;

/** Another order of all lists of named things: the same for the same names and the same seed. `beside` is the other object. */
function reordered(value: unknown, beside: unknown, seed: number): unknown {
  if (Array.isArray(value)) {
    const others: readonly unknown[] = Array.isArray(beside) ? beside : [];
    if (!isNamed(value) || !isNamed(others)) return value.map((item, index) => reordered(item, others[index], seed));
    return value
      .map((item) =>
        reordered(
          item,
          others.find((other) => nameOf(other) === nameOf(item)),
          seed,
        ),
      )
      .toSorted((a, b) => rank(nameOf(a), seed) - rank(nameOf(b), seed));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, reordered(inner, at(beside, key), seed)]),
  );
}

/** A number that looks random. */
function rank(name = '', seed = 0): number {
  let hash = seed;
  for (const sign of name) hash = Math.imul(hash ^ sign.charCodeAt(0), 0x5bd1e995) ^ (hash >>> 13);
  return hash;
}

const shuffled = (of: Review, before: number, after: number): Review =>
  ({
    ...of,
    ...(of.oldObject && { oldObject: reordered(of.oldObject, of.object, before) as Review['object'] }),
    ...(of.object && { object: reordered(of.object, of.oldObject, after) as Review['object'] }),
  }) as Review;

/** Of a test that judges thousands of reviews, on a machine that has other things to do. */
const TIMEOUT_MS = 60_000;

const seed = fc.integer({ min: 1 });
/** Whether there is a list that some seed puts into another order. */
const hasNamedList = (of: Review): boolean => {
  const one = JSON.stringify(shuffled(of, 1, 1));
  return [2, 3, 4, 5].some((by) => JSON.stringify(shuffled(of, by, by)) !== one);
};
const reviews = fc.oneof(capturedReview, mutatedReview).filter(hasNamedList);
const essence = ({ guardrail: { name }, outcome, reason, actions }: Finding) => ({ name, outcome, reason, actions });

/** What reads a list by its places: an index, a path of the library, and expressions, which take lists as they are. */
const readsPlaces = ({ spec }: Guardrail): boolean => /"cel"|\[\d|\.\./.test(JSON.stringify(spec));

/** Another order is a change to these: controllers compare templates as they are, and init containers run one after the other. */
const ORDERED: ReadonlySet<ActionType> = new Set(['Update', 'PodTemplateChange', 'Restart']);

const withoutOrder = (one: Guardrail): Guardrail | undefined => {
  const { match, when } = one.spec;
  const actions = match.actions.filter((action) => !ORDERED.has(action));
  if (actions.length === 0 || JSON.stringify(when ?? []).includes('changesOutside')) return undefined;
  return { ...one, spec: { ...one.spec, match: { ...match, actions: actions as [ActionType] } } };
};

const someGuardrails = fc.array(guardrailObject, { minLength: 3, maxLength: 8 });

/** Finds something whatever happens. */
const ANYTHING = guardrail({ actions: BY_SPECIFICITY.map(({ name }) => name), resources: EVERYTHING });

const load = (objects: readonly Guardrail[]): LoadedGuardrail[] =>
  objects.map((one, index) => compileGuardrail({ ...one, metadata: { name: `g${index}`, uid: `u${index}` } }));

describe('the order of named lists', () => {
  test(
    'changes nothing if it is the same before and after',
    () => {
      let interesting = 0;
      fc.assert(
        fc.property(someGuardrails, reviews, seed, (objects, captured, by) => {
          const all = load([ANYTHING, ...objects].filter((one) => !readsPlaces(one)));
          const of = shuffled(captured, 1, 1);
          const other = shuffled(captured, by, by);
          const findings = judge(all, of).findings.map(essence);
          if (findings.length > 0 && JSON.stringify(other) !== JSON.stringify(of)) interesting++;
          expect(judge(all, other).findings.map(essence)).toEqual(findings);
        }),
        { numRuns: 1000 },
      );
      expect(interesting).toBeGreaterThan(100);
    },
    TIMEOUT_MS,
  );

  test(
    'changes nothing if it changes, but to the words and conditions that it is a change to',
    () => {
      let tripped = 0;
      fc.assert(
        fc.property(someGuardrails, reviews, seed, seed, (objects, of, before, after) => {
          const all = load(
            [ANYTHING, ...objects]
              .filter((one) => !readsPlaces(one))
              .map(withoutOrder)
              .filter((one) => one !== undefined),
          );
          const other = shuffled(of, before, after);
          const findings = judge(all, of).findings.map(essence);
          if (findings.some(({ outcome }) => outcome === 'Denied') && JSON.stringify(other) !== JSON.stringify(of))
            tripped++;
          expect(judge(all, other).findings.map(essence)).toEqual(findings);
        }),
        { numRuns: 1000 },
      );
      expect(tripped).toBeGreaterThan(50);
    },
    TIMEOUT_MS,
  );

  test(
    'is a change to those words and conditions',
    () => {
      const denies = (action: ActionType, ...when: readonly WhenEntry[]) =>
        compiled(
          { actions: [action], resources: EVERYTHING },
          when.length > 0 ? { when: when as [WhenEntry] } : {},
          action,
        );
      const all = [denies('Update', { changesOutside: ['$.spec.replicas'] }), denies('PodTemplateChange')];
      let changed = 0;
      fc.assert(
        fc.property(capturedReview, seed, (of, by) => {
          if (of.operation !== 'UPDATE' || of.subresource !== '' || of.resource !== 'deployments' || !of.oldObject)
            return;
          const same = { ...of, object: of.oldObject };
          const other = shuffled(same, 0, by);
          const isOther = JSON.stringify(other.object) !== JSON.stringify(other.oldObject);
          if (isOther) changed++;
          expect(judge(all, other).findings.map(({ outcome }) => outcome)).toEqual(isOther ? ['Denied', 'Denied'] : []);
        }),
        { numRuns: 1000 },
      );
      expect(changed).toBeGreaterThan(20);
    },
    TIMEOUT_MS,
  );
});
