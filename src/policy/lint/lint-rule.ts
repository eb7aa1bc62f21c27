import type { GuardrailSpec } from '../../api/v1alpha1.ts';
import type { CompiledGuardrail } from '../compiled-guardrail.ts';
import type { LintFinding } from './lint-finding.ts';

/** What a rule looks at. */
export interface LintSubject {
  readonly spec: GuardrailSpec;
  /** What the guardrail compiles to. */
  readonly compiled: CompiledGuardrail;
  readonly now: Date;
}

/** Where a rule finds something, and what. */
export type LintHit = Pick<LintFinding, 'field' | 'message'>;

/** One rule of the linter. */
export interface LintRule extends Pick<LintFinding, 'rule' | 'level'> {
  /** What it finds, in a few words. */
  readonly summary: string;
  find(subject: LintSubject): readonly LintHit[];
}

/** The one hit of a rule, if it has any. */
export const hitIf = (isHit: boolean, field: string, message: string): readonly LintHit[] =>
  isHit ? [{ field, message }] : [];
