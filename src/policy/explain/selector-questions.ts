import type { LabelSelector } from '../../api/v1alpha1.ts';
import type { Case } from '../case.ts';
import { oneLine } from '../describe.ts';
import { FieldErrors } from '../field-error.ts';
import { compileLabelSelector, type Labels } from '../label-selector.ts';
import { isNamespace } from '../match.ts';
import type { KubeObject } from '../review.ts';
import { escapes, requireNamespace, selectsNamespace, selectsObject } from '../scope.ts';
import { labelsOf } from '../target.ts';
import { type Answered, answered, held, NOT_SET, notAsked, notHeld, type Question } from './question.ts';

/** Whether the labels of the namespace are those that the guardrail is about. */
export const NAMESPACE_SELECTOR: Question = {
  field: 'spec.match.namespaceSelector',
  ask: ({ source, guardrail, subject }) => {
    const { review } = subject;
    const selector = source.spec.match.namespaceSelector;
    if (guardrail.match.namespaceSelector === undefined || selector === undefined) return NOT_SET;
    const holds = selectsNamespace(guardrail, subject);
    if (isNamespace(review)) return ofObject(holds, selector, subject);
    if (review.namespace === '') return notHeld('The object is in no namespace, and no Namespace');
    const failed = failing(selector, labelsOf(requireNamespace(subject)));
    const of = `Namespace ${review.namespace}`;
    return answered(holds, `${of} has the labels`, `${of} does not have ${failed.join(', ')}`);
  },
};

/** Whether the labels of the object are those that the guardrail is about, before or after. */
export const OBJECT_SELECTOR: Question = {
  field: 'spec.match.objectSelector',
  ask: ({ source, guardrail, subject }) => {
    const selector = source.spec.match.objectSelector;
    if (guardrail.match.objectSelector === undefined || selector === undefined) return NOT_SET;
    if (escapes(guardrail, subject) === 'Namespace') {
      return notAsked('A Namespace that leaves the namespaceSelector is judged for that');
    }
    return ofObject(selectsObject(guardrail, subject), selector, subject);
  },
};

/** Whether the change leaves the object, or the Namespace, among those that the guardrail is about. */
export const SELECTOR_PROTECTION: Question = {
  field: 'spec.match.selectorProtection',
  ask: ({ guardrail, subject }) => {
    const { match } = guardrail;
    if (!match.guardsSelectors) return notAsked('It leaves the labels alone');
    if (match.objectSelector === undefined && match.namespaceSelector === undefined) {
      return notAsked('There is no selector to leave');
    }
    const leaving = escapes(guardrail, subject);
    if (leaving === undefined) return held('The change takes nothing out of the selectors');
    return notHeld(`The change would leave the ${leaving === 'Namespace' ? 'namespaceSelector' : 'objectSelector'}`);
  },
};

function ofObject(holds: boolean, selector: LabelSelector, { target }: Case): Answered {
  const sides: readonly (readonly [string, KubeObject | undefined])[] = [
    ['old', target.old],
    ['new', target.new],
  ];
  const there = sides.filter(([, object]) => object !== undefined);
  const having = there.filter(([, object]) => failing(selector, labelsOf(object)).length === 0);
  const why = there.map(
    ([side, object]) => `the ${side} object does not have ${failing(selector, labelsOf(object)).join(', ')}`,
  );
  return answered(
    holds,
    `The ${having.map(([side]) => side).join(' and the ')} object has the labels`,
    why.length === 0 ? 'There is no object' : sentence(why.join(', ')),
  );
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What a selector asks of labels that they do not have: each requirement is asked as if it were the only one. */
function failing(selector: LabelSelector, labels: Labels): string[] {
  const parts: readonly (readonly [LabelSelector, string])[] = [
    ...Object.entries(selector.matchLabels ?? {}).map(
      ([key, value]) => [{ matchLabels: { [key]: value } }, `${key}=${value}`] as const,
    ),
    ...(selector.matchExpressions ?? []).map((one) => {
      const { key, operator, values = [] } = one;
      const operands = values.length === 0 ? '' : ` (${values.join(', ')})`;
      const part: LabelSelector = { matchExpressions: [one] };
      return [part, `${key} ${operator}${operands}`] as const;
    }),
  ];
  const errors = new FieldErrors();
  return parts.filter(([part]) => !compileLabelSelector(part, '', errors)(labels)).map(([, text]) => oneLine(text));
}
