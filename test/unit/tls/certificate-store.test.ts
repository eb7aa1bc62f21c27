import { describe, expect, test } from 'vitest';
import { errorFromResponse } from '../../../src/kube/errors.ts';
import type { KubeObject } from '../../../src/policy/review.ts';
import { type LogFields, type Logger, silentLogger } from '../../../src/telemetry/logger.ts';
import { CertificateStore } from '../../../src/tls/certificate-store.ts';
import { isPair, isSignedBy } from '../../../src/tls/certificates.ts';
import { CERTIFICATE_SECRET, SecretStorage } from '../../../src/tls/secret-storage.ts';

const NAMES = ['guardrails.guardrails-system.svc'];
const NOW = new Date('2026-11-22T12:00:00Z');

const refused = (code: number, reason: string, details?: object) =>
  errorFromResponse({ code, body: { reason, message: `${reason}!`, details } }, 'X');

type SecretLike = { metadata: Record<string, unknown>; data: Record<string, string>; [key: string]: unknown };

/** As much of an API server as a Secret in one namespace needs. */
class FakeCluster {
  secret: SecretLike | undefined;
  namespace: 'there' | 'missing' | 'missing and forbidden' = 'there';
  failure: Error | undefined;
  /** Runs once, just before a write: what another replica does in between. */
  beforeWrite: (() => void) | undefined;
  writes: string[] = [];
  #version = 0;

  async get(): Promise<KubeObject> {
    this.#fail();
    if (this.secret === undefined) {
      throw refused(404, 'NotFound');
    }
    return structuredClone(this.secret);
  }

  async create({ resource }: { resource: string }, body: KubeObject): Promise<KubeObject> {
    this.#interrupt();
    this.#fail();
    if (resource === 'namespaces') {
      return this.#createNamespace(body);
    }
    if (this.namespace !== 'there') {
      throw refused(404, 'NotFound');
    }
    if (this.secret !== undefined) {
      throw refused(409, 'AlreadyExists');
    }
    return this.#store(body, 'create');
  }

  async replace(_: object, body: KubeObject): Promise<KubeObject> {
    this.#interrupt();
    this.#fail();
    const { resourceVersion } = (body as SecretLike).metadata;
    if (this.secret === undefined) {
      throw refused(404, 'NotFound');
    }
    if (resourceVersion !== this.secret.metadata.resourceVersion) {
      throw refused(409, 'Conflict');
    }
    return this.#store(body, 'replace');
  }

  #createNamespace(body: KubeObject): KubeObject {
    if (this.namespace === 'missing and forbidden') {
      throw refused(403, 'Forbidden');
    }
    this.namespace = 'there';
    this.writes.push('namespace');
    return body;
  }

  #store(body: KubeObject, write: string): KubeObject {
    this.#version += 1;
    this.writes.push(write);
    this.secret = structuredClone(body) as SecretLike;
    this.secret.metadata.resourceVersion = String(this.#version);
    return this.secret;
  }

  #interrupt(): void {
    const run = this.beforeWrite;
    this.beforeWrite = undefined;
    run?.();
  }

  #fail(): void {
    if (this.failure !== undefined) {
      throw this.failure;
    }
  }
}

function storeOf(cluster: FakeCluster, options: { names?: string[]; logger?: Logger; now?: Date } = {}) {
  const { names = NAMES, logger = silentLogger, now = NOW } = options;
  return new CertificateStore({
    storage: new SecretStorage(cluster, 'guardrails-system'),
    names,
    logger,
    now: () => now,
  });
}

const text = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString();

describe('certificates', () => {
  test('are made and stored where there are none', async () => {
    const cluster = new FakeCluster();
    const { caBundle, certificate, key, expirationTime } = await storeOf(cluster).ensure();
    expect(cluster.writes).toEqual(['create']);
    expect(isPair({ certificate, key })).toBe(true);
    expect(isSignedBy(certificate, caBundle)).toBe(true);
    expect(expirationTime).toEqual(new Date('2027-11-22T12:00:00Z'));
    expect(cluster.secret).toMatchObject({
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata: { name: CERTIFICATE_SECRET, namespace: 'guardrails-system' },
    });
    expect(Object.keys(cluster.secret?.data ?? {})).toEqual(['ca.crt', 'ca.key', 'tls.crt', 'tls.key']);
    expect(text(cluster.secret?.data['tls.key'])).toBe(key);
  });

  test('are the same for every replica and after every restart', async () => {
    const cluster = new FakeCluster();
    const first = await storeOf(cluster).ensure();
    await expect(storeOf(cluster).ensure()).resolves.toEqual(first);
    expect(cluster.writes).toEqual(['create']);
  });

  test('are renewed in time, and another replica gets the new ones', async () => {
    const cluster = new FakeCluster();
    const old = await storeOf(cluster).ensure();
    const now = new Date('2027-09-01T00:00:00Z');
    const renewed = await storeOf(cluster, { now }).ensure();
    expect(renewed.certificate).not.toBe(old.certificate);
    expect(renewed.caBundle).toBe(old.caBundle);
    await expect(storeOf(cluster, { now }).ensure()).resolves.toEqual(renewed);
    expect(cluster.writes).toEqual(['create', 'replace']);
  });

  test('are replaced for other names', async () => {
    const cluster = new FakeCluster();
    await storeOf(cluster).ensure();
    await storeOf(cluster, { names: ['other.svc'] }).ensure();
    expect(cluster.writes).toEqual(['create', 'replace']);
  });
});

