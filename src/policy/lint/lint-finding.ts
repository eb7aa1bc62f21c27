/** Something in a guardrail that compiles, and is hardly what its author means. */
export interface LintFinding {
  /** The rule that found it, in kebab-case, as docs/linting.md lists it. */
  readonly rule: string;
  /** A warning is most probably a mistake; an info is worth a look. */
  readonly level: 'warning' | 'info';
  /** The field, as `spec.match.actions[0]`. */
  readonly field: string;
  /** What is wrong with it, and what to do, in a sentence or two. */
  readonly message: string;
}
