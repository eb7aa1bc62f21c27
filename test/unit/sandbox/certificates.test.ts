import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  createAuthority,
  createTokenKeys,
  issueClientCertificate,
  issueServingCertificate,
} from '../../../src/sandbox/certificates.ts';

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

test('a client certificate names its user and groups, is signed by its authority, and is good for clients alone', async () => {
  const authority = await createAuthority('ca');
  const pair = await issueClientCertificate(authority, { user: 'alice', groups: ['dev', 'ops'] });
  const certificate = new X509Certificate(pair.certificate);
  const ca = new X509Certificate(authority.certificate);
  expect(certificate.subject.split('\n').sort()).toEqual(['CN=alice', 'O=dev', 'O=ops']);
  expect(certificate.verify(ca.publicKey)).toBe(true);
  expect(certificate.checkIssued(ca)).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(certificate.keyUsage).toEqual([CLIENT_AUTH]);
});

test('a name with the separators of a subject adds no group', async () => {
  const authority = await createAuthority('ca');
  const { certificate } = await issueClientCertificate(authority, {
    user: 'eve, O=system:masters+O=x',
    groups: ['a=b'],
  });
  const organizations = new X509Certificate(certificate).toLegacyObject().subject.O;
  expect(organizations).toBe('a=b');
});

test('two authorities of the same name do not vouch for each other', async () => {
  const [one, two] = await Promise.all([createAuthority('ca'), createAuthority('ca')]);
  const { certificate } = await issueClientCertificate(one, { user: 'alice' });
  expect(new X509Certificate(certificate).verify(new X509Certificate(two.certificate).publicKey)).toBe(false);
});

test('a serving certificate is good for its names and addresses', async () => {
  const pair = await issueServingCertificate(await createAuthority('ca'), 'etcd', ['localhost', '127.0.0.1']);
  const certificate = new X509Certificate(pair.certificate);
  expect(certificate.checkHost('localhost')).toBe('localhost');
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.checkHost('example.org')).toBeUndefined();
  expect(certificate.keyUsage).toEqual([SERVER_AUTH, CLIENT_AUTH]);
});

test('the keys of tokens are PEM files of the kinds that kube-apiserver reads', async () => {
  const keys = await createTokenKeys();
  expect(keys.publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
  expect(keys.privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
});
