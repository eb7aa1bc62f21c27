import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GuardrailSpec, WhenEntry } from '../../../src/api/v1alpha1.ts';
import { BY_SPECIFICITY } from '../../../src/policy/actions/catalogue.ts';
import type { LoadedGuardrail } from '../../../src/policy/compiled-guardrail.ts';
import type { Decision } from '../../../src/policy/decision.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { type Facts, NO_FACTS } from '../../../src/policy/facts.ts';
import { resourceKey } from '../../../src/policy/resource-map.ts';
import type { KubeObject, Review } from '../../../src/policy/review.ts';
import { DecisionLog } from '../../../src/violations/decision-log.ts';
import { RecordMaker } from '../../../src/violations/record.ts';
import { anyReview, mutatedReview } from './support/arbitrary.ts';
import { compiled, EVERYTHING, resources } from './support/judge.ts';
import { captured, captures } from './support/reviews.ts';

const TIMEOUT_MS = 120_000;
/** What no message, record or log may hold. Both objects have one of their own, so that it changes. */
const SECRETS = { before: 'hunter2-5ecret-old', after: 'hunter2-5ecret-new', beside: 'hunter2-5ecret-beside' };
const HIDDEN = 'hunter2-5ecret';
const PIN = 20_252_026;

type Json = unknown;

/** Keys under which every text is secret, wherever they stand. */
const SECRET_KEYS: ReadonlySet<string> = new Set([
  'data',
  'stringData',
  'binaryData',
  'annotations',
  'env',
  'args',
  'token',
]);

/** Puts a secret into an object, at every place where people keep some. */
function seeded(object: KubeObject, secret: string, isFree: boolean): KubeObject {
  const known = replaced(object, secret, false) as Record<string, Json>;
  const metadata = {
    ...(known.metadata as object),
    annotations: { ...annotationsOf(known), 'example.com/note': secret },
  };
  return {
    ...known,
    metadata,
    data: { ...(known.data as object), seeded: secret, pin: PIN },
    stringData: { seeded: secret },
    binaryData: { seeded: Buffer.from(secret).toString('base64') },
    status: { ...(known.status as object), token: secret },
    // Of a command that is run, the program is told, and nothing after it.
    ...(Array.isArray(known.command) && { command: ['sh', '-c', secret] }),
    ...(isFree && {
      spec: { ...(known.spec as object), password: secret, list: [{ deep: [secret] }], [`${secret.length}`]: secret },
    }),
  };
}

const annotationsOf = (object: KubeObject): object =>
  ((object.metadata ?? {}) as { readonly annotations?: object }).annotations ?? {};

/** Every text below a secret key, and the environment, arguments and commands of every container. */
function replaced(value: Json, secret: string, isSecret: boolean): Json {
  if (typeof value === 'string') return isSecret ? `${secret} ${value}` : value;
  if (Array.isArray(value)) return value.map((item) => replaced(item, secret, isSecret));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => {
    // A label may well be called `env`.
    if (key === 'labels') return [key, inner] as const;
    const isName = key === 'name' || key === 'image';
    return [key, replaced(inner, secret, !isName && (isSecret || SECRET_KEYS.has(key)))] as const;
  });
  const object = Object.fromEntries(entries);
  return typeof object.image !== 'string'
    ? object
    : {
        ...object,
        env: [{ name: 'PASSWORD', value: secret }],
        args: ['--password', secret],
        command: ['sh', '-c', secret],
        livenessProbe: {
          exec: { command: [secret] },
          httpGet: { httpHeaders: [{ name: 'Authorization', value: secret }] },
        },
      };
}

const seed = (of: Review, changes: boolean, isFree = of.group === 'example.com'): Review => ({
  ...of,
  ...(of.object && { object: seeded(of.object, SECRETS.after, isFree) }),
  ...(of.oldObject && { oldObject: seeded(of.oldObject, changes ? SECRETS.before : SECRETS.after, isFree) }),
});

