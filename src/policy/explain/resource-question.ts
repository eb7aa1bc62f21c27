import type { LoadedGuardrail } from '../compiled-guardrail.ts';
import { isNamespace } from '../match.ts';
import { targetName } from '../target-name.ts';
import { held, notAsked, notHeld, type Question } from './question.ts';

/** Whether the guardrail is about such objects. */
export const RESOURCES: Question<LoadedGuardrail> = {
  field: 'spec.match.resources',
  ask: ({ guardrail, subject: { review } }) => {
    const name = targetName(review, '');
    if (guardrail.namesResource(review)) return held(`It is about ${name}`);
    if (guardrail.scope.guards.namespaceLabels && isNamespace(review)) {
      return notAsked('It is not about namespaces, but guards the labels by which it selects them');
    }
    return notHeld(`It is not about ${name}`);
  },
};
