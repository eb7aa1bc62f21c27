import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  FieldManagerRule,
  Guardrail,
  GuardrailMatch,
  GuardrailSpec,
  WhenAlternative,
} from '../../../../src/api/v1alpha1.ts';
import { compileGuardrail } from '../../../../src/policy/compile.ts';
import type { Reason } from '../../../../src/policy/decision.ts';
import { explain } from '../../../../src/policy/explain/explain.ts';
import type { Explanation } from '../../../../src/policy/explain/explanation.ts';
import { type Fact, type Facts, NO_FACTS } from '../../../../src/policy/facts.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';
import { anyReview, guardrailObject, mutatedReview } from '../support/arbitrary.ts';
import { findingOfIndex } from '../support/explained.ts';
import { EVERYTHING, guardrail as guardrailOf, resources, SHOP } from '../support/judge.ts';
import { captured, captures } from '../support/reviews.ts';

const PARENT: KubeObject = { metadata: { name: 'web', labels: { tier: 'gold', app: 'web' } }, spec: { replicas: 4 } };

const fact = (object: KubeObject): fc.Arbitrary<Fact> =>
  fc.constantFrom<Fact>(
    { kind: 'Found', object },
    { kind: 'Found', object },
    { kind: 'Missing' },
    { kind: 'Failed', error: 'no answer' },
  );

const facts: fc.Arbitrary<Facts> = fc
  .record({ parent: fact(PARENT), namespace: fact(SHOP), now: fc.constantFrom(0, Date.UTC(2026, 11, 24)) })
  .map(({ now, ...found }) => ({ ...NO_FACTS, ...found, now: new Date(now) }));

const CHRISTMAS: NonNullable<GuardrailSpec['schedule']> = {
  active: 'During',
  windows: [{ absolute: { from: '2026-12-20T00:00:00Z', to: '2027-01-02T00:00:00Z' } }],
};

/** As the guardrails of the other laws, with schedules, field managers and alternatives. */
const source: fc.Arbitrary<Guardrail> = fc
  .record({
    of: guardrailObject,
    schedule: fc.option(fc.constant(CHRISTMAS), { nil: undefined, freq: 3 }),
    fieldManagers: fc.option(fc.constantFrom<FieldManagerRule>({ include: ['kubectl*'] }, { exclude: ['kubectl-*'] }), {
      nil: undefined,
      freq: 3,
    }),
    anyOf: fc.boolean(),
  })
  .map(({ of, schedule, fieldManagers, anyOf }): Guardrail => {
    const when = of.spec.when as [WhenAlternative] | undefined;
    return {
      ...of,
      spec: {
        ...of.spec,
        ...(schedule && { schedule }),
        ...(when && anyOf && { when: [{ anyOf: when }] }),
        match: { ...of.spec.match, ...(fieldManagers && { fieldManagers }) },
      },
    };
  });

const anyOf = fc.oneof(fc.constantFrom(...captures).map(captured), mutatedReview, anyReview);
const RUNS = { numRuns: 3000 };
/** Of some thousand evaluations, on a machine that has other things to do. */
const TIMEOUT_MS = 120_000;

const explained = (guardrail: Guardrail, of: Review, told: Facts): Explanation =>
  explain({ source: guardrail, loaded: compileGuardrail(guardrail) }, of, told, infoOf(of));
const infoOf = (of: Review) => resources.get(`${of.resource}.${of.group}`);

/** What evaluation says where a step is the first that does not hold. No reason stands for no finding. */
const REASONS: Readonly<Record<string, Reason | undefined>> = {
  target: 'TargetNotFound',
  'spec.match.derived': 'Derived',
  'spec.match.selectorProtection': 'ScopeEscape',
  'spec.when': 'NotTripped',
};

/** What evaluation must say by the steps alone. */
function reasonBySteps({ decisive, steps }: Explanation): Reason | undefined {
  if (decisive === undefined) return 'Tripped';
  if (decisive.answer === 'Unknown') return decisive.field === 'spec' ? 'NotCompiled' : 'EvaluationError';
  const isBroken = steps.some(({ field }) => field === 'spec');
  return isBroken ? undefined : REASONS[decisive.field.replace(/^spec\.when.*/, 'spec.when')];
}

