import type { ActionType } from '../api/v1alpha1.ts';
import type { Action } from './actions/action.ts';
import type { Change } from './decision.ts';
import { isDerived } from './derived.ts';
import type { EvaluationError } from './evaluation-context.ts';
import { type Facts, objectOf } from './facts.ts';
import { Told } from './finding.ts';
import type { SimpleJsonPath } from './json-path.ts';
import type { ResourceInfo } from './resource-map.ts';
import type { Review } from './review.ts';
import { type Target, targetOf, uidOf } from './target.ts';

/** One review with all that is known of it. */
export interface Case {
  readonly review: Review;
  readonly facts: Facts;
  readonly target: Target;
  readonly info: ResourceInfo | undefined;
  /** Why the review is judged, where nobody asked for just that; "" if somebody did. */
  readonly cause: string;
  /**
   * What an action finds, found once: a thousand guardrails ask the same of the same two objects. A guardrail may say where a
   * custom resource keeps its pod template.
   */
  readonly found: (action: Action, podTemplate?: SimpleJsonPath) => readonly Change[] | undefined;
  /** What lists of actions make of it, by the list: guardrails that list the same share one. */
  readonly detected: Map<readonly Action[], Detected>;
  readonly detectedWithStatus: Map<readonly Action[], Detected>;
  /** What may be told of changes, found once. */
  readonly told: (changes: readonly Change[]) => Told;
  readonly targetUid: string | undefined;
  /** Whether a built-in controller does what is its own to do. */
  readonly isDerived: () => boolean;
}

/** What a guardrail's listed actions make of a case. */
export interface Detected {
  /** The most specific first. */
  readonly actions: readonly ActionType[];
  /** Of all of them, in that order: a second action in one request must not hide what the first is judged by. */
  readonly changes: readonly Change[];
  /** Of a row that could not tell. */
  readonly error: EvaluationError | undefined;
}

/** The case of a review. `cause` tells why it is judged, where nobody asked for just that. */
export function caseOf(review: Review, facts: Facts, info: ResourceInfo | undefined, cause: string): Case {
  const target = targetOf(review, objectOf(facts.parent), info);
  const known = new Map<Action, readonly Change[] | undefined>();
  const found: Case['found'] = (action, podTemplate) => {
    const event = { review, target, info, podTemplate };
    if (podTemplate !== undefined) return action.detect(event);
    if (!known.has(action)) known.set(action, action.detect(event));
    return known.get(action);
  };
  let derived: boolean | undefined;
  const toldOf = new Map<readonly Change[], Told>();
  const told: Case['told'] = (changes) => {
    let one = toldOf.get(changes);
    if (one === undefined) {
      one = new Told(review, changes);
      toldOf.set(changes, one);
    }
    return one;
  };
  return {
    review,
    facts,
    target,
    info,
    cause,
    found,
    detected: new Map(),
    detectedWithStatus: new Map(),
    told,
    targetUid: uidOf(target),
    isDerived: () => {
      derived ??= isDerived(review, target, objectOf(facts.namespace));
      return derived;
    },
  };
}
