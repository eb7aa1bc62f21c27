import fc from 'fast-check';
import type { FieldCondition, Guardrail, GuardrailMatch, WhenEntry } from '../../../../src/api/v1alpha1.ts';
import { BY_SPECIFICITY } from '../../../../src/policy/actions/catalogue.ts';
import { compileGuardrail } from '../../../../src/policy/compile.ts';
import type { LoadedGuardrail } from '../../../../src/policy/compiled-guardrail.ts';
import type { KubeObject, Operation, Review } from '../../../../src/policy/review.ts';
import { EVERYTHING, guardrail } from './judge.ts';
import { captured, captures, review } from './reviews.ts';

const selector = fc.constantFrom<NonNullable<GuardrailMatch['objectSelector']>>(
  {},
  { matchLabels: { tier: 'gold' } },
  { matchLabels: { env: 'production' } },
  { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] },
  { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] },
);

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });

/** Guardrails of all actions, every kind of match and some conditions. Some do not compile. */
const match = fc.record(
  {
    actions: fc.uniqueArray(fc.constantFrom(...BY_SPECIFICITY.map(({ name }) => name)), { minLength: 1, maxLength: 4 }),
    resources: fc.constantFrom(EVERYTHING, EVERYTHING, [
      { apiGroups: ['', 'apps'], resources: ['pods', 'deployments'] },
    ]),
    includeStatus: fc.boolean(),
    derived: fc.constantFrom('Ignore' as const, 'Include' as const),
    names: optional(fc.constantFrom(['*'], ['*-put'], ['deployment-*', 'target'])),
    namespaces: optional(fc.constantFrom({ include: ['shop'] }, { exclude: ['shop'] }, { include: ['*'] })),
    namespaceSelector: optional(selector),
    objectSelector: optional(selector),
    selectorProtection: fc.constantFrom('Guard' as const, 'None' as const),
    subjects: optional(
      fc.constantFrom(
        { exclude: [{ kind: 'User' as const, name: 'alice' }] },
        { include: [{ kind: 'Group' as const, name: 'dev*' }] },
      ),
    ),
  },
  { requiredKeys: ['actions', 'resources'] },
);

const field = fc.record({
  path: fc.constantFrom(
    '$.spec.replicas',
    '$.metadata.labels.tier',
    '$.spec.containers[*].image',
    '$..image',
    '$.spec.*',
  ),
  operator: fc.constantFrom<FieldCondition['operator']>(
    'Exists',
    'DoesNotExist',
    'NotEquals',
    'LessThan',
    'Glob',
    'NotMatches',
  ),
  in: fc.constantFrom(
    'Target' as const,
    'Object' as const,
    'OldObject' as const,
    'Namespace' as const,
    'Request' as const,
  ),
  quantifier: fc.constantFrom('Any' as const, 'All' as const),
});

const entry: fc.Arbitrary<WhenEntry> = fc.oneof(
  field.map((one) => ({
    field: { ...one, ...(['Exists', 'DoesNotExist'].includes(one.operator) ? {} : { values: ['1'] }) },
  })),
  fc
    .record({ type: fc.constantFrom('Any' as const, 'Changed' as const, 'Decreased' as const, 'Added' as const) })
    .map((change) => ({ change })),
  fc.constant<WhenEntry>({ change: { path: '$.spec.replicas', type: 'Decreased', byAtLeast: '50%' } }),
  fc.constantFrom<WhenEntry>(
    { images: { notFrom: ['registry.example.com/*'] } },
    { images: { tags: ['latest'], withoutDigest: true } },
    { changesOutside: ['$.spec.replicas', '$.metadata.labels.*'] },
    { changesOutside: ['$.spec.template.spec.containers[*].image', '$.spec.containers[0]'] },
    { violatesSchema: { properties: { spec: { required: ['replicas'] } } } },
    { violatesSchema: { properties: { metadata: { properties: { labels: { maxProperties: 1 } } } } } },
    { cel: 'has(object.spec) && has(object.spec.replicas) && object.spec.replicas > 1' },
    { cel: "request.operation == 'DELETE' || action.type == 'Update'" },
  ),
);