/** A guardrail that no longer asks what a step asks; undefined where that can't be left out. */
function without(field: string, { spec, ...rest }: Guardrail): Guardrail | undefined {
  const { when: _when, ...unconditional } = spec;
  const { schedule: _schedule, ...unscheduled } = spec;
  const changed = (match: Partial<GuardrailMatch>): Guardrail => ({
    ...rest,
    spec: { ...spec, match: { ...spec.match, ...match } },
  });
  const dropped = (key: keyof GuardrailMatch): Guardrail => {
    const { [key]: _gone, ...match } = spec.match;
    return { ...rest, spec: { ...spec, match: match as GuardrailMatch } };
  };
  if (field.startsWith('spec.when')) return { ...rest, spec: unconditional };
  switch (field) {
    case 'spec.match.resources':
      return changed({ resources: EVERYTHING });
    case 'spec.match.names':
    case 'spec.match.namespaces':
    case 'spec.match.subjects':
    case 'spec.match.fieldManagers':
    case 'spec.match.namespaceSelector':
    case 'spec.match.objectSelector':
      return dropped(field.slice('spec.match.'.length) as keyof GuardrailMatch);
    case 'spec.schedule':
      return { ...rest, spec: unscheduled };
    case 'spec.match.derived':
      return changed({ derived: 'Include' });
    case 'spec.match.selectorProtection':
      return changed({ selectorProtection: 'None' });
    default:
      return undefined;
  }
}

/** Where among the questions the decision falls: behind all of them if the guardrail trips. */
function placeOf({ decisive, steps }: Explanation): number {
  const questions = steps.filter(({ isAlternative }) => !isAlternative);
  return decisive === undefined ? Number.POSITIVE_INFINITY : questions.indexOf(decisive);
}

/** Guardrails that every captured write and deletion meets, up to one question or the other. */
const WIDE: readonly Guardrail[] = [
  {},
  { derived: 'Include' as const },
  { names: ['nothing'] },
  { objectSelector: { matchLabels: { no: 'body' } } },
  { objectSelector: { matchExpressions: [{ key: 'tier', operator: 'Exists' as const }] } },
  { namespaceSelector: { matchLabels: { env: 'production' } } },
  { namespaceSelector: { matchLabels: { env: 'staging' } } },
  { objectSelector: { matchLabels: { no: 'body' } }, selectorProtection: 'None' as const },
].flatMap((match) =>
  [undefined, [{ cel: 'false' }], [{ cel: 'object.spec.nothing == 1' }]].map((when) =>
    guardrailOf(
      { actions: ['Create', 'Update', 'Delete', 'Exec', 'LabelChange'], resources: EVERYTHING, ...match },
      when === undefined ? {} : { when: when as [{ cel: string }] },
    ),
  ),
);

const TOLD: readonly Facts[] = [
  { ...NO_FACTS, parent: { kind: 'Found', object: PARENT }, namespace: { kind: 'Found', object: SHOP } },
  { ...NO_FACTS, parent: { kind: 'Missing' }, namespace: { kind: 'Missing' } },
];

describe('an explanation', () => {
  it(
    'has the finding that evaluation gives, and none where that gives none',
    () => {
      fc.assert(
        fc.property(source, anyOf, facts, (guardrail, of, told) => {
          const { outcome } = explained(guardrail, of, told);
          const finding = findingOfIndex(compileGuardrail(guardrail), of, told);
          expect(outcome.kind === 'Found' ? outcome.finding : undefined).toEqual(finding);
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );

  it(
    'tells by its steps alone what evaluation finds',
    () => {
      fc.assert(
        fc.property(source, anyOf, facts, (guardrail, of, told) => {
          const explanation = explained(guardrail, of, told);
          const finding = findingOfIndex(compileGuardrail(guardrail), of, told);
          expect(reasonBySteps(explanation), JSON.stringify(explanation.steps)).toBe(finding?.reason);
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );

  it(
    'names the step that decides: without what it asks, a later one does',
    () => {
      const seen = new Set<string>();
      fc.assert(
        fc.property(source, anyOf, facts, (guardrail, of, told) => {
          const before = explained(guardrail, of, told);
          const { decisive } = before;
          if (decisive?.answer !== 'NotHeld' || compileGuardrail(guardrail).kind === 'Broken') return;
          const wider = without(decisive.field, guardrail);
          if (wider === undefined) return;
          seen.add(decisive.field.replace(/\[.*/, ''));
          const after = explained(wider, of, told);
          // What leaves the selectors may be none of the listed actions, which is asked before.
          if (decisive.field === 'spec.match.selectorProtection')
            expect(after.decisive?.field).not.toBe(decisive.field);
          else expect(placeOf(after)).toBeGreaterThan(placeOf(before));
        }),
        RUNS,
      );
      // That the guardrails are varied enough to prove something.
      expect(seen.size).toBeGreaterThan(4);
    },
    TIMEOUT_MS,
  );

  it.each(captures)('of %s agrees with evaluation, for guardrails that ask everything of it', (name) => {
    const of = captured(name);
    for (const guardrail of [...WIDE, ...fc.sample(source, { numRuns: 20, seed: 7 })]) {
      for (const told of TOLD) {
        const explanation = explained(guardrail, of, told);
        const finding = findingOfIndex(compileGuardrail(guardrail), of, told);
        expect(reasonBySteps(explanation), JSON.stringify(explanation.steps)).toBe(finding?.reason);
      }
    }
  });
});
