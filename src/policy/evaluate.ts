import type { ActionType } from '../api/v1alpha1.ts';
import type { Action } from './actions/action.ts';
import { imageChange } from './actions/image.ts';
import { labelChange } from './actions/metadata.ts';
import { hasRoute, matchesStatically } from './candidate.ts';
import {
  actionNames,
  type BrokenGuardrail,
  type CompiledGuardrail,
  type LoadedGuardrail,
} from './compiled-guardrail.ts';
import { type Change, type Decision, decide, type Finding, type Reason } from './decision.ts';
import { isDerived } from './derived.ts';
import { type EvaluationContext, EvaluationError } from './evaluation-context.ts';
import { type Facts, objectOf } from './facts.ts';
import { formatFieldErrors } from './field-error.ts';
import { findingOf, outcomeOfError, outcomeOfTrip } from './finding.ts';
import { isNamespace } from './match.ts';
import type { ResourceInfo } from './resource-map.ts';
import type { Review } from './review.ts';
import { hasForeignBody, labelsOf, type Target, targetOf, uidOf } from './target.ts';

/** One review with all that is known of it. */
interface Case {
  readonly review: Review;
  readonly facts: Facts;
  readonly target: Target;
  readonly info: ResourceInfo | undefined;
  /** What an action finds, found once: a thousand guardrails ask the same of the same two objects. */
  readonly found: (action: Action) => readonly Change[] | undefined;
}

/**
 * Judges a review: one finding for each of the candidates that matches. Pure and synchronous; what had to be looked up is
 * in `facts`. A condition that can't be evaluated is a finding too, never a "no match".
 */
export function evaluate(
  candidates: readonly LoadedGuardrail[],
  review: Review,
  facts: Facts,
  info: ResourceInfo | undefined,
): Decision {
  const subject = caseOf(review, facts, info);
  const findings: Finding[] = [];
  for (const guardrail of candidates) {
    const finding = judge(guardrail, subject);
    if (finding !== undefined) findings.push(finding);
  }
  return decide(findings);
}

function caseOf(review: Review, facts: Facts, info: ResourceInfo | undefined): Case {
  const target = targetOf(review, objectOf(facts.parent), info);
  const known = new Map<Action, readonly Change[] | undefined>();
  const found = (action: Action) => {
    if (!known.has(action)) known.set(action, action.detect({ review, target, info }));
    return known.get(action);
  };
  return { review, facts, target, info, found };
}

/** What the guardrail's listed actions make of the case. */
interface Detected {
  /** The most specific first. */
  readonly actions: readonly ActionType[];
  /** Of all of them, in that order: a second action in one request must not hide what the first is judged by. */
  readonly changes: readonly Change[];
}

function detect({ scope }: LoadedGuardrail, { review, found }: Case): Detected {
  const actions = scope.actions.filter(
    (action) => hasRoute(action, review, scope.includeStatus) && found(action) !== undefined,
  );
  const [only, ...more] = actions;
  const changes = more.length === 0 ? only && found(only) : actions.flatMap((action) => found(action) ?? []);
  return { actions: actionNames(actions), changes: changes ?? [] };
}

function judge(guardrail: LoadedGuardrail, subject: Case): Finding | undefined {
  if (!matchesStatically(guardrail, subject.review)) return undefined;
  try {
    return guardrail.kind === 'Broken' ? judgeBroken(guardrail, subject) : judgeMatching(guardrail, subject);
  } catch (error) {
    // Only our own errors are worded for strangers: others could quote what they stumbled upon.
    const text = error instanceof EvaluationError ? error.message : 'an internal error occurred';
    return errorFinding(guardrail, subject, 'EvaluationError', `It could not be evaluated: ${text}`);
  }
}

function judgeMatching(guardrail: CompiledGuardrail, subject: Case): Finding | undefined {
  const { review, target, facts } = subject;
  const { match, scope } = guardrail;
  const detected = guardrail.namesResource(review) ? detect(guardrail, subject) : NOTHING;
  const leaving = escapes(guardrail, subject);
  const [first, ...more] = leaving === undefined ? detected.actions : withLabelChange(detected.actions);
  if (first === undefined) return undefined;
  const actions: [ActionType, ...ActionType[]] = [first, ...more];

  if (leaving !== 'Namespace') {
    if (!selectsNamespace(guardrail, subject)) return undefined;
    const missing = missingTarget(guardrail, subject);
    if (missing !== undefined) {
      return findingOf(guardrail, review, {
        outcome: missing === 'Missing' ? outcomeOfTrip(scope) : outcomeOfError(scope),
        reason: missing === 'Missing' ? 'TargetNotFound' : 'EvaluationError',
        actions,
        changes: detected.changes,
        explanation:
          missing === 'Missing'
            ? 'It could not be judged, since the object does not exist'
            : `It could not be judged: ${facts.parent.kind === 'Failed' ? facts.parent.error : 'the object is not known'}`,
        targetUid: undefined,
      });
    }
    if (!selectsObject(guardrail, subject)) return undefined;
  }

  const result = (outcome: Finding['outcome'], reason: Reason, changes: readonly Change[], explanation: string) =>
    findingOf(guardrail, review, { outcome, reason, actions, changes, explanation, targetUid: uidOf(target) });
  const context = contextOf(subject, detected);
  if (!match.judgesDerived && isDerived(review, target, objectOf(facts.namespace))) {
    return result('Allowed', 'Derived', detected.changes, '');
  }
  if (leaving !== undefined) {
    const what = leaving === 'Namespace' ? 'namespaceSelector' : 'objectSelector';
    const changes = [...(subject.found(labelChange) ?? []), ...detected.changes];
    return result(outcomeOfTrip(scope), 'ScopeEscape', changes, `It would leave the ${what} of the guardrail`);
  }
  if (guardrail.when.needs.namespace) requireNamespace(subject);
  if (!guardrail.when.trips(context)) return result('Allowed', 'NotTripped', detected.changes, '');
  return result(outcomeOfTrip(scope), 'Tripped', detected.changes, guardrail.message?.render(context) ?? '');
}

