import type { Guardrail } from '../../api/v1alpha1.ts';
import type { CompiledGuardrail } from '../compiled-guardrail.ts';
import type { LintFinding } from './lint-finding.ts';
import { RULES } from './rules.ts';

/**
 * Finds what a guardrail that compiles is hardly meant to say: what can never fire, and what is wider or narrower than it
 * looks. Pure. `now` is for what is over. In the order of the rules, as docs/linting.md has them.
 */
export function lint(guardrail: Guardrail, compiled: CompiledGuardrail, now: Date): readonly LintFinding[] {
  const subject = { spec: guardrail.spec, compiled, now };
  return RULES.flatMap(({ rule, level, find }) =>
    find(subject).map(({ field, message }) => ({ rule, level, field, message })),
  );
}