export const guardrailObject: fc.Arbitrary<Guardrail> = fc
  .record({
    match,
    when: optional(fc.array(entry, { minLength: 1, maxLength: 2 })),
    enforcement: fc.constantFrom('Deny' as const, 'Deny' as const, 'Warn' as const, 'Audit' as const),
    failurePolicy: fc.constantFrom('Fail' as const, 'Ignore' as const),
    message: optional(fc.constantFrom('{{ $.target.metadata.name }} {{ $.object.spec[*] }}', '{{')),
  })
  .map(({ match: one, when, enforcement, failurePolicy, message }) =>
    guardrail(defined(one), {
      enforcement,
      ...(enforcement === 'Deny' ? { failurePolicy } : { failurePolicy: 'Ignore' }),
      ...(when && { when: when as [WhenEntry, ...WhenEntry[]] }),
      ...(message !== undefined && { message }),
    }),
  );

const defined = (value: object): GuardrailMatch =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as unknown as GuardrailMatch;

/** Loaded guardrails of names that differ. */
export const guardrails: fc.Arbitrary<LoadedGuardrail[]> = fc
  .array(guardrailObject, { maxLength: 5 })
  .map((all) =>
    all.map((one, index) => compileGuardrail({ ...one, metadata: { name: `g${index}`, uid: `u${index}` } })),
  );

export const capturedReview: fc.Arbitrary<Review> = fc.constantFrom(...captures).map(captured);

/** A captured review with something else at some places of its objects: of another type, missing, or taken from elsewhere. */
export const mutatedReview: fc.Arbitrary<Review> = fc
  .record({
    of: capturedReview,
    changes: fc.array(
      fc.record({
        side: fc.constantFrom('object' as const, 'oldObject' as const),
        place: fc.nat(),
        value: fc.constantFrom<unknown>(undefined, null, 0, 1, 7, true, false, '', 'other', '2Gi', '100m', [], {}, [
          'other',
        ]),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    isReversed: fc.boolean(),
  })
  .map(({ of, changes, isReversed }) => {
    const copy = structuredClone(of) as { object?: KubeObject; oldObject?: KubeObject } & Review;
    for (const { side, place, value } of changes) mutate(copy[side], place, value);
    const isSwapped = isReversed && copy.operation === 'UPDATE' && copy.object && copy.oldObject;
    return isSwapped ? ({ ...copy, object: copy.oldObject, oldObject: copy.object } as Review) : copy;
  });

/** Puts a value at one of the places of an object. */
function mutate(object: KubeObject | undefined, place: number, value: unknown): void {
  const all = object === undefined ? [] : places(object);
  const [parent, name] = all[place % Math.max(all.length, 1)] ?? [];
  if (parent !== undefined && name !== undefined) Object.assign(parent, { [name]: structuredClone(value) });
}

function places(value: unknown): (readonly [object, string])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [[value, name] as const, ...places(inner)]);
}

const key = fc.constantFrom(
  'metadata',
  'spec',
  'status',
  'labels',
  'finalizers',
  'ownerReferences',
  'name',
  'replicas',
  'containers',
  'template',
  'image',
  'deletionTimestamp',
  'annotations',
  '__proto__',
  'constructor',
  'toString',
  'limits',
  'a',
);

/** JSON of the right words at any place, and of any type. */
const json: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 5 },
    fc.integer(),
    fc.string({ maxLength: 5 }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(key, tie('node'), { maxKeys: 5 }),
  ),
})).node;

const object = fc.dictionary(key, json, { maxKeys: 5 }) as fc.Arbitrary<KubeObject>;

/** Reviews of any operation, resource and subresource, with any JSON as objects. */
export const anyReview: fc.Arbitrary<Review> = fc
  .record({
    operation: fc.constantFrom<Operation>('CREATE', 'UPDATE', 'DELETE', 'CONNECT'),
    subresource: fc.constantFrom(
      '',
      '',
      '',
      'status',
      'scale',
      'eviction',
      'exec',
      'binding',
      'finalize',
      'approval',
      'ephemeralcontainers',
      'resize',
    ),
    of: fc.constantFrom(
      ['', 'pods'],
      ['apps', 'deployments'],
      ['', 'namespaces'],
      ['', 'secrets'],
      ['example.com', 'widgets'],
      ['batch', 'jobs'],
      ['certificates.k8s.io', 'certificatesigningrequests'],
    ),
    objects: fc.record({ object, oldObject: object }, { requiredKeys: [] }),
    username: fc.constantFrom(
      'alice',
      'system:node:a',
      'system:kube-controller-manager',
      'system:serviceaccount:kube-system:namespace-controller',
    ),
    namespace: fc.constantFrom('shop', '', 'other'),
  })
  .map(({ operation, subresource, of: [group = '', resource = ''], objects, username, namespace }) =>
    review({ operation, subresource, group, resource, namespace, subject: { username, groups: [] }, ...objects }),
  );