const beside = (kind: string): KubeObject =>
  seeded(
    {
      kind,
      metadata: { name: 'beside', labels: { env: 'production', app: 'web' } },
      spec: {
        replicas: 4,
        template: { spec: { containers: [{ name: 'web', image: 'web' }] } },
        containers: [{ name: 'web', image: 'web' }],
      },
    },
    SECRETS.beside,
    true,
  );

const FACTS: Facts = {
  ...NO_FACTS,
  parent: { kind: 'Found', object: beside('Deployment') },
  namespace: { kind: 'Found', object: beside('Namespace') },
};

/** Every kind of condition, so that it trips on the secret, does not, or can't be told. */
const CONDITIONS: readonly (WhenEntry | undefined)[] = [
  undefined,
  { change: { type: 'Any' } },
  { change: { type: 'Any', path: '$.data.*' } },
  { change: { type: 'Increased', path: '$.metadata.annotations.*' } },
  { field: { path: '$.data.*', operator: 'NotMatches', values: ['x+'] } },
  { field: { path: '$..seeded', operator: 'Glob', values: ['hunter*'] } },
  { field: { path: '$.stringData.seeded', operator: 'NotEquals', values: ['x'], in: 'Object' } },
  { field: { path: '$.metadata.annotations[*]', operator: 'Exists', in: 'Namespace' } },
  { field: { path: '$.command[*]', operator: 'Exists', in: 'Object' } },
  { field: { path: '$.data.pin', operator: 'GreaterThan', values: [1] } },
  { changesOutside: ['$.x'] },
  { changesOutside: ['$.metadata.annotations', '$.data.pin'] },
  { images: { notFrom: ['nowhere/*'], tags: ['*'], withoutDigest: true } },
  { violatesSchema: { properties: { data: { additionalProperties: { enum: ['x'] } } } } },
  {
    violatesSchema: {
      properties: { metadata: { properties: { annotations: { additionalProperties: { pattern: '^x$' } } } } },
    },
  },
  { violatesSchema: { not: { required: ['stringData'] } } },
  { cel: 'has(target.data) && target.data.seeded != "x"' },
  { cel: 'int(target.data.seeded) > 1' },
  { cel: 'target.data.seeded + 1 > 2' },
  { cel: 'quantity(target.metadata.annotations["example.com/note"]).isGreaterThan(quantity("1"))' },
  { cel: 'object.data[object.data.seeded] == "x"' },
  { cel: 'timestamp(oldObject.stringData.seeded) > timestamp("2024-01-01T00:00:00Z")' },
  { cel: 'target.spec.containers.all(c, c.env[0].value.matches("^x"))' },
  { anyOf: [{ changesOutside: ['$.x'] }, { violatesSchema: { properties: { data: false } } }] },
];

/** Every variable of a message, as far into it as a template may go. */
const MESSAGES: readonly string[] = [
  '{{ $.object.metadata.name }} {{ $.object.metadata.labels.* }} {{ $.object.kind }}',
  '{{ $.oldObject.spec.template.spec.containers[*].image }} {{ $.oldObject.spec.replicas }}',
  '{{ $.target.metadata.labels.app }} {{ $.target.spec.containers[*].image }} {{ $.target.status.phase }}',
  '{{ $.options.fieldManager }} {{ $.options.* }}',
  '{{ $.namespace.metadata.labels.env }} {{ $.namespace.metadata.name }}',
  '{{ $.request.userInfo.username }} {{ $.request.* }}',
  '{{ $.action.type }} {{ $.action.types }}',
].filter((message) => isAccepted(message));

function isAccepted(message: string): boolean {
  try {
    load({ message });
    return true;
  } catch {
    return false;
  }
}

function load(spec: Partial<GuardrailSpec>, name = 'g'): LoadedGuardrail {
  const actions = BY_SPECIFICITY.map((action) => action.name);
  return compiled({ actions, resources: EVERYTHING, includeStatus: true, derived: 'Include' }, spec, name);
}

