import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, type PeerCertificate } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  covers,
  createAuthority,
  expiration,
  fingerprint,
  isAuthority,
  isPair,
  isSignedBy,
  issueServingCertificate,
  type KeyPair,
  needsRenewal,
  splitBundle,
} from '../../../src/tls/certificates.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const DAY_MS = 86_400_000;
const NAMES = ['guardrails.guardrails-system.svc', '10.0.0.7', 'fd00::7'];

const later = (days: number): Date => new Date(NOW.getTime() + days * DAY_MS);

let authority: KeyPair;
let serving: KeyPair;

beforeAll(async () => {
  authority = await createAuthority('test CA', NOW);
  serving = await issueServingCertificate(authority, NAMES, NOW);
});

test('an authority is valid for ten years, has its day in its name, and may sign nothing but certificates', () => {
  const certificate = new X509Certificate(authority.certificate);
  expect(certificate.subject).toBe('CN=test CA 2026-11-22');
  expect(expiration(authority.certificate)).toEqual(later(3650));
  expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  expect(isAuthority(authority.certificate)).toBe(true);
  expect(isSignedBy(authority.certificate, authority.certificate)).toBe(true);
});

test('a serving certificate is valid for a year, from a bit before now, and for servers only', () => {
  const certificate = new X509Certificate(serving.certificate);
  expect(certificate.validFromDate).toEqual(new Date('2026-11-22T11:00:00Z'));
  expect(expiration(serving.certificate)).toEqual(later(365));
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(isAuthority(serving.certificate)).toBe(false);
  expect(isSignedBy(serving.certificate, authority.certificate)).toBe(true);
  expect(certificate.checkIssued(new X509Certificate(authority.certificate))).toBe(true);
});

test('a serving certificate does not outlive its authority', async () => {
  const late = await issueServingCertificate(authority, NAMES, later(3600));
  expect(expiration(late.certificate)).toEqual(expiration(authority.certificate));
});

test('a TLS client that trusts the authority trusts the server, under each of its names', async () => {
  const now = new Date();
  const fresh = await createAuthority('fresh CA', now);
  const { certificate, key } = await issueServingCertificate(fresh, ['guardrails.test', '127.0.0.1'], now);
  const server = createServer({ cert: certificate, key });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const peerOf = (servername?: string): Promise<PeerCertificate> =>
    new Promise((resolve, reject) => {
      const options = {
        port,
        host: '127.0.0.1',
        ca: fresh.certificate,
        ...(servername === undefined ? {} : { servername }),
      };
      const socket = connect(options, () => {
        resolve(socket.getPeerCertificate());
        socket.destroy();
      }).once('error', reject);
    });
  await expect(peerOf('guardrails.test')).resolves.toMatchObject({ subject: { CN: 'kube-guardrails-webhook' } });
  await expect(peerOf()).resolves.toBeDefined();
  await expect(peerOf('elsewhere.test')).rejects.toThrow(/altnames/);
  await new Promise((resolve) => server.close(resolve));
});

describe('a certificate needs renewal', () => {
  test.each([
    ['not when it is new', 0, false],
    ['not in the second third of its life', 200, false],
    ['in its last third', 245, true],
    ['when it has expired', 400, true],
  ])('%s', (_, days, expected) => {
    expect(needsRenewal(serving.certificate, later(days))).toBe(expected);
  });
});

describe('a certificate covers', () => {
  test.each<[string, string[], boolean]>([
    ['all of its names', NAMES, true],
    ['some of its names', ['10.0.0.7'], true],
    ['an IPv6 address however it is written', ['fd00:0::0:7'], true],
    ['no other name', [...NAMES, 'guardrails.other.svc'], false],
    ['no other address', ['10.0.0.8'], false],
    ['not its common name', ['kube-guardrails-webhook'], false],
  ])('%s', (_, names, expected) => {
    expect(covers(serving.certificate, names)).toBe(expected);
  });
});

describe('a pair', () => {
  test.each<[string, () => KeyPair, boolean]>([
    ['of a certificate and its key is one', () => serving, true],
    ['with the key of another is none', () => ({ ...serving, key: authority.key }), false],
    ['without a key is none', () => ({ ...serving, key: '' }), false],
    ['with a broken certificate is none', () => ({ ...serving, certificate: 'broken' }), false],
  ])('%s', (_, pair, expected) => {
    expect(isPair(pair())).toBe(expected);
  });
});

test('a certificate is not signed by another authority of the same name', async () => {
  const other = await createAuthority('test CA', NOW);
  expect(isSignedBy(serving.certificate, other.certificate)).toBe(false);
});

test('a bundle is split into its certificates, without what is broken', () => {
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const parts = splitBundle(`# comment\n${authority.certificate}\n${broken}${serving.certificate}`);
  expect(parts.map(fingerprint)).toEqual([fingerprint(authority.certificate), fingerprint(serving.certificate)]);
  expect(splitBundle('')).toEqual([]);
});
