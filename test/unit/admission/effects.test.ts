import { describe, expect, test } from 'vitest';
import { createHandler } from '../../../src/admission/handler.ts';
import type { Collection, Lookup, Page } from '../../../src/admission/ports.ts';
import { deadlineIn } from '../../../src/admission/timeout.ts';
import type { GuardrailMatch, GuardrailSpec } from '../../../src/api/v1alpha1.ts';
import type { Decision } from '../../../src/policy/decision.ts';
import { NO_FACTS } from '../../../src/policy/facts.ts';
import type { ObjectReference } from '../../../src/policy/object-reference.ts';
import { PolicyIndex } from '../../../src/policy/policy-index.ts';
import type { KubeObject, Review } from '../../../src/policy/review.ts';
import { compiled, resources } from '../policy/support/judge.ts';
import { capturedBody } from '../policy/support/reviews.ts';

/** What a cluster has: whole objects by resource. An Error is what reading them fails with. */
type Objects = Readonly<Record<string, readonly KubeObject[] | Error | 'unserved'>>;

/** Serves objects two to a page, as an API server does with a limit, and remembers what was asked. */
class FakeCluster implements Lookup {
  readonly gets: string[] = [];
  readonly lists: string[] = [];
  readonly #objects: Objects;

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  async get({ resource, name }: ObjectReference): Promise<KubeObject | undefined> {
    this.gets.push(`${resource}/${name}`);
    return this.#of(resource).find((object) => metadata(object).name === name);
  }

  async list(
    { resource, namespace }: Collection,
    page: { readonly continue: string; readonly metadataOnly: boolean },
  ): Promise<Page | undefined> {
    if (this.#objects[resource] === 'unserved') return undefined;
    this.lists.push(`${namespace}/${resource}${page.metadataOnly ? ' metadata' : ''}`);
    const all = this.#of(resource).filter((object) => namespace === '' || metadata(object).namespace === namespace);
    const from = Number(page.continue);
    const items = all
      .slice(from, from + 2)
      .map((object) => (page.metadataOnly ? { metadata: object.metadata } : object));
    return { items, continue: from + 2 < all.length ? String(from + 2) : '' };
  }

  #of(resource: string): readonly KubeObject[] {
    const found = this.#objects[resource] ?? [];
    if (found instanceof Error) throw found;
    return found === 'unserved' ? [] : found;
  }
}

const metadata = (object: KubeObject) => object.metadata as { readonly name?: string; readonly namespace?: string };

const object = (
  name: string,
  labels: Readonly<Record<string, string>> = {},
  spec: object = {},
  namespace = 'closing',
) => ({
  metadata: { name, namespace, labels, uid: `uid-of-${name}` },
  spec,
});

interface Answer {
  readonly allowed: boolean;
  readonly message: string;
  readonly offered: readonly (readonly [Review, Decision])[];
  readonly cluster: FakeCluster;
}

async function answer(
  name: string,
  match: GuardrailMatch,
  objects: Objects,
  spec: Partial<GuardrailSpec> = {},
): Promise<Answer> {
  const cluster = new FakeCluster(objects);
  const offered: [Review, Decision][] = [];
  const handler = createHandler({
    source: {
      current: () => ({
        index: new PolicyIndex([compiled(match, spec)], resources),
        namespaces: { get: (key) => ({ metadata: { name: key, labels: { env: 'production' } } }) },
        scans: () => NO_FACTS.scans,
      }),
    },
    lookup: cluster,
    sink: {
      offer: (review, decision) => {
        offered.push([review, decision]);
        return decision.findings.map(() => 'record');
      },
    },
    clock: () => new Date('2026-01-01T00:00:00Z'),
    onDecision: () => undefined,
  });
  const { response } = await handler(capturedBody(name), '', deadlineIn(60_000));
  return { allowed: response.allowed, message: response.status?.message ?? '', offered, cluster };
}

const deployments = [{ apiGroups: ['apps'], resources: ['deployments'] }];
const widgets = [{ apiGroups: ['example.com'], resources: ['widgets'] }];
const tills = [{ apiGroups: ['example.com'], resources: ['tills'] }];

