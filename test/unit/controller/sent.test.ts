import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ActionType, GuardrailMatch, ResourceRule } from '../../../src/api/v1alpha1.ts';
import { type MatchCondition, matchConditions } from '../../../src/controller/match-conditions.ts';
import { type WebhookRule, webhookRules } from '../../../src/controller/webhook-rules.ts';
import type { Action } from '../../../src/policy/actions/action.ts';
import { BY_SPECIFICITY } from '../../../src/policy/actions/catalogue.ts';
import { hasRoute } from '../../../src/policy/candidate.ts';
import { groupGuardrails } from '../../../src/policy/guardrail-group.ts';
import { type ResourceInfo, resourceKey } from '../../../src/policy/resource-map.ts';
import type { KubeObject, Review } from '../../../src/policy/review.ts';
import { targetOf } from '../../../src/policy/target.ts';
import { anyReview } from '../policy/support/arbitrary.ts';
import { resources as served } from '../policy/support/judge.ts';
import { alice, captured, captures, review } from '../policy/support/reviews.ts';
import { loaded, RESOURCES } from './support/guardrails.ts';
import { holds } from './support/match-conditions.ts';

const info = (group: string, resource: string, subresources: string[], namespaced = true): ResourceInfo => ({
  group,
  resource,
  version: 'v1',
  kind: resource,
  namespaced,
  subresources: new Set(subresources),
});

const cluster = new Map([
  ...served,
  ...RESOURCES,
  ...[
    info('', 'persistentvolumeclaims', ['status']),
    info('policy', 'poddisruptionbudgets', ['status']),
    info('certificates.k8s.io', 'certificatesigningrequests', ['status', 'approval'], false),
  ].map((one) => [resourceKey(one), one] as const),
]);

// Whatever was captured is served.
for (const { group, resource, subresource, namespace } of captures.map(captured)) {
  const known = cluster.get(resourceKey({ group, resource })) ?? info(group, resource, [], namespace !== '');
  const subresources = subresource === '' ? known.subresources : new Set([...known.subresources, subresource]);
  cluster.set(resourceKey({ group, resource }), { ...known, subresources });
}

const OPERATOR = 'system:serviceaccount:guardrails:operator';

/** What is dropped though an action sees it, and the actions that have to put up with it. */
const NEVER_SENT: Readonly<Record<string, { of: (review: Review) => boolean; actions: readonly ActionType[] }>> = {
  'not-heartbeats': {
    of: ({ subject, subresource }) => subject.username.startsWith('system:node:') && subresource === 'status',
    actions: ['Update'],
  },
  'not-node-conditions': {
    of: ({ subject, object, oldObject }) =>
      [NODE_CONTROLLER, 'system:kube-controller-manager'].includes(subject.username) &&
      isDeepStrictEqual(withoutConditions(object), withoutConditions(oldObject)),
    actions: ['Update', 'TaintChange'],
  },
};

/** A Node without the taints that stand for its conditions, and without what the server writes. */
function withoutConditions(node: KubeObject | undefined): object {
  const { metadata, spec } = (node ?? {}) as { metadata?: object; spec?: { taints?: { key: string }[] } };
  const taints = (spec?.taints ?? []).filter(({ key }) => !key.startsWith('node.kubernetes.io/'));
  return { metadata: { ...metadata, resourceVersion: '' }, spec: { ...spec, taints } };
}

const NODE_CONTROLLER = 'system:serviceaccount:kube-system:node-controller';

type Blind = (expression: string) => string;
const seeing: Blind = (expression) => expression;

/** The other guardrails with which one may have to share an entry. */
const neighbours = ({ group, resource }: Review): readonly GuardrailMatch[][] => {
  const both: [ResourceRule, ResourceRule] = [
    { apiGroups: [group], resources: [resource] },
    { apiGroups: ['', 'apps'], resources: ['pods', 'deployments'] },
  ];
  return [
    [],
    [{ actions: ['Delete'], resources: both }],
    [{ actions: ['LabelChange', 'Create'], resources: both }],
    [{ actions: ['ImageChange'] }, { actions: ['OwnerChange'], resources: [both[1]] }],
  ];
};

const ruleOf = ({ group, resource }: Review): ResourceRule => ({ apiGroups: [group], resources: [resource] });

const DEPLOYMENTS: ResourceRule = { apiGroups: ['apps'], resources: ['deployments'] };

/** Whether a review may do an action to Deployments in the course of what it does. */
const comesBy =
  ({ operation, subresource, ...of }: Review) =>
  ({ indirect = [] }: Action): boolean =>
    subresource === '' &&
    indirect.some(
      (route) =>
        route.operation === operation &&
        resourceKey(route.via) === resourceKey(of) &&
        route.reaches(cluster.get('deployments.apps')),
    );

