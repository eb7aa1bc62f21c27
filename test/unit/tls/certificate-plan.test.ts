import { beforeAll, describe, expect, test } from 'vitest';
import { planCertificates, type StoredCertificates } from '../../../src/tls/certificate-plan.ts';
import { covers, isPair, isSignedBy, issueServingCertificate, splitBundle } from '../../../src/tls/certificates.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const NAMES = ['guardrails.guardrails-system.svc'];

const later = (days: number): Date => new Date(NOW.getTime() + days * 86_400_000);

let first: StoredCertificates;

beforeAll(async () => {
  first = (await planCertificates(undefined, NAMES, NOW)).certificates;
});

/** What must hold of every plan: the certificate works with the bundle, and the newest authority can sign. */
function expectConsistent({ caBundle, caKey, certificate, key }: StoredCertificates, names: readonly string[]): void {
  const authorities = splitBundle(caBundle);
  expect(isPair({ certificate, key })).toBe(true);
  expect(isPair({ certificate: authorities[0] ?? '', key: caKey })).toBe(true);
  expect(covers(certificate, names)).toBe(true);
  expect(authorities.some((authority) => isSignedBy(certificate, authority))).toBe(true);
}

test('where nothing is stored, everything is made', async () => {
  const { certificates, change } = await planCertificates(undefined, NAMES, NOW);
  expect(change).toBe('FirstCertificates');
  expectConsistent(certificates, NAMES);
});

test('what is good stays', async () => {
  const { certificates, change } = await planCertificates(first, NAMES, later(100));
  expect(change).toBeUndefined();
  expect(certificates).toEqual(first);
});

describe('the serving certificate alone is replaced', () => {
  test.each<[string, () => Partial<StoredCertificates>, string[], number, string]>([
    ['for other names', () => ({}), ['other.svc'], 1, 'NamesChanged'],
    ['in its last third', () => ({}), NAMES, 260, 'ServingCertificateRenewed'],
    ['when it has expired', () => ({}), NAMES, 400, 'ServingCertificateUnusable'],
    ['when it is broken', () => ({ certificate: 'broken' }), NAMES, 1, 'ServingCertificateUnusable'],
    ['when it is missing', () => ({ certificate: '', key: '' }), NAMES, 1, 'ServingCertificateUnusable'],
    ['when its key is another', () => ({ key: first.caKey }), NAMES, 1, 'ServingCertificateUnusable'],
  ])('%s', async (_, damage, names, days, change) => {
    const plan = await planCertificates({ ...first, ...damage() }, names, later(days));
    expect(plan.change).toBe(change);
    expect(plan.certificates).toMatchObject({ caBundle: first.caBundle, caKey: first.caKey });
    expectConsistent(plan.certificates, names);
  });

  test('when another authority has signed it', async () => {
    const other = (await planCertificates(undefined, NAMES, NOW)).certificates;
    const { change, certificates } = await planCertificates(
      { ...first, certificate: other.certificate, key: other.key },
      NAMES,
      NOW,
    );
    expect(change).toBe('ServingCertificateUnusable');
    expectConsistent(certificates, NAMES);
  });
});

describe('the authority is replaced', () => {
  test.each<[string, () => Partial<StoredCertificates>]>([
    ['when its key is missing', () => ({ caKey: '' })],
    ['when its key is another', () => ({ caKey: first.key })],
    ['when it is broken', () => ({ caBundle: 'broken' })],
    ['when it is no authority', () => ({ caBundle: first.certificate, caKey: first.key })],
    ['when everything is empty', () => ({ caBundle: '', caKey: '', certificate: '', key: '' })],
  ])('%s', async (_, damage) => {
    const plan = await planCertificates({ ...first, ...damage() }, NAMES, NOW);
    expect(plan.change).toBe('AuthorityUnusable');
    expectConsistent(plan.certificates, NAMES);
  });

  test('when only its key is lost, without taking the trust from the serving certificate', async () => {
    const { certificates } = await planCertificates({ ...first, caKey: '' }, NAMES, NOW);
    expect(certificates).toMatchObject({ certificate: first.certificate, key: first.key });
    expect(certificates.caBundle.endsWith(first.caBundle)).toBe(true);
  });
});

test('near its end an authority gets a successor, step by step, and no client ever meets one that it can not know', async () => {
  let stored = first;
  const changes: string[] = [];
  // Ten years, looked at every week, as an operator does that is always there.
  for (let days = 0; days < 4_000; days += 7) {
    const { certificates, change } = await planCertificates(stored, NAMES, later(days));
    if (change !== undefined) {
      changes.push(change);
      expectConsistent(certificates, NAMES);
      // A client that has seen only the bundle before this step trusts the certificate after it.
      const known = splitBundle(stored.caBundle);
      expect(known.some((authority) => isSignedBy(certificates.certificate, authority))).toBe(true);
      stored = certificates;
    }
  }
  expect(new Set(changes)).toEqual(new Set(['ServingCertificateRenewed', 'AuthorityRenewed', 'AuthorityDropped']));
  expect(splitBundle(stored.caBundle)).toHaveLength(1);
  expect(stored.caBundle).not.toBe(first.caBundle);
});

test('when serving certificate and authority both need renewal, the serving certificate comes first', async () => {
  const authority = { certificate: first.caBundle, key: first.caKey };
  const serving = await issueServingCertificate(authority, NAMES, later(2_200));
  const stored = { ...first, certificate: serving.certificate, key: serving.key };
  const one = await planCertificates(stored, NAMES, later(2_500));
  const two = await planCertificates(one.certificates, NAMES, later(2_500));
  const three = await planCertificates(two.certificates, NAMES, later(2_500));
  expect([one.change, two.change, three.change]).toEqual(['ServingCertificateRenewed', 'AuthorityRenewed', undefined]);
});

test('after years without an operator everything is made anew', async () => {
  const { certificates, change } = await planCertificates(first, NAMES, later(5_000));
  expect(change).toBe('AuthorityUnusable');
  expectConsistent(certificates, NAMES);
  expect(splitBundle(certificates.caBundle)).toHaveLength(1);
});
