import { describe, expect, it } from 'vitest';
import { type ConfigurationApi, covers, WebhookConfiguration } from '../../../src/controller/webhook-configuration.ts';
import { webhookEntries } from '../../../src/controller/webhook-entries.ts';
import { PolicyIndex } from '../../../src/policy/policy-index.ts';
import type { KubeObject } from '../../../src/policy/review.ts';
import { loaded, RESOURCES } from './support/guardrails.ts';

const entries = webhookEntries(new PolicyIndex([loaded('g', {})], RESOURCES), {
  target: { kind: 'Url', url: 'https://127.0.0.1:9443' },
  caBundle: 'PEM',
  operatorUsername: 'operator',
  operatorNamespace: 'guardrails-system',
  paths: { validate: '/validate', guardrail: '/validate-guardrail' },
});

type Webhook = Record<string, unknown>;

const stored = (change: (webhooks: Webhook[]) => Webhook[] = (webhooks) => webhooks): KubeObject =>
  JSON.parse(
    JSON.stringify({ metadata: { name: 'guardrails.dev' }, webhooks: change(entries as unknown as Webhook[]) }),
  );

const changed =
  (change: Webhook) =>
  (webhooks: Webhook[]): Webhook[] =>
    webhooks.map((webhook, index) => (index === 1 ? { ...webhook, ...change } : webhook));

describe('covers', () => {
  it.each([
    { name: 'what was applied', live: stored(), is: true },
    { name: 'what was applied, in another order', live: stored((webhooks) => [...webhooks].reverse()), is: true },
    {
      name: "an entry of somebody else's beside ours",
      live: stored((webhooks) => [...webhooks, { name: 'a.b.c' }]),
      is: true,
    },
    { name: 'nothing', live: undefined, is: false },
    { name: 'a missing entry', live: stored((webhooks) => webhooks.slice(1)), is: false },
    {
      name: 'an entry of ours that is not wanted any more',
      live: stored((webhooks) => [...webhooks, { name: 'fail-0.validate.guardrails.dev' }]),
      is: false,
    },
    { name: 'another failurePolicy', live: stored(changed({ failurePolicy: 'Ignore' })), is: false },
    { name: 'an object selector', live: stored(changed({ objectSelector: { matchLabels: { a: 'b' } } })), is: false },
    { name: 'another namespace selector', live: stored(changed({ namespaceSelector: {} })), is: false },
    { name: 'no rules', live: stored(changed({ rules: [] })), is: false },
    {
      name: 'a further match condition',
      live: stored(changed({ matchConditions: [{ name: 'x', expression: 'false' }] })),
      is: false,
    },
    {
      name: 'another certificate authority',
      live: stored(changed({ clientConfig: { url: 'https://127.0.0.1:1' } })),
      is: false,
    },
    { name: 'a shorter timeout', live: stored(changed({ timeoutSeconds: 1 })), is: false },
    {
      name: 'one that is being deleted',
      live: { ...stored(), metadata: { name: 'guardrails.dev', deletionTimestamp: '2026-01-01T00:00:00Z' } },
      is: false,
    },
  ])('$name: $is', ({ live, is }) => {
    expect(covers(live, entries)).toBe(is);
  });
});

describe('WebhookConfiguration', () => {
  /** A cluster with one configuration, which `apply` writes as the API server would: `added` is what others have added. */
  function cluster(live: KubeObject | undefined, configMap?: KubeObject, added = (body: KubeObject) => body) {
    const state = { live, events: [] as string[] };
    const api: ConfigurationApi = {
      apply: async (body) => {
        state.events.push('apply');
        state.live = added(JSON.parse(JSON.stringify(body)) as KubeObject);
        return state.live;
      },
      replaceEntries: async (webhooks, resourceVersion) => {
        state.events.push(`replace at ${resourceVersion}`);
        state.live = JSON.parse(JSON.stringify({ ...state.live, webhooks })) as KubeObject;
        return state.live;
      },
      configMap: async () => configMap,
    };
    const configuration = new WebhookConfiguration(api, () => state.live, {
      applied: () => state.events.push('applied'),
      repairing: () => state.events.push('repairing'),
      repairOff: () => state.events.push('repairOff'),
    });
    return { state, configuration };
  }

  it('applies what is missing, and is covered once it sees that', async () => {
    const { state, configuration } = cluster(undefined);
    expect(await configuration.reconcile(entries)).toEqual({ kind: 'Pending' });
    expect(await configuration.reconcile(entries)).toEqual({ kind: 'Covered' });
    expect(state.events).toEqual(['apply', 'applied']);
  });

  it('writes nothing where nothing differs', async () => {
    const { state, configuration } = cluster(stored());
    expect(await configuration.reconcile(entries)).toEqual({ kind: 'Covered' });
    expect(state.events).toEqual([]);
  });

  it('repairs what somebody else has changed, and says so', async () => {
    const { state, configuration } = cluster(stored());
    await configuration.reconcile(entries);
    state.live = stored(changed({ failurePolicy: 'Ignore' }));
    await configuration.reconcile(entries);
    expect(state.events).toEqual(['repairing', 'apply', 'applied']);
    expect(covers(state.live, entries)).toBe(true);
  });

  it('takes a change of its own for no repair', async () => {
    const { state, configuration } = cluster(stored());
    await configuration.reconcile(entries);
    await configuration.reconcile(entries.slice(0, 1));
    expect(state.events).toEqual(['apply', 'applied']);
  });

  it('leaves everything alone while repairs are switched off', async () => {
    const { state, configuration } = cluster(undefined, { data: { repair: 'Off' } });
    expect(await configuration.reconcile(entries)).toEqual({ kind: 'RepairOff' });
    // Looked at every second, and told once.
    await configuration.reconcile(entries);
    expect(state.events).toEqual(['repairOff']);
  });

  it('replaces the entries where others have added to them what apply leaves, and keeps the entries of others', async () => {
    const foreign = { name: 'foreign.example.org' };
    const never = { name: 'never', expression: 'false' };
    const { state, configuration } = cluster(undefined, undefined, (body) => ({
      ...body,
      metadata: { resourceVersion: '7' },
      webhooks: [foreign, ...entries.map((entry) => ({ ...entry, matchConditions: [never] }))],
    }));
    expect(await configuration.reconcile(entries)).toEqual({ kind: 'Pending' });
    expect(state.events).toEqual(['apply', 'replace at 7', 'applied']);
    expect(covers(state.live, entries)).toBe(true);
    expect(state.live?.webhooks).toContainEqual(foreign);
  });

  it('fails if the API server stores something else than was applied', async () => {
    const api: ConfigurationApi = {
      apply: async () => stored(changed({ rules: [] })),
      replaceEntries: async () => stored(changed({ rules: [] })),
      configMap: async () => undefined,
    };
    const events = { applied: () => undefined, repairing: () => undefined, repairOff: () => undefined };
    const configuration = new WebhookConfiguration(api, () => undefined, events);
    await expect(configuration.reconcile(entries)).rejects.toThrow('stored otherwise');
  });
});
