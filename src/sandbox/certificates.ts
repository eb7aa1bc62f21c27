// @peculiar/x509 needs the metadata API to be there when it is loaded.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY = 24 * 60 * 60 * 1000;

/** A certificate or public key with its private key, both as PEM text. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Who a client certificate speaks for: Kubernetes reads the user from its common name, the groups from its organizations. */
export interface Identity {
  readonly user: string;
  readonly groups?: readonly string[];
}

// Some slack before now, for clocks that differ; a year is longer than any sandbox lives.
const validity = () => ({ notBefore: new Date(Date.now() - 5 * 60_000), notAfter: new Date(Date.now() + 365 * DAY) });

const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

const privateKeyPem = async (key: webcrypto.CryptoKey): Promise<string> =>
  PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');

const importPrivateKey = (pem: string): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(pem), ALGORITHM, false, ['sign']);

/** Makes a certificate authority of its own, with that common name. */
export async function createAuthority(commonName: string): Promise<KeyPair> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign | KeyUsageFlags.digitalSignature, true),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await privateKeyPem(keys.privateKey) };
}

async function issue(authority: KeyPair, subject: JsonName, usages: string[], addresses: readonly string[]) {
  const keys = await newKeys();
  const names = addresses.map((value) => ({
    type: /^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const),
    value,
  }));
  const certificate = await X509CertificateGenerator.create({
    ...validity(),
    subject,
    issuer: new X509Certificate(authority.certificate).subjectName,
    publicKey: keys.publicKey,
    signingKey: await importPrivateKey(authority.key),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension(usages),
      ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await privateKeyPem(keys.privateKey) };
}

/**
 * Signs a serving certificate for these DNS names and IPv4 addresses.
 * It is good for clients too: etcd's own gateway connects to etcd with it.
 */
export const issueServingCertificate = (
  authority: KeyPair,
  commonName: string,
  addresses: readonly string[],
): Promise<KeyPair> =>
  issue(authority, [{ CN: [commonName] }], [ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth], addresses);

/** Signs a client certificate for that user and those groups, whatever characters are in their names. */
export const issueClientCertificate = (authority: KeyPair, { user, groups = [] }: Identity): Promise<KeyPair> =>
  // Names as data, not as "CN=...,O=...": a comma or an equals sign in a name then can't add a group.
  issue(authority, [...groups.map((group) => ({ O: [group] })), { CN: [user] }], [ExtendedKeyUsage.clientAuth], []);

/** Makes the pair of keys that signs ServiceAccount tokens: the private key, and the public key for those who check. */
export async function createTokenKeys(): Promise<{ readonly publicKey: string; readonly privateKey: string }> {
  const keys = await newKeys();
  return {
    publicKey: PemConverter.encode(await webcrypto.subtle.exportKey('spki', keys.publicKey), 'PUBLIC KEY'),
    privateKey: await privateKeyPem(keys.privateKey),
  };
}
