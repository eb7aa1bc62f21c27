import type { ActionType } from '../api/v1alpha1.ts';
import type { Action } from './actions/action.ts';
import { canHappenTo } from './actions/catalogue.ts';
import { imageChange } from './actions/image.ts';
import { labelChange } from './actions/metadata.ts';
import { hasRoute } from './candidate.ts';
import {
  actionNames,
  type BrokenGuardrail,
  type CompiledGuardrail,
  type LoadedGuardrail,
} from './compiled-guardrail.ts';
import { type Change, type Decision, decide, type Finding, type Reason } from './decision.ts';
import { isDerived } from './derived.ts';
import { type EvaluationContext, EvaluationError } from './evaluation-context.ts';
import { type Facts, NO_FACTS, objectOf } from './facts.ts';
import { formatFieldErrors } from './field-error.ts';
import { findingOf, outcomeOfError, outcomeOfTrip, outcomeOfWarning, Told } from './finding.ts';
import type { SimpleJsonPath } from './json-path.ts';
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

/**
 * Judges a review by candidates that match it statically: one finding for each that matches it as a whole. Pure and
 * synchronous; what had to be looked up is in `facts`. A condition that can't be evaluated is a finding too, never a "no
 * match". `cause` tells why something is judged that the request does not name.
 */
export function evaluate(
  candidates: readonly LoadedGuardrail[],
  review: Review,
  facts: Facts,
  info: ResourceInfo | undefined,
  cause = '',
): Decision {
  const subject = caseOf(review, facts, info, cause);
  const findings: Finding[] = [];
  for (const guardrail of candidates) {
    const finding = judge(guardrail, subject);
    if (finding !== undefined) findings.push(finding);
  }
  return decide(findings);
}

