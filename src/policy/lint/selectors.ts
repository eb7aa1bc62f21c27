import type { LabelSelector } from '../../api/v1alpha1.ts';
import type { LintRule } from './lint-rule.ts';

/** Rules on label selectors. */
export const SELECTOR_RULES: readonly LintRule[] = [
  {
    rule: 'selector-contradiction',
    level: 'warning',
    summary: 'No labels can satisfy a selector.',
    find: ({ spec }) =>
      (['namespaceSelector', 'objectSelector'] as const).flatMap((name) =>
        contradictions(spec.match[name]).map((key) => ({
          field: `spec.match.${name}`,
          message: `what it asks of the label ${key} can not hold at once, so that nothing is ever judged`,
        })),
      ),
  },
];

/** What is asked of one label. */
interface Asked {
  /** The values that it may have; undefined for any. */
  allowed: ReadonlySet<string> | undefined;
  readonly forbidden: Set<string>;
  mustBe: boolean;
  mustNotBe: boolean;
}

/** The keys of which a selector asks what can't be. */
function contradictions(selector: LabelSelector | undefined): string[] {
  const asked = new Map<string, Asked>();
  const of = (key: string): Asked => {
    const known = asked.get(key) ?? { allowed: undefined, forbidden: new Set(), mustBe: false, mustNotBe: false };
    asked.set(key, known);
    return known;
  };
  const allow = (key: string, values: readonly string[]) => {
    const one = of(key);
    one.allowed = new Set(values.filter((value) => one.allowed?.has(value) ?? true));
    one.mustBe = true;
  };
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) allow(key, [value]);
  for (const { key, operator, values = [] } of selector?.matchExpressions ?? []) {
    if (operator === 'In') allow(key, values);
    if (operator === 'NotIn') for (const value of values) of(key).forbidden.add(value);
    if (operator === 'Exists') of(key).mustBe = true;
    if (operator === 'DoesNotExist') of(key).mustNotBe = true;
  }
  return [...asked].filter(([, one]) => canNotBe(one)).map(([key]) => key);
}

function canNotBe({ allowed, forbidden, mustBe, mustNotBe }: Asked): boolean {
  if (mustBe && mustNotBe) return true;
  return allowed !== undefined && [...allowed].every((value) => forbidden.has(value));
}
