import { setImmediate } from 'node:timers/promises';
import { isInEffectAt, matchesStatically } from '../policy/candidate.ts';
import type { LoadedGuardrail } from '../policy/compiled-guardrail.ts';
import { type Decision, decide, type Finding } from '../policy/decision.ts';
import {
  causeOf,
  contentView,
  type Effect,
  effectOf,
  protectors,
  readsMetadataAlone,
  readVersion,
  scaleView,
} from '../policy/effects.ts';
import { unknownFinding } from '../policy/error-finding.ts';
import { evaluate } from '../policy/evaluate.ts';
import type { Fact, Facts } from '../policy/facts.ts';
import { isNamespace } from '../policy/match.ts';
import type { ResourceInfo } from '../policy/resource-map.ts';
import type { KubeObject, Review } from '../policy/review.ts';
import { lookUp } from './facts.ts';
import type { Judge, Judged, Situation } from './judge.ts';
import type { Deadline } from './timeout.ts';

/** A page of whole objects can be large, one of their metadata can't. */
const PAGE = { whole: 50, metadata: 500 } as const;
/** What goes with a namespace is looked through up to here: who holds more must not keep all others waiting. */
const MAX_PAGES = 10;
/** So many objects are judged before other requests have a turn. */
const ITEMS_IN_A_ROW = 5;
/** So many collections are read at a time. */
const CONCURRENCY = 8;

/** Judges what a request does to other objects than its own. Nothing is read unless a guardrail may protect one of them. */
export async function judgeEffects(review: Review, situation: Situation, judge: Judge): Promise<Judged[]> {
  const effect = effectOf(review, situation.snapshot.index.resources);
  if (effect === undefined) return [];
  return effect.kind === 'Scale'
    ? await judgeScale(review, effect, situation, judge)
    : await judgeContent(review, effect, situation);
}

async function judgeScale(
  review: Review,
  effect: Extract<Effect, { kind: 'Scale' }>,
  { snapshot, circumstances, groupId, lookup, deadline }: Situation,
  judge: Judge,
): Promise<Judged[]> {
  const { index } = snapshot;
  const unread = scaleView(review, effect, undefined);
  if (unread === undefined) return [];
  const guardrails = index.matching(unread, groupId, circumstances.now);
  if (guardrails.length === 0) return [];
  const { group, version, resource, namespace, name } = unread;
  const parent = await lookUp(lookup, { group, version, resource, namespace, name }, deadline);
  // What is not there yet is not scaled.
  if (parent.kind === 'Missing') return [];
  if (parent.kind !== 'Found') {
    const why = parent.kind === 'Failed' ? parent.error : 'the object is not known';
    const findings = guardrails.map((one) => unknownFinding(one, unread, effect.scaled, why));
    return [{ review: unread, decision: decide(findings) }];
  }
  const view = scaleView(review, effect, parent.object);
  return view === undefined ? [] : [await judge(view, parent, causeOf(review, effect))];
}

/** Objects of one resource, and the guardrails that may protect some of them. */
interface Search {
  readonly info: ResourceInfo;
  readonly guardrails: readonly LoadedGuardrail[];
}

async function judgeContent(
  review: Review,
  effect: Extract<Effect, { kind: 'Content' }>,
  situation: Situation,
): Promise<Judged[]> {
  const { snapshot, circumstances, groupId } = situation;
  const inEffect = (guardrail: LoadedGuardrail) => isInEffectAt(guardrail, circumstances.now);
  const searches = effect.resources
    .map((info): Search => ({ info, guardrails: protectors(snapshot.index, info, groupId, review).filter(inEffect) }))
    .filter(({ guardrails }) => guardrails.length > 0);
  if (effect.isUnserved) {
    return searches.map(({ info, guardrails }) => unread(guardrails, review, info, 'no version of it is served'));
  }
  const judged: Judged[] = [];
  // One object is enough for a guardrail to refuse the whole.
  const done = new Set<LoadedGuardrail>();
  const queue = searches.values();
  const work = async () => {
    for (const search of queue) judged.push(...(await searchIn(search, review, effect, situation, done)));
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, searches.length) }, work));
  return judged;
}

