import { describe, expect, it } from 'vitest';
import { type EntrySettings, webhookEntries } from '../../../src/controller/webhook-entries.ts';
import { PolicyIndex } from '../../../src/policy/policy-index.ts';
import { loaded, RESOURCES } from './support/guardrails.ts';

const settings: EntrySettings = {
  target: { kind: 'Url', url: 'https://127.0.0.1:9443' },
  caBundle: 'PEM',
  operatorUsername: 'system:serviceaccount:guardrails-system:guardrails-operator',
  operatorNamespace: 'guardrails-system',
  paths: { validate: '/validate', guardrail: '/validate-guardrail' },
};

const entriesOf = (...guardrails: ReturnType<typeof loaded>[]) =>
  webhookEntries(new PolicyIndex(guardrails, RESOURCES), settings);

describe('webhookEntries', () => {
  it('has only the entry for Guardrails while there are none, and that fails open', () => {
    const entries = entriesOf();
    expect(entries.map(({ name, failurePolicy }) => [name, failurePolicy])).toEqual([
      ['guardrails.validate.guardrails.dev', 'Ignore'],
    ]);
  });

  it('gives a fail-closed group a fail-open twin for the namespaces that must recover', () => {
    const [, group, twin] = entriesOf(loaded('g', {}));
    const names = ['kube-system', 'kube-node-lease', 'guardrails-system'];
    const selector = (operator: string) => ({
      matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator, values: names }],
    });
    expect(group).toMatchObject({ failurePolicy: 'Fail', namespaceSelector: selector('NotIn') });
    expect(twin).toMatchObject({ failurePolicy: 'Ignore', namespaceSelector: selector('In') });
    expect(twin?.rules).toEqual(group?.rules);
    expect(twin?.clientConfig).toEqual(group?.clientConfig);
  });

  it("lets the API server's own requests pass when nobody answers, since it could not start without them", () => {
    const entries = entriesOf(loaded('g', {})).slice(1);
    const callers = entries.map(({ failurePolicy, matchConditions = [] }) => [
      failurePolicy,
      matchConditions.find(({ name }) => name.endsWith('api-server'))?.name,
    ]);
    expect(callers).toEqual([
      ['Fail', 'not-api-server'],
      ['Ignore', 'not-api-server'],
      ['Ignore', 'only-api-server'],
    ]);
  });

  it('gives a fail-open group one entry without a selector', () => {
    const entries = entriesOf(loaded('g', { failurePolicy: 'Ignore' }));
    expect(entries.slice(1).map(({ failurePolicy, namespaceSelector }) => [failurePolicy, namespaceSelector])).toEqual([
      ['Ignore', {}],
    ]);
  });

  it('puts cluster-scoped rules into an entry of their own, which no namespace is left out of', () => {
    const nodes = loaded('g', {
      match: { actions: ['Update'], resources: [{ apiGroups: [''], resources: ['nodes', 'configmaps'] }] },
    });
    const entries = entriesOf(nodes).slice(1);
    expect(
      entries.map(({ name, namespaceSelector, rules }) => [
        name.split('.')[0]?.replace(/^fail-\w{10}/, ''),
        rules[0]?.scope,
        Object.keys(namespaceSelector),
      ]),
    ).toEqual([
      ['-cluster', 'Cluster', []],
      ['', 'Namespaced', ['matchExpressions']],
      ['-recovery', 'Namespaced', ['matchExpressions']],
      ['-api-server', 'Cluster', []],
    ]);
  });

  it('has no object selector anywhere, and spells every field out', () => {
    for (const entry of entriesOf(loaded('g', {}))) {
      expect(entry).toMatchObject({
        objectSelector: {},
        matchPolicy: 'Equivalent',
        timeoutSeconds: 5,
        admissionReviewVersions: ['v1'],
      });
      expect(entry.rules.every((rule) => rule.scope !== undefined && rule.apiVersions.length === 1)).toBe(true);
    }
  });

  it('points at a Service in a cluster', () => {
    const target = { kind: 'Service', namespace: 'n', name: 's', port: 443 } as const;
    const [entry] = webhookEntries(new PolicyIndex([], RESOURCES), { ...settings, target });
    expect(entry?.clientConfig).toEqual({
      service: { namespace: 'n', name: 's', path: '/validate-guardrail', port: 443 },
      caBundle: Buffer.from('PEM').toString('base64'),
    });
  });

  it('makes at most 16 groups, however many namespaces guardrails name', () => {
    const guardrails = Array.from({ length: 40 }, (_, index) =>
      loaded(`g${index}`, { match: { actions: ['ScaleDown'], namespaces: { include: [`n${index}`] } } }),
    );
    const paths = new Set(
      entriesOf(...guardrails)
        .slice(1)
        .map(({ clientConfig }) => clientConfig.url),
    );
    expect(paths.size).toBe(16);
  });
});
