import type { BrokenGuardrail } from '../compiled-guardrail.ts';
import { EvaluationError } from '../evaluation-context.ts';
import { isNamespace } from '../match.ts';
import { missingTarget, requireNamespace, whyMissing } from '../scope.ts';
import { hasForeignBody } from '../target.ts';
import { type Answered, answered, held, notAsked, notHeld, type Question } from './question.ts';

/** Whether the object behind a subresource is there, where the guardrail reads it. */
export const TARGET: Question = {
  field: 'target',
  ask: ({ guardrail, subject }) => {
    const missing = missingTarget(guardrail, subject);
    if (missing === 'Missing') return notHeld('The object that it is done to does not exist');
    if (missing === 'Failed') throw new EvaluationError(whyMissing(subject));
    if (!hasForeignBody(subject.review)) return notAsked('The request holds the object itself');
    return subject.facts.parent.kind === 'Found'
      ? held('The object that it is done to is known')
      : notAsked('Nothing reads the object that it is done to');
  },
};

/** Whether the namespace can be read, where a condition reads it. */
export const NAMESPACE: Question = {
  field: 'namespace',
  ask: ({ guardrail, subject }) => {
    if (!guardrail.when.needs.namespace) return notAsked('No condition reads the namespace');
    const namespace = requireNamespace(subject);
    if (isNamespace(subject.review)) return held('The object is the Namespace');
    return namespace === undefined ? held('There is none') : held(`Namespace ${subject.review.namespace} is known`);
  },
};

/** Whether somebody does it, and not a built-in controller whose own work it is. */
export const DERIVED: Question = {
  field: 'spec.match.derived',
  ask: ({ guardrail, subject }) => (guardrail.match.judgesDerived ? DERIVED_TOO : derived(subject.isDerived())),
};

/** See DERIVED. */
export const DERIVED_OF_BROKEN: Question<BrokenGuardrail> = {
  field: 'spec.match.derived',
  ask: ({ guardrail, subject }) => (guardrail.judgesDerived ? DERIVED_TOO : derived(subject.isDerived())),
};

const DERIVED_TOO = notAsked('What controllers do of themselves is judged too');

const derived = (isDerived: boolean): Answered =>
  answered(
    !isDerived,
    'It is not what a built-in controller does of itself',
    'A built-in controller does, as itself, what follows from what was judged before',
  );