/** What the generated conditions keep from the webhook though an action sees it, in words. */
function dropped(of: Review, blind: Blind = seeing): string[] {
  const known = cluster.get(resourceKey(of));
  const target = targetOf(of, undefined, known);
  const found: string[] = [];
  for (const includeStatus of [false, true]) {
    const direct = BY_SPECIFICITY.filter(
      (action) =>
        hasRoute(action, of, includeStatus) && action.detect({ review: of, target, info: known }) !== undefined,
    );
    const judged = [
      ...direct.map((action) => ({ action, on: ruleOf(of) })),
      ...BY_SPECIFICITY.filter(comesBy(of)).map((action) => ({ action, on: DEPLOYMENTS })),
    ];
    for (const { action, on } of judged) {
      const own: GuardrailMatch = { actions: [action.name], resources: [on], includeStatus };
      for (const more of neighbours(of)) {
        const drops = conditionsOf([own, ...more.map((match) => ({ ...match, includeStatus }))], of)
          .filter(({ expression, ...condition }) => !holds({ ...condition, expression: blind(expression) }, of))
          .filter(({ name }) => {
            const exempt = NEVER_SENT[name];
            return !(exempt?.of(of) && exempt.actions.includes(action.name));
          });
        found.push(...drops.map(({ name }) => `${action.name} by ${name}`));
      }
    }
  }
  return [...new Set(found)];
}

const generated = new Map<string, readonly MatchCondition[]>();

/** The conditions of the entry that the first of these guardrails has, alone or with the others. */
function conditionsOf(matches: readonly GuardrailMatch[], { subject }: Review): readonly MatchCondition[] {
  const caller = subject.username === 'system:apiserver' ? 'ApiServer' : 'AllOthers';
  const key = JSON.stringify([matches, caller]);
  const known = generated.get(key);
  if (known !== undefined) return known;
  const groups = groupGuardrails(matches.map((match, index) => loaded(`g${index}`, { match })));
  const group = groups.find(({ guardrails }) => guardrails.some(({ scope }) => scope.identity.name === 'g0'));
  if (group === undefined) throw new Error('the guardrail must be in a group');
  const conditions = matchConditions(group, cluster, caller, OPERATOR);
  generated.set(key, conditions);
  return conditions;
}

const METADATA: Readonly<Record<string, readonly unknown[]>> = {
  labels: [undefined, { a: 'b' }, { a: 'c' }],
  annotations: [undefined, { a: 'b' }, { a: 'c' }],
  finalizers: [undefined, ['x/one'], ['x/one', 'x/two']],
  ownerReferences: [
    undefined,
    [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: '1' }],
    [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: '2' }],
  ],
};

const PLACES: readonly Partial<Review>[] = [
  ...['', 'status'].flatMap((subresource) => [
    { group: 'apps', resource: 'deployments', subresource },
    { group: '', resource: 'pods', subresource },
    { group: '', resource: 'nodes', subresource, namespace: '' },
    { group: '', resource: 'namespaces', subresource, namespace: 'web' },
    { group: 'policy', resource: 'poddisruptionbudgets', subresource },
    { group: 'later.io', resource: 'things', subresource },
  ]),
  { group: '', resource: 'namespaces', subresource: 'finalize', namespace: 'web' },
  { group: 'certificates.k8s.io', resource: 'certificatesigningrequests', subresource: 'approval', namespace: '' },
];

const SUBJECTS = ['alice', 'system:node:web', 'system:apiserver', NODE_CONTROLLER, 'system:kube-controller-manager'];

/** A part of metadata, changed in each way through each place by each kind of subject, and nothing else changed. */
const changesOf = (field: string, values: readonly unknown[]): Review[] =>
  PLACES.flatMap((place) =>
    SUBJECTS.flatMap((username) =>
      values.map((from, index) =>
        review({
          ...place,
          subject: { ...alice, username },
          oldObject: objectWith(field, from),
          object: objectWith(field, values[(index + 1) % values.length]),
        }),
      ),
    ),
  );

function objectWith(field: string, value: unknown): KubeObject {
  const metadata = { name: 'web', deletionTimestamp: '2026-01-01T00:00:00Z' };
  return { metadata: { ...metadata, ...(value !== undefined && { [field]: value }) }, spec: {}, status: {} };
}