const deployment = (name: string, replicas?: number) =>
  object(name, { tier: 'gold' }, replicas === undefined ? {} : { replicas }, 'shop');

describe('an autoscaler', () => {
  const MATCH: GuardrailMatch = { actions: ['ScaleDown'], resources: deployments };

  test.each<[string, string, number | undefined, boolean]>([
    ['is refused if its maximum is below the replicas', 'autoscaler-created-with-lower-maximum', 4, false],
    ['passes if the replicas are within its bounds', 'autoscaler-created-with-lower-maximum', 3, true],
    ['is refused if its maximum falls below the replicas', 'autoscaler-maximum-lowered', 3, false],
    ['passes if its maximum falls to the replicas', 'autoscaler-maximum-lowered', 2, true],
    ['passes if what it scales has none, since it is off then', 'autoscaler-created-with-lower-maximum', 0, true],
    ['passes if what it scales has the one replica of a default', 'autoscaler-maximum-lowered', undefined, true],
    ['passes if only its labels change', 'autoscaler-label-added', 40, true],
    ['passes if only its minimum rises', 'autoscaler-minimum-raised', 2, true],
  ])('%s', async (_name, review, replicas, allowed) => {
    const names = ['scaled', 'bounded', 'labelled', 'lifted'];
    const found = await answer(review, MATCH, { deployments: names.map((name) => deployment(name, replicas)) });
    expect(found.allowed).toBe(allowed);
  });

  test('is told of by what it scales', async () => {
    const { message, offered } = await answer('autoscaler-maximum-lowered', MATCH, {
      deployments: [deployment('bounded', 10)],
    });
    expect(message).toBe(
      'Guardrail "g" denied ScaleDown of deployments.apps/bounded in shop: replicas 10 -> 2 (-80%). ' +
        'It would be scaled by horizontalpodautoscalers.autoscaling/bounded [record record]',
    );
    const [review, decision] = offered.at(-1) ?? [];
    expect(review).toMatchObject({
      resource: 'deployments',
      name: 'bounded',
      subresource: 'scale',
      operation: 'UPDATE',
    });
    expect(decision?.findings[0]?.targetUid).toBe('uid-of-bounded');
  });

  test('can scale up by its minimum', async () => {
    const { message } = await answer(
      'autoscaler-minimum-raised',
      { actions: ['ScaleUp'], resources: deployments },
      { deployments: [deployment('lifted', 2)] },
    );
    expect(message).toContain('replicas 2 -> 6');
  });

  test.each<[string, Partial<GuardrailMatch>, boolean]>([
    ['the name', { names: ['bounded'] }, false],
    ['another name', { names: ['web'] }, true],
    ['the labels', { objectSelector: { matchLabels: { tier: 'gold' } } }, false],
    ['other labels', { objectSelector: { matchLabels: { tier: 'silver' } } }, true],
    ['the labels of the namespace', { namespaceSelector: { matchLabels: { env: 'production' } } }, false],
    ['another subject', { subjects: { exclude: [{ kind: 'User', name: 'alice' }] } }, true],
  ])('is judged by %s of what it scales', async (_name, match, allowed) => {
    const found = await answer(
      'autoscaler-maximum-lowered',
      { ...MATCH, ...match },
      { deployments: [deployment('bounded', 10)] },
    );
    expect(found.allowed).toBe(allowed);
  });

  test('of a threshold is measured in replicas', async () => {
    const found = (replicas: number) =>
      answer(
        'autoscaler-maximum-lowered',
        MATCH,
        { deployments: [deployment('bounded', replicas)] },
        { when: [{ change: { type: 'Decreased', byMoreThan: '50%' } }] },
      );
    expect((await found(4)).allowed).toBe(true);
    expect((await found(5)).allowed).toBe(false);
  });

  test('of what is not there scales nothing', async () => {
    expect((await answer('autoscaler-maximum-lowered', MATCH, {})).allowed).toBe(true);
  });

  test.each(['Fail', 'Ignore'] as const)(
    'of what can not be read is answered by failurePolicy %s',
    async (failurePolicy) => {
      const { allowed, offered } = await answer(
        'autoscaler-maximum-lowered',
        MATCH,
        { deployments: new Error('no rights') },
        { failurePolicy },
      );
      expect(allowed).toBe(failurePolicy === 'Ignore');
      const findings = offered.flatMap(([, decision]) => decision.findings);
      expect(findings.map(({ reason }) => reason)).toEqual(['EvaluationError']);
      expect(findings[0]?.actions).toEqual(['ScaleDown']);
      expect(findings[0]?.message).toContain('deployments.apps/bounded could not be read: no rights');
    },
  );

  test.each<[string, Partial<GuardrailMatch>]>([
    ['of other names', { names: ['web'] }],
    ['of other namespaces', { namespaces: { include: ['prod-*'] } }],
    ['of other subjects', { subjects: { exclude: [{ kind: 'User', name: 'alice' }] } }],
  ])('of what can not be read is no matter to guardrails %s', async (_name, match) => {
    const { allowed, cluster } = await answer(
      'autoscaler-maximum-lowered',
      { ...MATCH, ...match },
      { deployments: new Error('no rights') },
    );
    expect(allowed).toBe(true);
    expect(cluster.gets).toEqual([]);
  });

  test('is not looked into for guardrails that do not ask', async () => {
    const { cluster } = await answer(
      'autoscaler-maximum-lowered',
      { actions: ['ScaleDown'], resources: widgets },
      { deployments: [deployment('bounded', 10)] },
    );
    expect(cluster.gets).toEqual([]);
  });
});