/** One of each word, so that each row's changes are told, and one of each condition. */
const GUARDS: readonly LoadedGuardrail[] = [
  ...BY_SPECIFICITY.map(({ name }) =>
    compiled({ actions: [name], resources: EVERYTHING, includeStatus: true, derived: 'Include' }, {}, `word-${name}`),
  ),
  ...CONDITIONS.map((when, index) =>
    load(
      { message: MESSAGES[index % MESSAGES.length] ?? '', ...(when && { when: [when] }), audit: { allowed: 'Log' } },
      `condition-${index}`,
    ),
  ),
  ...MESSAGES.map((message, index) => load({ message }, `message-${index}`)),
];

/** All that leaves the operator of a decision. */
function told(of: Review, decision: Decision): string {
  const maker = new RecordMaker(of);
  const mark = { operatorInstance: 'run', sequence: 1, time: new Date(0) };
  const lines: unknown[] = [];
  const log = { infoAll: (message: string, all: readonly unknown[]) => void lines.push(message, ...all) };
  const sink = { offer: () => decision.findings.map(() => 'record') };
  new DecisionLog(sink, log as never).offer(of, decision, new Date(0));
  return JSON.stringify([
    decision,
    decision.findings.map((finding) => [maker.key(finding), maker.spec(finding, mark)]),
    lines,
  ]);
}

/** How often each guardrail had something to say, by reason. */
const spoken = new Map<string, number>();

function check(of: Review): void {
  const decision = evaluate(GUARDS, of, FACTS, resources.get(resourceKey(of)));
  for (const { guardrail, reason } of decision.findings) {
    for (const key of [guardrail.name, reason]) spoken.set(key, (spoken.get(key) ?? 0) + 1);
  }
  const text = told(of, decision);
  if (!text.includes(HIDDEN) && !text.includes(String(PIN)) && !text.includes(ENCODED)) return;
  const leaking = decision.findings.find((finding) => /hunter2-5ecret|20252026/.test(JSON.stringify(finding)));
  throw new Error(`of ${of.operation} of ${of.resource}: ${leaking === undefined ? text : JSON.stringify(leaking)}`);
}

/** What base64 makes of all of the secrets. */
const ENCODED = Buffer.from(HIDDEN).toString('base64').slice(0, 16);

describe('a secret value is in no message, record or log', () => {
  test.each(captures)('of %s, full of them', (name) => {
    for (const changes of [true, false]) check(seed(captured(name), changes));
  });

  test(
    'of captured reviews that are full of them, with something else in them',
    () => {
      fc.assert(
        fc.property(mutatedReview, fc.boolean(), (of, changes) => check(seed(of, changes))),
        { numRuns: 800 },
      );
    },
    TIMEOUT_MS,
  );

  test(
    'of any JSON that is full of them',
    () => {
      fc.assert(
        fc.property(anyReview, fc.boolean(), (of, changes) => check(seed(of, changes))),
        { numRuns: 1000 },
      );
    },
    TIMEOUT_MS,
  );

  test('and every template that may read further is refused', () => {
    expect(MESSAGES.length).toBeGreaterThanOrEqual(6);
    for (const name of ['object', 'oldObject', 'target', 'namespace']) {
      for (const path of [
        'data.a',
        '*',
        'metadata.annotations.a',
        'spec.containers[*].env',
        '.value',
        'metadata[*][*]',
        'command[0]',
        'status.token',
      ]) {
        expect(isAccepted(`{{ $.${name}.${path} }}`), `${name} ${path}`).toBe(false);
      }
    }
  });

  // It stands last: the tests before it fill `spoken`.
  test('though every word, condition and message had something to tell', () => {
    const silent = GUARDS.map(({ scope }) => scope.identity.name).filter((name) => !spoken.has(name));
    expect(silent).toEqual([]);
    for (const reason of ['Tripped', 'NotTripped', 'EvaluationError']) {
      expect(spoken.get(reason) ?? 0, reason).toBeGreaterThan(500);
    }
  });
});
