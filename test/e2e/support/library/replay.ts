import { isDeepStrictEqual } from 'node:util';
import type { Recorder } from '../../../../scripts/capture/recorder.ts';
import { wholeDecision } from '../../../../src/admission/effects.ts';
import { respond } from '../../../../src/admission/respond.ts';
import type { GuardrailTest } from '../../../../src/api/v1alpha1.ts';
import type { LoadedGuardrail } from '../../../../src/policy/compiled-guardrail.ts';
import { own, ownAt, stringAt } from '../../../../src/policy/json.ts';
import { isNamespace } from '../../../../src/policy/match.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';
import { simulate } from '../../../../src/simulation/simulate.ts';
import { SimulatedCluster } from '../../../../src/simulation/simulated-cluster.ts';
import { reviewOfAdmissionRequest, reviewOfRequest } from '../../../../src/simulation/test-request.ts';
import { type Verdict, verdictOf } from '../../../../src/simulation/verdict.ts';
import type { Manifest, Stored } from '../guarded-cluster.ts';
import { type Answer, type Api, type Call, GoneError, MARK } from './api.ts';
import type { AuditLog } from './audit-log.ts';
import { carryOver } from './carry-over.ts';
import { completed } from './completed.ts';
import { contentOf } from './content.ts';
import { parentOf } from './parent.ts';
import type { Scene } from './scene.ts';
import type { Served } from './served.ts';

/** What tests are replayed with. */
export interface Theatre {
  readonly api: Api;
  readonly served: Served;
  readonly scene: Scene;
  readonly recorder: Recorder;
  readonly auditLog: AuditLog;
  /** All CustomResourceDefinitions that there are. */
  readonly definitions: readonly Manifest[];
}

/** A guardrail as it is applied, and the group of who replays its tests. */
export interface Part {
  readonly loaded: LoadedGuardrail;
  readonly group: string;
}

/** What was made of a request. */
export interface Outcome {
  /** `name=Denied` of each finding, in the order of the alphabet. */
  readonly decisions: readonly string[];
  /** What the person was told of a refusal, without the names of records; "" for none. */
  readonly message: string;
}

/** A request, as the webhook has answered it and as it is simulated. */
export interface Replay {
  readonly real: Outcome;
  readonly simulated: Outcome;
  readonly verdict: Verdict;
}

/** What can't be undone in time is not done: these are judged as dry runs. */
const DRY_RUN = new Set(['namespaces', 'customresourcedefinitions']);
/** A controller may write the object between our reading and our writing. */
const MAX_CONFLICTS = 10;
/** What these act on must be there. */
const WRITES: ReadonlySet<string> = new Set(['UPDATE', 'DELETE']);
/** The garbage collector deletes what has an owner that is not there. */
const MAX_ATTEMPTS = 5;

let sent = 0;

/**
 * Sets the scene of a test, sends its request in the name of its user, and simulates the review that came of it among the
 * objects that are there. Throws if the API server does not let the request come to admission.
 */
export async function replay(test: GuardrailTest, part: Part, theatre: Theatre): Promise<Replay> {
  for (let attempt = 1; ; attempt += 1) {
    const replayed = await replayOnce(test, part, theatre);
    if (replayed !== 'Gone') return replayed;
    if (attempt === MAX_ATTEMPTS) throw new Error('a controller has always deleted the object before the request came');
  }
}

async function replayOnce(test: GuardrailTest, part: Part, theatre: Theatre): Promise<Replay | 'Gone'> {
  try {
    const stage = await setStage(test, theatre);
    const { answer, mark } = await act(test, part, stage, theatre);
    const requests = await recordedRequests(mark, theatre.recorder);
    if (answer.status === 404 && WRITES.has(stage.review.operation)) return 'Gone';
    if (requests.length === 0) {
      throw new Error(`it does not come to admission: ${answer.status} ${answer.body.message}`);
    }
    const annotations = await theatre.auditLog.annotations(answer.auditId);
    const real = { decisions: decisionsIn(annotations), message: denialIn(answer) };
    const answers = await Promise.all(
      worldsOf(stage).map(async (world) => {
        const all = requests.map((request) => simulated(request, test, part, world, theatre));
        return asAnswered(test, await Promise.all(all));
      }),
    );
    const [whole] = answers;
    if (whole === undefined) throw new Error('nothing was simulated');
    return { real, ...(answers.find((one) => isDeepStrictEqual(one.simulated, real)) ?? whole) };
  } catch (error) {
    if (error instanceof GoneError) return 'Gone';
    throw error;
  } finally {
    await theatre.scene.clear();
  }
}

