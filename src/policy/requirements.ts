import type { LoadedGuardrail } from './compiled-guardrail.ts';
import { endsDeletion, isNamespaceController } from './derived.ts';
import { isNamespace } from './match.ts';
import type { Review } from './review.ts';
import { hasForeignBody, targetOf } from './target.ts';

/** What has to be known, beyond the review, before it can be judged. */
export interface Requirements {
  /** The object that the review acts on has to be looked up. */
  readonly parent: boolean;
  /** The namespace object has to be known. */
  readonly namespace: boolean;
  /** It matters whether the namespace is terminating, so an object that says otherwise has to be fresh. */
  readonly freshNamespace: boolean;
}

/** What the candidates that match by name need to know. */
export function requirementsOf(candidates: readonly LoadedGuardrail[], review: Review): Requirements {
  const hasNamespace = review.namespace !== '' && !isNamespace(review);
  const mayBeDerived =
    hasNamespace &&
    (isNamespaceController(review.subject) || endsDeletion(review, targetOf(review, undefined, undefined)));
  return {
    parent: hasForeignBody(review) && candidates.some(needsTarget),
    namespace: hasNamespace && candidates.length > 0 && (mayBeDerived || candidates.some(needsNamespace)),
    freshNamespace: mayBeDerived,
  };
}

function needsTarget(guardrail: LoadedGuardrail): boolean {
  if (guardrail.kind === 'Broken') return false;
  const { match, when, message } = guardrail;
  return match.objectSelector !== undefined || when.needs.target || message?.needs.target === true;
}

function needsNamespace(guardrail: LoadedGuardrail): boolean {
  if (guardrail.kind === 'Broken') return false;
  const { match, when, message } = guardrail;
  return match.namespaceSelector !== undefined || when.needs.namespace || message?.needs.namespace === true;
}
