import type { Guardrail } from '../../api/v1alpha1.ts';
import type { LoadedGuardrail } from '../compiled-guardrail.ts';
import type { Finding, GuardrailIdentity } from '../decision.ts';

/** A guardrail that can be explained: what is loaded of it, and what was written, by which people know it. */
export interface ExplainableGuardrail {
  readonly source: Guardrail;
  /** What compileGuardrail makes of the source. */
  readonly loaded: LoadedGuardrail;
}

/**
 * Whether what a step asks is so. Each step asks so that evaluation goes on where it held: the first that is NotHeld or Unknown
 * decides, and where there is none the guardrail trips.
 */
export type Answer =
  | 'Held'
  /** It is not so. Here evaluation ends: the later steps tell what they would have answered, as far as that can be told. */
  | 'NotHeld'
  /** It can't be told. `why` has the error. Where it decides, failurePolicy answers. */
  | 'Unknown'
  /** The guardrail does not ask it, or not of this review. */
  | 'NotAsked';

/** One question that a guardrail asks of a review. */
export interface ExplanationStep {
  /** The field of the guardrail that asks, such as `spec.match.names` or `spec.when[0].anyOf[1].cel`. */
  readonly field: string;
  readonly answer: Answer;
  /** Why, in a sentence. Holds no secret values. */
  readonly why: string;
  /** Set where a condition holds for a reason of which nothing graver than a warning may come. */
  readonly isWarning?: true;
  /** Set for an alternative of an anyOf: it decides nothing alone. */
  readonly isAlternative?: true;
}

/** What comes of it. */
export type ExplainedOutcome =
  /** The guardrail matches: the finding that evaluation gives. */
  | { readonly kind: 'Found'; readonly finding: Finding }
  /** The guardrail gives no finding: the first step that did not hold. */
  | { readonly kind: 'NotMatched'; readonly step: ExplanationStep };

/** Why a guardrail makes of a review what it does. */
export interface Explanation {
  readonly guardrail: GuardrailIdentity;
  /** In the order of evaluation. */
  readonly steps: readonly ExplanationStep[];
  /** The step that decided; undefined where every step held, so that the guardrail trips. */
  readonly decisive: ExplanationStep | undefined;
  readonly outcome: ExplainedOutcome;
}