describe('the deletion of a namespace', () => {
  const MATCH: GuardrailMatch = { actions: ['Delete'], resources: deployments };
  const three = [object('a'), object('b'), object('c', { tier: 'gold' })];

  test('is refused for one object in it that is protected, on whatever page', async () => {
    const { message, offered, cluster } = await answer(
      'namespace-delete',
      { ...MATCH, objectSelector: { matchLabels: { tier: 'gold' } } },
      { deployments: three },
    );
    expect(message).toBe(
      'Guardrail "g" denied Delete of deployments.apps/c in closing. It would go with namespaces/closing [record record]',
    );
    expect(offered.at(-1)?.[0]).toMatchObject({ resource: 'deployments', name: 'c', namespace: 'closing' });
    expect(cluster.lists).toEqual(['closing/deployments metadata', 'closing/deployments metadata']);
  });

  test('reads no further than the first hit', async () => {
    const { cluster } = await answer('namespace-delete', MATCH, { deployments: three });
    expect(cluster.lists).toEqual(['closing/deployments metadata']);
  });

  test.each<[string, Partial<GuardrailMatch>]>([
    ['nothing that is protected', { objectSelector: { matchLabels: { tier: 'silver' } } }],
    ['nothing of that name', { names: ['z'] }],
    ['another name', { namespaces: { include: ['shop'] } }],
  ])('passes if it has %s', async (_name, match) => {
    expect((await answer('namespace-delete', { ...MATCH, ...match }, { deployments: three })).allowed).toBe(true);
  });

  test('passes for who is let', async () => {
    const match: GuardrailMatch = { ...MATCH, subjects: { exclude: [{ kind: 'User', name: '*' }] } };
    const { allowed, cluster } = await answer('namespace-delete', match, { deployments: three });
    expect(allowed).toBe(true);
    expect(cluster.lists).toEqual([]);
  });

  test('reads whole objects where conditions do', async () => {
    const when: GuardrailSpec['when'] = [{ field: { path: '$.spec.replicas', operator: 'GreaterThan', values: [5] } }];
    const found = (replicas: number) =>
      answer('namespace-delete', MATCH, { deployments: [object('a', {}, { replicas })] }, { when });
    expect((await found(5)).allowed).toBe(true);
    const { allowed, cluster } = await found(6);
    expect(allowed).toBe(false);
    expect(cluster.lists).toEqual(['closing/deployments']);
  });

  test('is looked through in every resource that a wildcard names', async () => {
    const { message } = await answer(
      'namespace-delete',
      {
        actions: ['Delete'],
        resources: [{ apiGroups: ['*'], resources: ['*'] }],
        objectSelector: { matchLabels: { tier: 'gold' } },
      },
      { widgets: [object('w', { tier: 'gold' })], configmaps: [object('c')] },
    );
    expect(message).toContain('Delete of widgets.example.com/w in closing');
  });

  test.each(['Fail', 'Ignore'] as const)(
    'that can not be looked through is answered by failurePolicy %s',
    async (failurePolicy) => {
      const { allowed, offered } = await answer(
        'namespace-delete',
        MATCH,
        { deployments: new Error('forbidden') },
        { failurePolicy },
      );
      expect(allowed).toBe(failurePolicy === 'Ignore');
      expect(offered.at(-1)?.[1].findings[0]).toMatchObject({
        reason: 'EvaluationError',
        message: expect.stringContaining('the deployments.apps that would go with it could not be listed: forbidden'),
      });
    },
  );

  test('is no matter of other actions that a deletion can be', async () => {
    const budgets: GuardrailMatch = { actions: ['ConfigChange', 'NetworkPolicyLoosen'] };
    expect((await answer('namespace-delete', budgets, { networkpolicies: [object('p')] })).cluster.lists).toEqual([]);
  });

  test('with more in it than can be looked through is answered by failurePolicy', async () => {
    const many = Array.from({ length: 30 }, (_, index) => object(`d${index}`));
    const { allowed, message } = await answer('namespace-delete', { ...MATCH, names: ['d29'] }, { deployments: many });
    expect(allowed).toBe(false);
    expect(message).toContain('more of them than can be looked through');
  });
});