describe('a Secret', () => {
  test('that another replica makes at the same time is used', async () => {
    const cluster = new FakeCluster();
    const other = new FakeCluster();
    const theirs = await storeOf(other).ensure();
    cluster.beforeWrite = () => {
      cluster.secret = other.secret;
    };
    await expect(storeOf(cluster).ensure()).resolves.toEqual(theirs);
    expect(cluster.writes).toEqual([]);
  });

  test('that another replica renews at the same time is used', async () => {
    const cluster = new FakeCluster();
    await storeOf(cluster).ensure();
    const other = new FakeCluster();
    const theirs = await storeOf(other, { names: ['new.svc'] }).ensure();
    cluster.beforeWrite = () => {
      cluster.secret = { ...(other.secret as SecretLike), metadata: { resourceVersion: '99' } };
    };
    await expect(storeOf(cluster, { names: ['new.svc'] }).ensure()).resolves.toEqual(theirs);
    expect(cluster.writes).toEqual(['create']);
  });

  test('that is deleted in between is made again', async () => {
    const cluster = new FakeCluster();
    await storeOf(cluster).ensure();
    cluster.beforeWrite = () => {
      cluster.secret = undefined;
    };
    await storeOf(cluster, { names: ['new.svc'] }).ensure();
    expect(cluster.writes).toEqual(['create', 'create']);
  });

  test.each<[string, Record<string, string>]>([
    ['no data', {}],
    ['text that is no certificate', { 'ca.crt': 'eA==', 'ca.key': 'eA==', 'tls.crt': 'eA==', 'tls.key': 'eA==' }],
    ['what is no base64', { 'ca.crt': '%%%' }],
  ])('with %s gets good content, what else is in it stays, and the log warns', async (_, data) => {
    const warnings: (LogFields | undefined)[] = [];
    const logger = { ...silentLogger, warn: (__: string, fields?: LogFields) => warnings.push(fields) };
    const cluster = new FakeCluster();
    const metadata = { name: CERTIFICATE_SECRET, resourceVersion: '7', labels: { team: 'a' } };
    cluster.secret = { metadata, type: 'Opaque', data: { ...data, 'mine.txt': 'eA==' } };
    const { certificate, caBundle } = await storeOf(cluster, { logger }).ensure();
    expect(isSignedBy(certificate, caBundle)).toBe(true);
    expect(cluster.secret).toMatchObject({
      type: 'Opaque',
      metadata: { labels: { team: 'a' } },
      data: { 'mine.txt': 'eA==' },
    });
    expect(warnings).toMatchObject([{ reason: 'AuthorityUnusable' }]);
  });

  test('that others keep changing is given up', async () => {
    const cluster = new FakeCluster();
    await storeOf(cluster).ensure();
    let version = 100;
    const interfere = (): void => {
      version += 1;
      (cluster.secret as SecretLike).metadata.resourceVersion = String(version);
      cluster.beforeWrite = interfere;
    };
    cluster.beforeWrite = interfere;
    await expect(storeOf(cluster, { names: ['new.svc'] }).ensure()).rejects.toThrow('5 times in a row');
  });

  test('that is refused is an error that says what to allow', async () => {
    const cluster = new FakeCluster();
    cluster.failure = refused(403, 'Forbidden');
    await expect(storeOf(cluster).ensure()).rejects.toThrow(
      `Secret guardrails-system/${CERTIFICATE_SECRET} is refused (Forbidden!): allow the operator to get, create and update`,
    );
  });

  test.each([
    ['an API server that is away', refused(503, 'ServiceUnavailable')],
    ['a namespace that is being deleted', refused(403, 'Forbidden', { causes: [{ reason: 'NamespaceTerminating' }] })],
  ])('can not be had from %s, and the error is that', async (_, failure) => {
    const cluster = new FakeCluster();
    cluster.failure = failure;
    await expect(storeOf(cluster).ensure()).rejects.toBe(failure);
  });
});

describe('a namespace that is missing', () => {
  test('is made', async () => {
    const cluster = new FakeCluster();
    cluster.namespace = 'missing';
    await storeOf(cluster).ensure();
    expect(cluster.writes).toEqual(['namespace', 'create']);
  });

  test('and may not be made is an error that says what to do', async () => {
    const cluster = new FakeCluster();
    cluster.namespace = 'missing and forbidden';
    await expect(storeOf(cluster).ensure()).rejects.toThrow(
      'namespace guardrails-system does not exist, and may not be created: create it (kubectl create namespace guardrails-system)',
    );
  });
});
