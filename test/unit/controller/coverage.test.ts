import { describe, expect, it } from 'vitest';
import { SettledEntries } from '../../../src/controller/coverage.ts';
import { webhookEntries } from '../../../src/controller/webhook-entries.ts';
import { PolicyIndex } from '../../../src/policy/policy-index.ts';
import { loaded, RESOURCES } from './support/guardrails.ts';

const index = new PolicyIndex(
  [
    loaded('everywhere', {}),
    loaded('in-shop', { match: { actions: ['ScaleDown'], namespaces: { include: ['shop'] } } }),
  ],
  RESOURCES,
);
const entries = webhookEntries(index, {
  target: { kind: 'Url', url: 'https://127.0.0.1:9443' },
  caBundle: 'PEM',
  operatorUsername: 'operator',
  operatorNamespace: 'guardrails-system',
  paths: { validate: '/validate', guardrail: '/validate-guardrail' },
});
const ofGroup = (name: string) => {
  const id = index.groups.find(({ guardrails }) => guardrails.some(({ scope }) => scope.identity.name === name))?.id;
  return entries.filter((entry) => entry.name.startsWith(id ?? 'none'));
};

describe('SettledEntries', () => {
  it('trusts an entry only after the API server has had it for a while', () => {
    const settled = new SettledEntries();
    settled.note(entries, 0);
    expect([...settled.guardrails(index, entries, 499)]).toEqual([]);
    expect(settled.next(499)).toBe(1);
    expect(settled.guardrails(index, entries, 500)).toEqual(new Set(['everywhere', 'in-shop']));
    expect(settled.next(500)).toBeUndefined();
  });

  it('keeps a guardrail enforced while the entries of others change', () => {
    const settled = new SettledEntries();
    settled.note(ofGroup('everywhere'), 0);
    settled.note(entries, 600);
    expect([...settled.guardrails(index, entries, 700)]).toEqual(['everywhere']);
  });

  it('begins anew with an entry that was away, or was another', () => {
    const settled = new SettledEntries();
    settled.note(entries, 0);
    settled.note([], 600);
    settled.note(entries, 700);
    expect([...settled.guardrails(index, entries, 1_100)]).toEqual([]);
    settled.note(
      entries.map((entry) => ({ ...entry, timeoutSeconds: 1 })),
      1_300,
    );
    expect([...settled.guardrails(index, entries, 1_400)]).toEqual([]);
  });
});