/**
 * What is there; of a namespace that is emptied, also each thing in it alone, since it is the one that is read first which is
 * named.
 */
function worldsOf(stage: Stage): readonly Stage[] {
  const { isEmptied, existing } = stage;
  return [stage, ...(isEmptied ? existing.map((one) => ({ ...stage, existing: [one] })) : [])];
}

/**
 * What the API server makes of several reviews of one request. Its audit log keeps what was noted first, and the answer is that
 * to the last. A write is judged again when the first look at the object was out of date, so that the last counts; a Pod is
 * judged as it begins to end, and again as it goes, so that the first counts.
 */
function asAnswered(test: GuardrailTest, simulations: readonly Simulated[]): Simulated {
  const [first] = simulations;
  const last = simulations.at(-1);
  if (first === undefined || last === undefined) throw new Error('nothing was simulated');
  const { verdict } = test.request.operation === 'DELETE' ? first : last;
  return { simulated: { decisions: first.simulated.decisions, message: last.simulated.message }, verdict };
}

type Simulated = Pick<Replay, 'simulated' | 'verdict'>;

/** What is there. */
interface Stage {
  readonly review: Review;
  readonly existing: readonly Manifest[];
  readonly isEmptied: boolean;
  /** The object that the request acts on, as stored, and what the test makes of it; undefined for one that is created. */
  readonly acted: { readonly stored: Stored; readonly given: Manifest } | undefined;
}

async function setStage(test: GuardrailTest, { api, scene, served }: Theatre): Promise<Stage> {
  const given = (test.existing ?? []) as readonly Manifest[];
  const review = reviewOfRequest(test.request, test.target as KubeObject | undefined, served.resources);
  const isOwn = (object: Manifest) => isNamed(object, 'Namespace', review.namespace);
  if (review.namespace !== '' && !isNamespace(review)) {
    const own = given.find(isOwn);
    await scene.namespace(review.namespace, metadataOf(own ?? {}, test.namespaceLabels));
  }
  let acted: Stage['acted'];
  if (isNamespace(review)) {
    const old = (test.request.oldObject ?? { metadata: {} }) as Manifest;
    acted = { given: old, stored: await scene.namespace(review.name, metadataOf(old, test.namespaceLabels)) };
  } else {
    const parent = parentOf(test, review, served);
    if (parent !== undefined) acted = { given: completed(parent), stored: await scene.put(parent) };
  }
  const existing: Manifest[] = [];
  for (const object of given) {
    if (object.kind === 'CustomResourceDefinition') continue;
    const isNamespaceObject = object.kind === 'Namespace' && object.apiVersion === 'v1';
    const name = stringAt(object, 'metadata', 'name') ?? '';
    existing.push(isNamespaceObject ? await scene.namespace(name, metadataOf(object)) : await scene.put(object));
  }
  // What is in a namespace that goes is all that is there.
  const isEmptied = isNamespace(review) && review.operation === 'DELETE';
  const there = isEmptied ? await contentOf(review.name, served, api) : existing;
  return { review, acted, existing: there, isEmptied };
}

const isNamed = (object: Manifest, kind: string, name: string): boolean =>
  object.kind === kind && stringAt(object, 'metadata', 'name') === name;

/** What a test says of a namespace. */
const metadataOf = (namespace: Manifest, labels: Manifest = {}): Manifest => {
  const { annotations, finalizers, labels: own = labels } = (namespace.metadata ?? {}) as Manifest;
  return {
    labels: own,
    ...(annotations !== undefined && { annotations }),
    ...(finalizers !== undefined && { finalizers }),
  };
};

/** Sends the request, again if somebody else was faster in writing the object. */
async function act(test: GuardrailTest, part: Part, stage: Stage, { api, served, scene }: Theatre) {
  const { request } = test;
  const { username, groups = [], uid } = request.userInfo ?? { username: 'test-user' };
  const as = { username, groups: [...groups, part.group], ...(uid !== undefined && { uid }) };
  const { review } = stage;
  for (let attempt = 1; ; attempt += 1) {
    sent += 1;
    const mark = String(sent);
    const call = await callOf(test, stage, served, api);
    if (review.operation === 'CREATE') await scene.need(call.body as Manifest);
    const query = [...(call.query ?? []), ...(DRY_RUN.has(review.resource) ? [['dryRun', 'All'] as const] : [])];
    const answer = await api.send({ ...call, query, as, mark });
    const isCreated = answer.status === 201 && review.operation === 'CREATE' && review.subresource === '';
    if (isCreated && !DRY_RUN.has(review.resource)) scene.willClear(`${call.path}/${answer.body.metadata.name}`);
    if (answer.body.reason !== 'Conflict' || review.operation !== 'UPDATE' || attempt === MAX_CONFLICTS) {
      return { answer, mark };
    }
  }
}

