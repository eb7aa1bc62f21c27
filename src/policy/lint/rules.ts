import { CONDITION_RULES } from './conditions.ts';
import { EFFECT_RULES } from './effect.ts';
import type { LintRule } from './lint-rule.ts';
import { REACH_RULES } from './reach.ts';
import { SELECTOR_RULES } from './selectors.ts';
import { SUBJECT_RULES } from './subjects.ts';

/** Every rule, in the order in which docs/linting.md has them. */
export const RULES: readonly LintRule[] = [
  ...REACH_RULES,
  ...SELECTOR_RULES,
  ...SUBJECT_RULES,
  ...CONDITION_RULES,
  ...EFFECT_RULES,
];