describe('the deletion of a CustomResourceDefinition', () => {
  const MATCH: GuardrailMatch = { actions: ['Delete'], resources: tills };

  test('is refused for one of its objects, in whatever namespace', async () => {
    const { message } = await answer('crd-delete', MATCH, { tills: [object('main', {}, {}, 'shop')] });
    expect(message).toBe(
      'Guardrail "g" denied Delete of tills.example.com/main in shop. ' +
        'It would go with customresourcedefinitions.apiextensions.k8s.io/tills.example.com [record record]',
    );
  });

  test.each<[string, GuardrailMatch]>([
    ['its objects are in namespaces that are not judged', { ...MATCH, namespaces: { include: ['prod-*'] } }],
    ['the guardrail is about others', { actions: ['Delete'], resources: widgets }],
  ])('passes if %s', async (_name, match) => {
    expect((await answer('crd-delete', match, { tills: [object('main', {}, {}, 'shop')] })).allowed).toBe(true);
  });

  test('passes if there is none', async () => {
    expect((await answer('crd-delete', MATCH, {})).allowed).toBe(true);
  });

  test.each<[string, boolean]>([
    ['is judged by failurePolicy while discovery still tells of it', false],
    ['is judged by failurePolicy when nobody is served it any more', true],
  ])('that was taken out of service before %s', async (_name, isGone) => {
    const { response } = await unservedDelete(isGone);
    expect(response.allowed).toBe(false);
    expect(response.status?.message).toContain('the tills.example.com that would go with it could not be listed');
  });

  test('of which the collection is gone is judged by failurePolicy', async () => {
    expect((await answer('crd-delete', MATCH, { tills: 'unserved' })).message).toContain('it is not served');
  });
});

/** The deletion of a CRD of which no version is served. */
async function unservedDelete(isGone: boolean) {
  const body = JSON.parse(capturedBody('crd-delete').toString());
  for (const version of body.request.oldObject.spec.versions) version.served = false;
  const known = new Map(resources);
  known.delete('tills.example.com');
  const till = resources.get('tills.example.com');
  if (!isGone && till !== undefined) {
    known.set('tills.example.com', { ...till, isContested: true });
  }
  const handler = createHandler({
    source: {
      current: () => ({
        index: new PolicyIndex([compiled({ actions: ['Delete'], resources: tills })], known),
        namespaces: new Map(),
        scans: () => NO_FACTS.scans,
      }),
    },
    lookup: new FakeCluster({}),
    sink: { offer: (_review, decision) => decision.findings.map(() => undefined) },
    clock: () => new Date('2026-01-01T00:00:00Z'),
    onDecision: () => undefined,
  });
  return await handler(Buffer.from(JSON.stringify(body)), '', deadlineIn(60_000));
}
