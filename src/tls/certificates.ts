// @peculiar/x509 needs the metadata API to be there when it is loaded.
import 'reflect-metadata';
import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  X509Certificate as X509CertificateReader,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const COMMON_NAME = 'kube-guardrails-webhook';
const DAY_MS = 24 * 60 * 60 * 1000;
const CA_LIFETIME_MS = 10 * 365 * DAY_MS;
const SERVING_LIFETIME_MS = 365 * DAY_MS;
// Clocks of nodes differ: what was just made must be valid everywhere.
const CLOCK_SKEW_MS = 60 * 60 * 1000;

/** A certificate and its private key, both as PEM text. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Makes a certificate authority (EC P-256, 10 years). Its name holds the day, so that an old and a new one can be told apart. */
export async function createAuthority(commonName: string, now: Date): Promise<KeyPair> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [`${commonName} ${now.toISOString().slice(0, 10)}`] }],
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(now.getTime() - CLOCK_SKEW_MS),
    notAfter: new Date(now.getTime() + CA_LIFETIME_MS),
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign | KeyUsageFlags.digitalSignature, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pemText(certificate.toString('pem')), key: await privateKeyPem(keys.privateKey) };
}

/** Makes a serving certificate (1 year, but not longer than the authority) for these DNS names and IP addresses. */
export async function issueServingCertificate(
  authority: KeyPair,
  names: readonly string[],
  now: Date,
): Promise<KeyPair> {
  const keys = await newKeys();
  const issuer = new X509CertificateReader(authority.certificate);
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [COMMON_NAME] }],
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey: await importPrivateKey(authority.key),
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(now.getTime() - CLOCK_SKEW_MS),
    notAfter: new Date(Math.min(now.getTime() + SERVING_LIFETIME_MS, issuer.notAfter.getTime())),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      // Clients read these alone, and not the common name.
      new SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }))),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { certificate: pemText(certificate.toString('pem')), key: await privateKeyPem(keys.privateKey) };
}

/** The certificates of a PEM text, each as PEM text of its own. What can't be parsed is left out. */
export function splitBundle(pem: string): readonly string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.filter((block) => parseCertificate(block) !== undefined).map(pemText);
}

/** When the certificate is no longer valid. */
export const expiration = (pem: string): Date => new X509Certificate(pem).validToDate;

/** Whether the certificate has expired, or has less than a third of its lifetime left. */
export function needsRenewal(pem: string, now: Date): boolean {
  const { validFromDate, validToDate } = new X509Certificate(pem);
  const lifetime = validToDate.getTime() - validFromDate.getTime();
  return validToDate.getTime() - now.getTime() < lifetime / 3;
}

/** Whether the certificate is good for all of these DNS names and IP addresses. */
export function covers(pem: string, names: readonly string[]): boolean {
  const certificate = new X509Certificate(pem);
  return names.every((name) =>
    isIP(name) === 0
      ? certificate.checkHost(name, { subject: 'never' }) !== undefined
      : certificate.checkIP(name) !== undefined,
  );
}

/** Whether the pair is complete: a certificate and the private key to it. */
export function isPair({ certificate, key }: KeyPair): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/** Whether the certificate is one of an authority. */
export const isAuthority = (pem: string): boolean => parseCertificate(pem)?.ca ?? false;

/** Whether the authority has signed the certificate. */
export function isSignedBy(pem: string, authorityPem: string): boolean {
  const [certificate, authority] = [parseCertificate(pem), parseCertificate(authorityPem)];
  return certificate !== undefined && authority !== undefined && certificate.verify(authority.publicKey);
}

/** The SHA-256 fingerprint, as openssl prints it. */
export const fingerprint = (pem: string): string => new X509Certificate(pem).fingerprint256;

function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

// With a line end, so that texts can be joined to a bundle.
const pemText = (pem: string): string => `${pem.trim()}\n`;

const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

const privateKeyPem = async (key: webcrypto.CryptoKey): Promise<string> =>
  pemText(PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY'));

const importPrivateKey = (pem: string): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(pem), ALGORITHM, false, ['sign']);