function caseOf(review: Review, facts: Facts, info: ResourceInfo | undefined, cause: string): Case {
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

/** What the guardrail's listed actions make of the case. */
interface Detected {
  /** The most specific first. */
  readonly actions: readonly ActionType[];
  /** Of all of them, in that order: a second action in one request must not hide what the first is judged by. */
  readonly changes: readonly Change[];
  /** Of a row that could not tell. */
  readonly error: EvaluationError | undefined;
}

/** Guardrails that list the same actions make the same of a case, unless one tells where a pod template is. */
function detect(guardrail: LoadedGuardrail, subject: Case): Detected {
  const { actions, includeStatus } = guardrail.scope;
  const podTemplate = guardrail.kind === 'Compiled' ? guardrail.podTemplate(subject.review) : undefined;
  if (podTemplate !== undefined) return detectAll(actions, includeStatus, podTemplate, subject);
  const known = includeStatus ? subject.detectedWithStatus : subject.detected;
  let detected = known.get(actions);
  if (detected === undefined) {
    detected = detectAll(actions, includeStatus, undefined, subject);
    known.set(actions, detected);
  }
  return detected;
}

function detectAll(
  listed: readonly Action[],
  includeStatus: boolean,
  podTemplate: SimpleJsonPath | undefined,
  { review, info, found }: Case,
): Detected {
  const actions: ActionType[] = [];
  const changes: (readonly Change[])[] = [];
  let error: EvaluationError | undefined;
  for (const action of listed) {
    if (!hasRoute(action, review, includeStatus)) continue;
    // Of several actions and resources that a guardrail lists, not each can happen to each.
    if (info !== undefined && !canHappenTo(action, review, info, podTemplate !== undefined)) continue;
    try {
      const some = found(action, podTemplate);
      if (some === undefined) continue;
      actions.push(action.name);
      changes.push(some);
    } catch (thrown) {
      if (!(thrown instanceof EvaluationError)) throw thrown;
      error ??= thrown;
    }
  }
  const [only = []] = changes;
  return { actions, changes: changes.length < 2 ? only : changes.flat(), error };
}

function judge(guardrail: LoadedGuardrail, subject: Case): Finding | undefined {
  try {
    return guardrail.kind === 'Broken' ? judgeBroken(guardrail, subject) : judgeMatching(guardrail, subject);
  } catch (error) {
    // Only our own errors are worded for strangers: others could quote what they stumbled upon.
    const text = error instanceof EvaluationError ? error.message : 'an internal error occurred';
    return errorFinding(guardrail, subject, 'EvaluationError', `It could not be evaluated: ${text}`);
  }
}

function judgeMatching(guardrail: CompiledGuardrail, subject: Case): Finding | undefined {
  const { review, facts } = subject;
  const { match, scope } = guardrail;
  const detected = guardrail.namesResource(review) ? detect(guardrail, subject) : NOTHING;
  // One row that can't tell must not hide what another has found. What the changes are, though, is then not known.
  if (detected.error !== undefined && (detected.actions.length === 0 || guardrail.hasConditions)) throw detected.error;
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
        told: subject.told(detected.changes),
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
    findingOf(guardrail, review, {
      outcome,
      reason,
      actions,
      told: subject.told(changes),
      explanation,
      targetUid: subject.targetUid,
    });
  if (!match.judgesDerived && subject.isDerived()) {
    return result('Allowed', 'Derived', detected.changes, '');
  }
  if (leaving !== undefined) {
    const what = leaving === 'Namespace' ? 'namespaceSelector' : 'objectSelector';
    const changes = [...(subject.found(labelChange) ?? []), ...detected.changes];
    return result(outcomeOfTrip(scope), 'ScopeEscape', changes, `It would leave the ${what} of the guardrail`);
  }
  if (guardrail.when.needs.namespace) requireNamespace(subject);
  const reasons: string[] = [];
  const context = contextOf(guardrail, subject, detected, reasons);
  const verdict = guardrail.when.trips(context);
  if (verdict === false) return result('Allowed', 'NotTripped', detected.changes, '');
  const outcome = verdict === 'Warn' ? outcomeOfWarning(scope) : outcomeOfTrip(scope);
  const texts = [guardrail.message?.render(context) ?? '', ...reasons.slice(0, MAX_REASONS), subject.cause];
  return result(outcome, 'Tripped', detected.changes, sentences(texts));
}

/** What conditions have to say is for people to read. */
const MAX_REASONS = 3;

/** Some texts, each with a full stop of its own or without, as sentences in a row. */
function sentences(texts: readonly string[]): string {
  return texts
    .filter((text) => text !== '')
    .map((text, index, { length }) => (index < length - 1 && text.endsWith('.') ? text.slice(0, -1) : text))
    .join('. ');
}

const NOTHING: Detected = { actions: [], changes: [], error: undefined };

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

function contextOf(
  guardrail: CompiledGuardrail,
  subject: Case,
  { actions, changes }: Detected,
  reasons: string[],
): EvaluationContext {
  const { review, target, facts } = subject;
  return {
    review,
    target,
    namespace: isNamespace(review) ? (target.new ?? target.old) : objectOf(facts.namespace),
    actions,
    changes,
    scans: facts.scans,
    now: facts.now,
    images: () => subject.found(imageChange, guardrail.podTemplate(review)) ?? [],
    explain: (text) => void reasons.push(text),
  };
}

function judgeBroken(guardrail: BrokenGuardrail, subject: Case): Finding | undefined {
  const { review } = subject;
  if (!guardrail.namesResource(review)) return undefined;
  const { actions, error } = detect(guardrail, subject);
  if (actions.length === 0 && error === undefined) return undefined;
  if (!guardrail.judgesDerived && subject.isDerived()) return undefined;
  return errorFinding(guardrail, subject, 'NotCompiled', `It does not compile: ${formatFieldErrors(guardrail.errors)}`);
}

/** What the review is; where just that can't be told, what it can be. */
function actionsOfError(guardrail: LoadedGuardrail, subject: Case): readonly ActionType[] {
  const { actions } = detect(guardrail, subject);
  return actions.length > 0 ? actions : possibleActions(guardrail, subject);
}

/** What a review can be by its route and resource. */
function possibleActions({ scope }: LoadedGuardrail, { review, info }: Case): ActionType[] {
  const isPossible = (action: Action) =>
    hasRoute(action, review, true) && (info === undefined || canHappenTo(action, review, info, true));
  return actionNames(scope.actions.filter(isPossible));
}

/**
 * What a guardrail makes of a review of which something could not be found out that it needs: an error, answered by its
 * failurePolicy.
 */
export function unknownFinding(
  guardrail: LoadedGuardrail,
  review: Review,
  info: ResourceInfo | undefined,
  why: string,
): Finding {
  const subject = caseOf(review, NO_FACTS, info, '');
  const actions = possibleActions(guardrail, subject);
  return errorFinding(guardrail, subject, 'EvaluationError', `It could not be judged: ${why}`, actions);
}

function errorFinding(
  guardrail: LoadedGuardrail,
  subject: Case,
  reason: Reason,
  explanation: string,
  actions: readonly ActionType[] = actionsOfError(guardrail, subject),
): Finding {
  // Without an action of its own it is asked for the labels alone.
  const [first = 'LabelChange', ...more] = actions;
  return findingOf(guardrail, subject.review, {
    outcome: outcomeOfError(guardrail.scope),
    reason,
    actions: [first, ...more],
    told: subject.told(NOTHING.changes),
    explanation: `${explanation}; failurePolicy is ${guardrail.scope.failurePolicy}`,
    targetUid: subject.targetUid,
  });
}
