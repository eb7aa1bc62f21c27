import { setImmediate } from 'node:timers/promises';
import { decodeReview } from '../../src/admission/decode.ts';
import type { Guardrail, WhenEntry } from '../../src/api/v1alpha1.ts';
import { compileErrorText, compileGuardrail } from '../../src/policy/compile.ts';
import type { Decision } from '../../src/policy/decision.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import { type Facts, NO_FACTS } from '../../src/policy/facts.ts';
import { PolicyIndex } from '../../src/policy/policy-index.ts';
import { requirementsOf } from '../../src/policy/requirements.ts';
import { type ResourceInfo, resourceKey } from '../../src/policy/resource-map.ts';
import type { Review } from '../../src/policy/review.ts';
import { CONDITIONS, type ConditionCase, NOTHING, SCANS } from './conditions.ts';
import { guardrailsOf } from './guardrail-set.ts';
import { orderOf } from './order.ts';
import { Samples } from './samples.ts';
import type { Stage } from './stage.ts';
import { THOUSAND } from './variants.ts';

/** A time of the engine. */
export interface EngineRow {
  readonly name: string;
  readonly microseconds: number;
}

/** What the engine takes by itself, in this process. */
export interface EngineFigures {
  readonly decode: EngineRow;
  readonly evaluations: readonly EngineRow[];
  /** What each condition adds to an evaluation. */
  readonly conditions: readonly EngineRow[];
}

/** The evaluation that has a target. */
export const TEN_OF_THOUSAND = 'evaluate, 10 of 1,000 match';

const DEPLOYMENTS: ResourceInfo = {
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  kind: 'Deployment',
  namespaced: true,
  subresources: new Set(['status', 'scale']),
};
const RESOURCES = new Map([[resourceKey(DEPLOYMENTS), DEPLOYMENTS]]);

/** How long each subject runs in each round, before which it has run for as long to be compiled. */
const RUN_MS = 150;
/** So long is run between two looks at the clock. */
const BATCH_MS = 3;

type Run = () => unknown;

/** Measures the engine on the review of the release. */
export async function measureEngine({ review: body, progress, signal }: Stage, rounds: number): Promise<EngineFigures> {
  const review = decodeReview(body);
  const floorName = (action: string): string => `floor ${action}`;
  const evaluations: Readonly<Record<string, Run>> = {
    'evaluate, 1 of 1 matches': evaluation(guardrailsOf('one', { matching: 1 }, undefined), review),
    [TEN_OF_THOUSAND]: evaluation(guardrailsOf('ten', THOUSAND, undefined), review),
    'evaluate, 1,000 of 1,000 match': evaluation(guardrailsOf('all', { matching: 1_000 }, undefined), review),
  };
  const actions = new Set(CONDITIONS.map(actionOf));
  const subjects = new Map<string, Run>([
    ['decode', () => decodeReview(body)],
    ...Object.entries(evaluations),
    ...CONDITIONS.map((one): [string, Run] => [one.name, conditionRun(one.entry, actionOf(one), review)]),
    ...[...actions].map((action): [string, Run] => [floorName(action), conditionRun(NOTHING, action, review)]),
  ]);
  const samples = new Samples<'microseconds'>();
  for (let round = -1; round < rounds; round += 1) {
    progress.update(round < 0 ? 'engine: warming up' : `engine: round ${round + 1} of ${rounds}`);
    for (const [name, run] of orderOf([...subjects], Math.max(0, round))) {
      // So that a Ctrl-C is seen.
      await setImmediate(undefined, { signal });
      const microseconds = time(run);
      if (round >= 0) samples.add(name, { microseconds });
    }
  }
  const row = (name: string): EngineRow => ({ name, microseconds: samples.figure(name, 'microseconds').median });
  return {
    decode: row('decode'),
    evaluations: Object.keys(evaluations).map(row),
    conditions: CONDITIONS.map((one) => {
      const floor = row(floorName(actionOf(one))).microseconds;
      return { name: one.name, microseconds: Math.max(0, row(one.name).microseconds - floor) };
    }),
  };
}

const actionOf = ({ action = 'ScaleDown' }: ConditionCase) => action;

function conditionRun(entry: WhenEntry, action: ReturnType<typeof actionOf>, review: Review): Run {
  const guardrail: Guardrail = {
    apiVersion: 'guardrails.dev/v1alpha1',
    kind: 'Guardrail',
    metadata: { name: 'condition' },
    spec: {
      enforcement: 'Deny',
      failurePolicy: 'Fail',
      match: { actions: [action], resources: [{ apiGroups: ['apps'], resources: ['deployments'] }] },
      when: [entry],
    },
  };
  return evaluation([guardrail], review);
}

/** What the admission handler does between decoding and recording. */
function evaluation(guardrails: readonly Guardrail[], review: Review): () => Decision {
  const loaded = guardrails.map(compileGuardrail);
  const error = loaded.map(compileErrorText).find((text) => text !== undefined);
  if (error !== undefined) throw new Error(`a guardrail of the benchmark does not compile: ${error}`);
  const index = new PolicyIndex(loaded, RESOURCES);
  const [group] = index.groups;
  const facts: Facts = { ...NO_FACTS, scans: SCANS, now: new Date() };
  const run = (): Decision => {
    const candidates = index.matching(review, group?.id ?? '', facts.now);
    const needs = requirementsOf(candidates, review);
    if (needs.parent || needs.namespace) throw new Error('a guardrail of the benchmark needs a look-up');
    return evaluate(candidates, review, facts, index.info(review));
  };
  checkDecision(run());
  return run;
}

/** A finding that trips, or none at all, would be another time than the one that is meant. */
function checkDecision({ findings }: Decision): void {
  const other = findings.find(({ reason }) => reason !== 'NotTripped');
  if (other !== undefined) throw new Error(`a guardrail of the benchmark trips: ${other.message}`);
  if (findings.length === 0) throw new Error('a guardrail of the benchmark does not match');
}

/** Microseconds of one run, on average over batches, of which the one in the middle counts: the collector spoils some. */
function time(run: Run): number {
  const once = batch(run, 1);
  const size = Math.max(1, Math.round((BATCH_MS * 1_000) / Math.max(once, 0.2)));
  const times: number[] = [];
  for (let left = RUN_MS; left > 0; ) {
    const microseconds = batch(run, size);
    times.push(microseconds);
    left -= (microseconds * size) / 1_000;
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

function batch(run: Run, size: number): number {
  const started = performance.now();
  for (let count = 0; count < size; count += 1) run();
  return ((performance.now() - started) * 1_000) / size;
}
