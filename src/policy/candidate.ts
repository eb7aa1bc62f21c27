import type { Action, Route } from './actions/action.ts';
import { labelChange } from './actions/metadata.ts';
import type { GuardrailScope, LoadedGuardrail } from './compiled-guardrail.ts';
import { EvaluationError } from './evaluation-context.ts';
import { fieldManagerOf, isNamespace, namespaceName } from './match.ts';
import type { GroupResource, Review } from './review.ts';

/** By what a review comes: all that a candidate is found by. */
export type RouteOf = Pick<Review, 'group' | 'resource' | 'operation' | 'subresource'>;

/**
 * Whether a guardrail can have anything to say of reviews that come by a route. True for more than match, never for less:
 * the rest is decided on the review itself.
 */
export function canJudge(guardrail: LoadedGuardrail, by: RouteOf): boolean {
  const { scope } = guardrail;
  const names = guardrail.namesResource(by);
  if (names && scope.actions.some((action) => hasRoute(action, by, scope.includeStatus))) return true;
  return guardsLabels(scope, names, by) && hasRoute(labelChange, by, scope.includeStatus);
}

/** Whether a change of labels on this resource could take something out of the guardrail's selectors. */
function guardsLabels({ guards }: GuardrailScope, namesResource: boolean, resource: GroupResource): boolean {
  return (guards.objectLabels && namesResource) || (guards.namespaceLabels && isNamespace(resource));
}

/** Whether an action can come by a route. */
export function hasRoute(action: Action, by: RouteOf, includeStatus: boolean): boolean {
  return action.routes.some(
    (route) =>
      route.operation === by.operation &&
      route.subresource === by.subresource &&
      (includeStatus || route.onlyWithStatus === undefined) &&
      isOn(route, by),
  );
}

/** Whether a route exists on a resource. */
export function isOn({ only }: Route, { group, resource }: GroupResource): boolean {
  return only === undefined || only.some((one) => one.group === group && one.resource === resource);
}

/** Tells whether a review can match by what it says itself. */
export type StaticTest = (review: Review) => boolean;

/**
 * What a guardrail asks of the reviews of a resource that they say themselves: the name, the namespace's name, the subject and
 * the field manager. Undefined if it asks nothing.
 */
export function staticTest(guardrail: LoadedGuardrail, resource: GroupResource): StaticTest | undefined {
  if (guardrail.kind === 'Broken') return undefined;
  const { namespaces, subjects, fieldManagers } = guardrail.match;
  // A Namespace that is judged only for its labels is no object of the guardrail: `names` does not speak of it.
  const names = guardrail.namesResource(resource) ? guardrail.match.names : undefined;
  const asked = [names, namespaces, subjects, fieldManagers];
  if (asked.every((test) => test === undefined)) return undefined;
  return (review) =>
    (names === undefined || names(review.name)) &&
    (namespaces === undefined || namespaces(namespaceName(review))) &&
    (subjects === undefined || subjects(review.subject)) &&
    (fieldManagers === undefined || fieldManagers(fieldManagerOf(review)));
}

/** Whether the review can match by what it says itself. */
export function matchesStatically(guardrail: LoadedGuardrail, review: Review): boolean {
  return staticTest(guardrail, review)?.(review) ?? true;
}

/**
 * Whether a guardrail judges anything at this moment. One that can't compile is always in effect, since its schedule can't be
 * trusted; one whose schedule can't tell is a candidate, so that its failurePolicy answers when it is evaluated.
 */
export function isInEffectAt(guardrail: LoadedGuardrail, now: Date): boolean {
  if (guardrail.kind === 'Broken' || guardrail.schedule === undefined) return true;
  try {
    return guardrail.schedule.at(now).inEffect;
  } catch (error) {
    if (error instanceof EvaluationError) return true;
    throw error;
  }
}