/** What of a Node is more than the taints that stand for its conditions, and what is no more. */
const NODE_CHANGES: readonly Review[] = [NODE_CONTROLLER, 'system:kube-controller-manager', 'alice'].flatMap(
  (username) =>
    [
      { unschedulable: true },
      { podCIDR: '10.0.0.0/24' },
      { taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }] },
      { taints: [{ key: 'gpu', effect: 'NoSchedule' }] },
      {
        taints: [
          { key: 'gpu', effect: 'NoSchedule' },
          { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
        ],
      },
    ].flatMap((spec) => {
      const parts = { group: '', resource: 'nodes', namespace: '', subject: { ...alice, username } };
      const [bare, full] = [
        { metadata: {}, spec: {} },
        { metadata: {}, spec },
      ];
      return [review({ ...parts, oldObject: bare, object: full }), review({ ...parts, oldObject: full, object: bare })];
    }),
);

/** What a budget's status says, without and with its metadata the same. */
const BUDGET_CHANGES: readonly Review[] = SUBJECTS.map((username) =>
  review({
    group: 'policy',
    resource: 'poddisruptionbudgets',
    subresource: 'status',
    subject: { ...alice, username },
    oldObject: { metadata: {}, spec: {}, status: { disruptionsAllowed: 0 } },
    object: { metadata: {}, spec: {}, status: { disruptionsAllowed: 1 } },
  }),
);

/** By what is changed. */
const CHANGES: readonly (readonly [string, readonly Review[]])[] = [
  ...Object.entries(METADATA).map(([field, values]) => [field, changesOf(field, values)] as const),
  ['the spec of a Node', NODE_CHANGES],
  ['the status of a budget', BUDGET_CHANGES],
];

const textOf = ({ operation, resource, subresource, subject }: Review): string =>
  `${operation} ${resource}/${subresource} by ${subject.username}`;

describe('whatever an action sees, the matchConditions let through', () => {
  test.each(captures)('%s', (name) => expect(dropped(captured(name))).toEqual([]));

  test.each(CHANGES)('%s, through whatever place and by whomever it is changed', (_what, reviews) => {
    expect(reviews.flatMap((of) => dropped(of).map((text) => `${textOf(of)}: ${text}`))).toEqual([]);
  });

  test('whatever else', () => {
    fc.assert(
      fc.property(anyReview, (of) => {
        fc.pre(hasMetadata(of));
        expect(dropped(of)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ...Object.keys(METADATA).map((field) => ({
      what: field,
      blind: (text: string) => text.replaceAll(`object.metadata.?${field} == oldObject.metadata.?${field}`, 'true'),
    })),
    {
      what: 'the deadlines of Pods and Jobs',
      blind: (text: string) =>
        text.replaceAll(/object\.\?spec\.\?(\w+Seconds|ttlSecondsAfterFinished) == oldObject\.\?spec\.\?\1/g, 'true'),
    },
    {
      what: 'the spec of a Node',
      blind: (text: string) => text.replaceAll(/\b(object|oldObject)\.\?spec\.orValue\(\{\}\)\.all\(/g, '[].all('),
    },
    {
      what: 'the other taints of a Node',
      blind: (text: string) => text.replaceAll("'node.kubernetes.io/'", "''"),
    },
    {
      what: 'what a budget says of itself',
      blind: (text: string) => text.replaceAll("'poddisruptionbudgets.policy'", "''"),
    },
  ])('conditions that did not look at $what would be found out', { timeout: 20_000 }, ({ blind }) => {
    const reviews = [...CHANGES.flatMap(([, some]) => some), ...captures.map(captured)];
    expect(reviews.some((of) => dropped(of, blind).length > 0)).toBe(true);
  });
});

/** The API server sends objects that have metadata, and both of them on UPDATE. */
function hasMetadata({ operation, object, oldObject }: Review): boolean {
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const has = (one: KubeObject | undefined) =>
    isObject(one?.metadata) && (one?.spec === undefined || isObject(one.spec));
  return operation !== 'UPDATE' || (has(object) && has(oldObject));
}

describe('whatever an action sees, a rule sends', () => {
  test.each(captures)('%s', (name) => {
    const of = captured(name);
    const known = cluster.get(resourceKey(of));
    const target = targetOf(of, undefined, known);
    for (const action of BY_SPECIFICITY) {
      if (!hasRoute(action, of, false)) continue;
      if (action.detect({ review: of, target, info: known }) === undefined) continue;
      const resources = [{ apiGroups: [of.group], resources: [of.resource] }];
      const { scope } = loaded('g', { match: { actions: [action.name], resources } });
      const rules = webhookRules([scope], cluster);
      expect([...rules.cluster, ...rules.namespaced].some(sends(of)), action.name).toBe(true);
    }
  });
});

const sends =
  ({ operation, group, resource, subresource }: Review) =>
  (rule: WebhookRule): boolean =>
    rule.operations.includes(operation) &&
    rule.apiGroups.includes(group) &&
    rule.resources.includes(subresource === '' ? resource : `${resource}/${subresource}`);