/** Looks through one collection until every guardrail has found what it protects. */
async function searchIn(
  { info, guardrails }: Search,
  review: Review,
  effect: Extract<Effect, { kind: 'Content' }>,
  situation: Situation,
  done: Set<LoadedGuardrail>,
): Promise<Judged[]> {
  const { lookup, deadline } = situation;
  const judged: Judged[] = [];
  const open = () => guardrails.filter((guardrail) => !done.has(guardrail));
  const metadataOnly = guardrails.every(readsMetadataAlone);
  const collection = {
    group: info.group,
    version: readVersion(info),
    resource: info.resource,
    namespace: effect.namespace,
  };
  let token = '';
  try {
    for (let page = 0; page < MAX_PAGES && open().length > 0; page++) {
      const limit = metadataOnly ? PAGE.metadata : PAGE.whole;
      const found = await lookup.list(collection, { limit, continue: token, metadataOnly }, deadline.signal);
      // What goes with a definition may be kept in a version that is not served. In a namespace such objects stay.
      if (found === undefined && !isNamespace(review)) throw new Error('it is not served');
      if (found === undefined) return judged;
      const { items, continue: next } = found;
      for (const [index, item] of items.entries()) {
        if (index % ITEMS_IN_A_ROW === 0) await breathe(deadline);
        judged.push(...(await judgeItem(item, info, open(), review, effect, situation, done)));
      }
      if (next === '') return judged;
      token = next;
    }
    if (open().length === 0) return judged;
    throw new Error('there are more of them than can be looked through');
  } catch (error) {
    const why = deadline.signal.aborted ? 'the time of the request ran out' : messageOf(error);
    const unknown = unread(open(), review, info, why);
    // Who refuses the whole for this need not look at the rest.
    for (const guardrail of open()) if (guardrail.scope.failurePolicy === 'Fail') done.add(guardrail);
    return [...judged, unknown];
  }
}

/** Lets other requests have their turn. Throws if the time of this one is over. */
async function breathe({ signal }: Deadline): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown error');

const UNJUDGED: ReadonlySet<Finding['reason']> = new Set(['EvaluationError', 'NotCompiled']);

/** What could not be looked through may hold anything: failurePolicy answers. */
function unread(guardrails: readonly LoadedGuardrail[], review: Review, info: ResourceInfo, why: string): Judged {
  const view = contentView(review, info, { metadata: { namespace: info.namespaced ? review.namespace : '' } });
  const name = info.group === '' ? info.resource : `${info.resource}.${info.group}`;
  const text = `the ${name} that would go with it could not be listed: ${why}`;
  return { review: view, decision: decide(guardrails.map((guardrail) => unknownFinding(guardrail, view, info, text))) };
}

async function judgeItem(
  item: KubeObject,
  info: ResourceInfo,
  guardrails: readonly LoadedGuardrail[],
  review: Review,
  effect: Effect,
  situation: Situation,
  done: Set<LoadedGuardrail>,
): Promise<Judged[]> {
  const view = contentView(review, info, item);
  const namespace = await namespaceOf(view, review, situation);
  const facts: Facts = { ...situation.circumstances, parent: { kind: 'NotAsked' }, namespace };
  const candidates = guardrails.filter((guardrail) => matchesStatically(guardrail, view));
  const decision = evaluate(candidates, view, facts, info, causeOf(review, effect));
  // What passes because nobody could judge it is told as well.
  const findings = decision.findings.filter(({ outcome, reason }) => outcome !== 'Allowed' || UNJUDGED.has(reason));
  if (findings.length === 0) return [];
  for (const guardrail of guardrails) {
    if (findings.some((finding) => finding.guardrail === guardrail.scope.identity)) done.add(guardrail);
  }
  return [{ review: view, decision: decide(findings) }];
}

async function namespaceOf(view: Review, review: Review, { snapshot, lookup, deadline }: Situation): Promise<Fact> {
  if (isNamespace(review) && review.oldObject !== undefined) return { kind: 'Found', object: review.oldObject };
  if (view.namespace === '') return { kind: 'NotAsked' };
  const cached = snapshot.namespaces.get(view.namespace);
  if (cached !== undefined) return { kind: 'Found', object: cached };
  return await lookUp(
    lookup,
    { group: '', version: 'v1', resource: 'namespaces', namespace: '', name: view.namespace },
    deadline,
  );
}

/** All findings of a request and of what it does to others, as one decision. */
export function wholeDecision(judged: readonly Judged[]): Decision {
  return decide(judged.flatMap(({ decision }): readonly Finding[] => decision.findings));
}
