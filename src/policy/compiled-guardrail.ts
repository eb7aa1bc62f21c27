import type { ActionType, ResourceRule } from '../api/v1alpha1.ts';
import type { Action } from './actions/action.ts';
import type { Finding, GuardrailIdentity } from './decision.ts';
import type { FieldError } from './field-error.ts';
import type { SimpleJsonPath } from './json-path.ts';
import type { CompiledMatch } from './match.ts';
import type { MessageTemplate } from './message-template.ts';
import type { GroupResource } from './review.ts';
import type { CompiledSchedule } from './schedule/schedule.ts';
import type { CompiledWhen } from './when/condition.ts';

/** What a guardrail is known to judge: enough to send its requests here, and to answer them if it can't compile. */
export interface GuardrailScope {
  readonly identity: GuardrailIdentity;
  readonly severity: Finding['severity'];
  readonly enforcement: Finding['enforcement'];
  /** What errors lead to. Ignore for Warn and Audit. */
  readonly failurePolicy: 'Fail' | 'Ignore';
  /** The listed actions, the most specific first. */
  readonly actions: readonly Action[];
  /** The listed resources; undefined stands for all that the actions can happen to. */
  readonly resources: readonly ResourceRule[] | undefined;
  /** The namespaces by name as written; undefined for all. */
  readonly namespaces: NamespaceReach | undefined;
  readonly includeStatus: boolean;
  /** Whether changes of labels are judged beyond the listed actions: of the objects, and of their namespaces. */
  readonly guards: { readonly objectLabels: boolean; readonly namespaceLabels: boolean };
  /** Whether the guardrail can match cluster-scoped objects other than Namespaces. */
  readonly reachesClusterScope: boolean;
}

/** Namespaces by name, as written in a guardrail. */
export interface NamespaceReach {
  readonly include: readonly string[] | undefined;
  readonly exclude: readonly string[];
}

/** A guardrail that can be evaluated. */
export interface CompiledGuardrail {
  readonly kind: 'Compiled';
  readonly scope: GuardrailScope;
  readonly auditAllowed: Finding['auditAllowed'];
  readonly match: CompiledMatch;
  /** When it is in effect; undefined for always. */
  readonly schedule: CompiledSchedule | undefined;
  readonly when: CompiledWhen;
  /** Whether there is anything under `when`. */
  readonly hasConditions: boolean;
  readonly message: MessageTemplate | undefined;
  /** Where a custom resource keeps its pod template, as far as the guardrail says so. */
  readonly podTemplate: (resource: GroupResource) => SimpleJsonPath | undefined;
  /** Whether its resource rules name a resource. */
  readonly namesResource: (resource: GroupResource) => boolean;
}

/** A guardrail that is stored but can't compile: requests in its scope are answered by its failurePolicy. */
export interface BrokenGuardrail {
  readonly kind: 'Broken';
  readonly scope: GuardrailScope;
  readonly errors: readonly FieldError[];
  /** Whether it asks for what controllers do as well. */
  readonly judgesDerived: boolean;
  readonly namesResource: (resource: GroupResource) => boolean;
}

/** Either. */
export type LoadedGuardrail = CompiledGuardrail | BrokenGuardrail;

/** The names of actions. */
export function actionNames(actions: readonly Action[]): ActionType[] {
  return actions.map(({ name }) => name);
}
