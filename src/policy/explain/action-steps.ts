import type { Action } from '../actions/action.ts';
import { CATALOGUE } from '../actions/catalogue.ts';
import type { Case } from '../case.ts';
import type { BrokenGuardrail, CompiledGuardrail } from '../compiled-guardrail.ts';
import { describeChanges } from '../describe.ts';
import { detect, detectNamed, ruledOut } from '../detect.ts';
import { escapes } from '../scope.ts';
import { targetName } from '../target-name.ts';
import type { ExplanationStep } from './explanation.ts';
import { type Answered, type Asked, held, notHeld, stepOf } from './question.ts';

const FIELD = 'spec.match.actions';

/** Whether the review is one of the actions that the guardrail lists, and of each whether it is that. */
export function actionSteps(asked: Asked): ExplanationStep[] {
  return [stepOf(FIELD, () => anyAction(asked)), ...eachAction(asked)];
}

/** As actionSteps, of a guardrail that does not compile: what can't be told may be the action. */
export function actionStepOfBroken({ guardrail, subject }: Asked<BrokenGuardrail>): ExplanationStep {
  return stepOf(FIELD, () => {
    const { actions, error } = detect(guardrail, subject);
    if (actions.length > 0) return held(`It is ${actions.join(', ')}`);
    return error === undefined ? NONE : held('It may be one of them, which can not be told');
  });
}

const NONE: Answered = notHeld('It is none of them');

function anyAction({ guardrail, subject }: Asked): Answered {
  const { actions } = detectNamed(guardrail, subject);
  // A change of labels that takes something out of the selectors is judged, whatever actions are listed.
  const leaving = escapes(guardrail, subject);
  if (actions.length > 0) return held(`It is ${actions.join(', ')}`);
  return leaving === undefined ? NONE : held('It is a LabelChange, which is judged for the selectors');
}

function eachAction({ source, guardrail, subject }: Asked): ExplanationStep[] {
  if (!guardrail.namesResource(subject.review)) return [];
  const { actions } = source.spec.match;
  return actions.map((name, index) => ({
    ...stepOf(`${FIELD}[${index}]`, () => oneAction(CATALOGUE[name], guardrail, subject)),
    isAlternative: true as const,
  }));
}

function oneAction(action: Action, guardrail: CompiledGuardrail, subject: Case): Answered {
  const { review } = subject;
  const { name } = action;
  const podTemplate = guardrail.podTemplate(review);
  const obstacle = ruledOut(action, guardrail.scope.includeStatus, podTemplate !== undefined, subject);
  if (obstacle === 'Resource') return notHeld(`${name} does not happen to ${targetName(review, '')}`);
  if (obstacle === 'Route') return notHeld(`${name} does not come by ${routeText(subject)}`);
  const changes = subject.found(action, podTemplate);
  if (changes === undefined) return notHeld(`It changes nothing that ${name} is about`);
  const text = describeChanges(subject.told(changes).changes);
  return held(text === '' ? `It is ${name}` : `It is ${name}: ${text}`);
}

function routeText({ review: { operation, subresource } }: Case): string {
  return subresource === '' ? operation : `${operation} of the subresource ${subresource}`;
}
