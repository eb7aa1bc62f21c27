import type { ActionType } from '../../api/v1alpha1.ts';
import type { Change } from '../decision.ts';
import type { SimpleJsonPath } from '../json-path.ts';
import type { ResourceInfo } from '../resource-map.ts';
import type { GroupResource, Operation, Review } from '../review.ts';
import type { Target } from '../target.ts';

/** One way in which an action can reach the API server. */
export interface Route {
  readonly operation: Operation;
  /** "" for the resource itself. */
  readonly subresource: string;
  /** The resources that have this route; every resource of the action if absent. */
  readonly only?: readonly GroupResource[];
  /** Set for a route that only guardrails with includeStatus judge. */
  readonly onlyWithStatus?: true;
}

/** A request to one object that does the action to others: what it does to these is judged as if it had been asked for. */
export interface IndirectRoute {
  readonly operation: Operation;
  /** What the request goes to. */
  readonly via: GroupResource;
  /** Where objects of that kind are. */
  readonly scope: 'Cluster' | 'Namespaced';
  /** Whether the objects of a resource can be reached by it; undefined is a resource of which nothing is known. */
  readonly reaches: (info: ResourceInfo | undefined) => boolean;
}

/** What a row looks at. */
export interface ActionEvent {
  readonly review: Review;
  readonly target: Target;
  /** What is known of the resource; undefined if the cluster does not serve it, as far as we know. */
  readonly info: ResourceInfo | undefined;
  /** Where the guardrail says that the custom resource keeps its pod template. */
  readonly podTemplate?: SimpleJsonPath | undefined;
}

/** One row of the action catalogue. */
export interface Action {
  readonly name: ActionType;
  /** The wider actions that this one is also, directly or not. A guardrail on those sees this one too. */
  readonly implies: readonly ActionType[];
  /** What it is, in a sentence, for docs/actions.md. */
  readonly summary: string;
  /** The resources that it can happen to: any, or those that hold the predicate (for built-in and custom resources alike). */
  readonly resources: 'any' | ResourceSet;
  /** Every way by which it can come. The webhook configuration is generated from these. */
  readonly routes: readonly Route[];
  /** The ways by which it can come in the course of another object's change. */
  readonly indirect?: readonly IndirectRoute[];
  /** What looks like it and is not, and what else one should know of it, for docs/actions.md. */
  readonly notes: readonly string[];
  /** The ways to its effect that no webhook can see, or that are another action, for docs/actions.md. */
  readonly unseen?: readonly string[];
  /** Returns what the review changes if it is this action, undefined if it is not. Reviews come by the routes alone. */
  detect(event: ActionEvent): readonly Change[] | undefined;
}

/** A set of resources: named ones, and the custom resources that a predicate picks. */
export interface ResourceSet {
  readonly builtIn: readonly GroupResource[];
  /** Tells whether the action can happen to a resource that is not built in. */
  readonly custom: (info: ResourceInfo) => boolean;
  /** Whether it happens to pod templates, and so also to custom resources whose template a guardrail points at. */
  readonly podBearing?: true;
  /** The set in words, for docs/actions.md. */
  readonly text: string;
}