const NOTHING: Detected = { actions: [], changes: [] };

function withLabelChange(actions: readonly ActionType[]): ActionType[] {
  return ['LabelChange', ...actions.filter((action) => action !== 'LabelChange')];
}

/** Whether the change would take the object, or a namespace, out of the selectors of a guardrail that guards them. */
function escapes({ match, namesResource }: CompiledGuardrail, subject: Case): 'Object' | 'Namespace' | undefined {
  const { review, facts, target } = subject;
  if (!match.guardsSelectors || target.old === undefined || target.new === undefined) return undefined;
  const selector = namesResource(review) ? match.objectSelector : undefined;
  if (hasForeignBody(review) && facts.parent.kind !== 'Found') return unknownEscape(selector, subject);
  const leaves = (one: CompiledGuardrail['match']['objectSelector']) =>
    one?.(labelsOf(target.old)) === true && !one(labelsOf(target.new));
  if (isNamespace(review) && leaves(match.namespaceSelector)) return 'Namespace';
  return leaves(selector) ? 'Object' : undefined;
}

/** A Binding writes labels over those of a Pod. Where the Pod could not be read, nobody knows what it had. */
function unknownEscape(selector: CompiledGuardrail['match']['objectSelector'], { facts, found }: Case): undefined {
  if (selector === undefined || facts.parent.kind === 'Missing' || found(labelChange) === undefined) return;
  throw new EvaluationError(facts.parent.kind === 'Failed' ? facts.parent.error : 'the object is not known');
}

/** Whether the guardrail reads an object that had to be looked up and is not there, or could not be read. */
function missingTarget(guardrail: CompiledGuardrail, { review, facts }: Case): 'Missing' | 'Failed' | undefined {
  const { match, when } = guardrail;
  if (!hasForeignBody(review) || facts.parent.kind === 'Found') return undefined;
  // A message that names the object is no reason to let the action pass: it says <none> then.
  if (match.objectSelector === undefined && !when.needs.target) return undefined;
  return facts.parent.kind === 'Missing' ? 'Missing' : 'Failed';
}

function selectsObject({ match }: CompiledGuardrail, { target }: Case): boolean {
  const { objectSelector } = match;
  return objectSelector === undefined || either(target, objectSelector);
}

function selectsNamespace({ match }: CompiledGuardrail, subject: Case): boolean {
  const { namespaceSelector } = match;
  if (namespaceSelector === undefined) return true;
  if (isNamespace(subject.review)) return either(subject.target, namespaceSelector);
  if (subject.review.namespace === '') return false;
  return namespaceSelector(labelsOf(requireNamespace(subject)));
}

/** Old or new: so a label can't be taken off, or put on, in the same step. */
function either(target: Target, selector: NonNullable<CompiledGuardrail['match']['objectSelector']>): boolean {
  return [target.old, target.new].some((object) => object !== undefined && selector(labelsOf(object)));
}

function requireNamespace({ review, facts }: Case) {
  const { namespace } = facts;
  if (namespace.kind === 'Found' || review.namespace === '' || isNamespace(review)) return objectOf(namespace);
  const why = namespace.kind === 'Failed' ? namespace.error : 'it does not exist';
  throw new EvaluationError(`namespace ${review.namespace} could not be read: ${why}`);
}

function contextOf(subject: Case, { actions, changes }: Detected): EvaluationContext {
  const { review, target, facts } = subject;
  let images: readonly Change[] | undefined;
  return {
    review,
    target,
    namespace: isNamespace(review) ? (target.new ?? target.old) : objectOf(facts.namespace),
    actions,
    changes,
    images: () => {
      images ??= subject.found(imageChange) ?? [];
      return images;
    },
  };
}

function judgeBroken(guardrail: BrokenGuardrail, subject: Case): Finding | undefined {
  const { review, target, facts } = subject;
  if (!guardrail.namesResource(review) || detect(guardrail, subject).actions.length === 0) return undefined;
  if (!guardrail.judgesDerived && isDerived(review, target, objectOf(facts.namespace))) return undefined;
  return errorFinding(guardrail, subject, 'NotCompiled', `It does not compile: ${formatFieldErrors(guardrail.errors)}`);
}

/** What the review is; where just that can't be told, what it can be by its route. */
function actionsOfError(guardrail: LoadedGuardrail, subject: Case): readonly ActionType[] {
  try {
    return detect(guardrail, subject).actions;
  } catch {
    return actionNames(guardrail.scope.actions.filter((action) => hasRoute(action, subject.review, true)));
  }
}

function errorFinding(guardrail: LoadedGuardrail, subject: Case, reason: Reason, explanation: string): Finding {
  // Without an action of its own it is asked for the labels alone.
  const [first = 'LabelChange', ...more] = actionsOfError(guardrail, subject);
  return findingOf(guardrail, subject.review, {
    outcome: outcomeOfError(guardrail.scope),
    reason,
    actions: [first, ...more],
    changes: [],
    explanation: `${explanation}; failurePolicy is ${guardrail.scope.failurePolicy}`,
    targetUid: uidOf(subject.target),
  });
}
