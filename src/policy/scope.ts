import { labelChange } from './actions/metadata.ts';
import type { Case } from './case.ts';
import type { CompiledGuardrail } from './compiled-guardrail.ts';
import { EvaluationError } from './evaluation-context.ts';
import { objectOf } from './facts.ts';
import type { CompiledLabelSelector } from './label-selector.ts';
import { isNamespace } from './match.ts';
import { hasForeignBody, labelsOf, type Target } from './target.ts';

/** What of a guardrail's scope needs more than the review to be told: its selectors, and the object behind a subresource. */

/** Whether the change would take the object, or a namespace, out of the selectors of a guardrail that guards them. */
export function escapes(
  { match, namesResource }: CompiledGuardrail,
  subject: Case,
): 'Object' | 'Namespace' | undefined {
  const { review, facts, target } = subject;
  if (!match.guardsSelectors || target.old === undefined || target.new === undefined) return undefined;
  const selector = namesResource(review) ? match.objectSelector : undefined;
  if (hasForeignBody(review) && facts.parent.kind !== 'Found') return unknownEscape(selector, subject);
  const leaves = (one: CompiledLabelSelector | undefined) =>
    one?.(labelsOf(target.old)) === true && !one(labelsOf(target.new));
  if (isNamespace(review) && leaves(match.namespaceSelector)) return 'Namespace';
  return leaves(selector) ? 'Object' : undefined;
}

/** A Binding writes labels over those of a Pod. Where the Pod could not be read, nobody knows what it had. */
function unknownEscape(selector: CompiledLabelSelector | undefined, subject: Case): undefined {
  const { facts, found } = subject;
  if (selector === undefined || facts.parent.kind === 'Missing' || found(labelChange) === undefined) return;
  throw new EvaluationError(whyMissing(subject));
}

/** Whether the guardrail reads an object that had to be looked up and is not there, or could not be read. */
export function missingTarget(guardrail: CompiledGuardrail, { review, facts }: Case): 'Missing' | 'Failed' | undefined {
  const { match, when } = guardrail;
  if (!hasForeignBody(review) || facts.parent.kind === 'Found') return undefined;
  // A message that names the object is no reason to let the action pass: it says <none> then.
  if (match.objectSelector === undefined && !when.needs.target) return undefined;
  return facts.parent.kind === 'Missing' ? 'Missing' : 'Failed';
}

/** Whether the object selector holds of the target. */
export function selectsObject({ match }: CompiledGuardrail, { target }: Case): boolean {
  const { objectSelector } = match;
  return objectSelector === undefined || either(target, objectSelector);
}

/** Whether the namespace selector holds. Throws EvaluationError if the namespace is not known. */
export function selectsNamespace({ match }: CompiledGuardrail, subject: Case): boolean {
  const { namespaceSelector } = match;
  if (namespaceSelector === undefined) return true;
  if (isNamespace(subject.review)) return either(subject.target, namespaceSelector);
  if (subject.review.namespace === '') return false;
  return namespaceSelector(labelsOf(requireNamespace(subject)));
}

/** Why an object that a guardrail reads could not be judged. */
export function whyMissing({ facts }: Case): string {
  return facts.parent.kind === 'Failed' ? facts.parent.error : 'the object is not known';
}

/** Old or new: so a label can't be taken off, or put on, in the same step. */
function either(target: Target, selector: CompiledLabelSelector): boolean {
  return [target.old, target.new].some((object) => object !== undefined && selector(labelsOf(object)));
}

/** The namespace that conditions read, if there is one. Throws EvaluationError if it is not known. */
export function requireNamespace({ review, facts }: Case) {
  const { namespace } = facts;
  if (namespace.kind === 'Found' || review.namespace === '' || isNamespace(review)) return objectOf(namespace);
  const why = namespace.kind === 'Failed' ? namespace.error : 'it does not exist';
  throw new EvaluationError(`namespace ${review.namespace} could not be read: ${why}`);
}