async function callOf(test: GuardrailTest, { review, acted }: Stage, served: Served, api: Api): Promise<Call> {
  const info = served.info(review);
  const collection = served.path(info, review.version, review.namespace);
  const name = test.request.name ?? review.name;
  const path = [collection, name, review.subresource].filter((one) => one !== '').join('/');
  const manager = stringAt(review.options, 'fieldManager');
  const query = manager === undefined ? [] : [['fieldManager', manager] as const];
  const object = (test.request.object ?? {}) as Manifest;
  switch (review.operation) {
    case 'CREATE':
      return review.subresource === ''
        ? { method: 'POST', path: collection, query, body: completed(object) }
        : { method: 'POST', path, query, body: completed(object) };
    case 'UPDATE': {
      const readFrom =
        review.subresource === 'scale' ? path : served.path(info, review.version, review.namespace, name);
      const now = await api.must({ method: 'GET', path: readFrom });
      const old = completed((test.request.oldObject ?? {}) as Manifest);
      return { method: 'PUT', path, query, body: carryOver(now, old, completed(object)) };
    }
    case 'DELETE': {
      const body = review.options;
      if (name !== '') return { method: 'DELETE', path, body };
      const selector = `metadata.name=${stringAt(acted?.stored, 'metadata', 'name')}`;
      return { method: 'DELETE', path: collection, query: [['fieldSelector', selector]], body };
    }
    case 'CONNECT':
      return review.subresource === 'proxy'
        ? { method: 'GET', path: `${path}/${stringAt(object, 'path')?.replace(/^\//, '') ?? ''}` }
        : { method: 'POST', path, query: queryOf(object) };
  }
}

/** The options of exec, attach and port-forward come as a query. */
function queryOf(options: Manifest): readonly (readonly [string, string])[] {
  return Object.entries(options)
    .filter(([key]) => key !== 'kind' && key !== 'apiVersion')
    .flatMap(([key, value]) => [value].flat().map((one): readonly [string, string] => [key, String(one)]));
}

/** All webhooks have answered when the request is answered: what is not recorded then, did not come. */
async function recordedRequests(mark: string, recorder: Recorder): Promise<readonly KubeObject[]> {
  const ours = new Map<string, KubeObject>();
  await recorder.first((request) => {
    if (isDeepStrictEqual(ownAt(request.userInfo, ['extra', MARK]), [mark])) ours.set(request.uid, { ...request });
    return false;
  }, 0);
  recorder.clear();
  return [...ours.values()];
}

const DECISIONS = /\.validate\.guardrails\.dev\/decisions$/;

function decisionsIn(annotations: Readonly<Record<string, string>>): string[] {
  return Object.entries(annotations)
    .filter(([key]) => DECISIONS.test(key))
    .flatMap(([, value]) => value.split(','))
    .sort();
}

const DENIAL = /^admission webhook "[^"]+\.validate\.guardrails\.dev" denied the request: (.*)$/s;
const RECORD = / \[record [^\]]+\]/g;

/** What the webhook has told; what the API server itself says to what nobody can do is none of that. */
function denialIn({ body }: Answer): string {
  const [, message = ''] = DENIAL.exec(String(body.message)) ?? [];
  return message.replace(RECORD, '');
}

async function simulated(
  request: KubeObject,
  test: GuardrailTest,
  { loaded }: Part,
  { acted, existing }: Stage,
  { definitions }: Theatre,
): Promise<Simulated> {
  const isOfSubresource = own(request, 'subResource') !== undefined;
  const target = isOfSubresource ? (acted?.stored as KubeObject | undefined) : undefined;
  const cluster = new SimulatedCluster({
    target,
    namespaceLabels: test.namespaceLabels,
    existing: [...existing, ...definitions],
  });
  const judged = await simulate([loaded], reviewOfAdmissionRequest(request), cluster, new Date());
  const decision = wholeDecision(judged);
  const { findings } = decision;
  return {
    simulated: {
      decisions: findings.map(({ guardrail, outcome }) => `${guardrail.name}=${outcome}`).sort(),
      message: inWordsOfCluster(respond('', decision, []).status?.message ?? ''),
    },
    verdict: verdictOf(findings),
  };
}

/** Where there are no reports, the simulation says that none were given, a cluster that none are served. */
const inWordsOfCluster = (message: string): string =>
  message.replace('no VulnerabilityReports are given', 'VulnerabilityReports are not served here');
