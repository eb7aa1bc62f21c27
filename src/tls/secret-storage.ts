import type { KubeClient } from '../kube/client.ts';
import { isAlreadyExists, isConflict, isForbidden, isNamespaceTerminating, isNotFound } from '../kube/errors.ts';
import { asObject } from '../policy/json.ts';
import type { KubeObject } from '../policy/review.ts';
import type { StoredCertificates } from './certificate-plan.ts';
import type { CertificateStorage, StoredVersion } from './certificate-store.ts';

/** The Secret that holds the certificates, in the operator's namespace. */
export const CERTIFICATE_SECRET = 'guardrails-webhook-certificates';

// tls.crt and tls.key are those of every TLS Secret; ca.crt holds all that clients should trust.
const DATA_KEYS = { caBundle: 'ca.crt', caKey: 'ca.key', certificate: 'tls.crt', key: 'tls.key' } as const;

/** Thrown when the cluster refuses the Secret. The message says what to do. */
export class CertificateStorageError extends Error {}

type SecretClient = Pick<KubeClient, 'get' | 'create' | 'replace'>;

/** Keeps certificates in a Secret. Makes the namespace too if it is missing. */
export class SecretStorage implements CertificateStorage {
  readonly #client: SecretClient;
  readonly #namespace: string;
  // As read last: what else is in it must survive a replace.
  #secret: KubeObject = {};

  constructor(client: SecretClient, namespace: string) {
    this.#client = client;
    this.#namespace = namespace;
  }

  async read(): Promise<StoredVersion | undefined> {
    try {
      this.#secret = await this.#client.get({ ...this.#resource(), name: CERTIFICATE_SECRET });
    } catch (error) {
      if (isNotFound(error)) {
        return undefined;
      }
      throw this.#explain(error);
    }
    const { resourceVersion } = asObject(this.#secret.metadata);
    return { resourceVersion: String(resourceVersion), certificates: decode(asObject(this.#secret.data)) };
  }

  async create(certificates: StoredCertificates): Promise<boolean> {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: CERTIFICATE_SECRET,
        namespace: this.#namespace,
        labels: { 'app.kubernetes.io/name': 'kube-guardrails' },
      },
      type: 'kubernetes.io/tls',
      data: encode(certificates),
    };
    return this.#write(async () => {
      try {
        await this.#client.create(this.#resource(), secret);
      } catch (error) {
        // Of a create, only the namespace can be what is not found.
        if (!isNotFound(error)) {
          throw error;
        }
        await this.#createNamespace();
        await this.#client.create(this.#resource(), secret);
      }
    });
  }

  async replace(certificates: StoredCertificates, resourceVersion: string): Promise<boolean> {
    const secret = {
      ...this.#secret,
      metadata: { ...asObject(this.#secret.metadata), resourceVersion },
      data: { ...asObject(this.#secret.data), ...encode(certificates) },
    };
    const reference = { ...this.#resource(), name: CERTIFICATE_SECRET };
    return this.#write(() => this.#client.replace(reference, secret));
  }

  async #write(write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      // Not found: it was deleted since it was read.
      if (isAlreadyExists(error) || isConflict(error) || isNotFound(error)) {
        return false;
      }
      throw this.#explain(error);
    }
  }

  async #createNamespace(): Promise<void> {
    const name = this.#namespace;
    try {
      const resource = { group: '', version: 'v1', resource: 'namespaces' };
      await this.#client.create(resource, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    } catch (error) {
      if (isForbidden(error)) {
        const advice = `create it (kubectl create namespace ${name}), or name another with --namespace`;
        throw new CertificateStorageError(`namespace ${name} does not exist, and may not be created: ${advice}`, {
          cause: error,
        });
      }
      if (!isAlreadyExists(error)) {
        throw error;
      }
    }
  }

  #explain(error: unknown): unknown {
    if (isNamespaceTerminating(error) || !isForbidden(error)) {
      return error;
    }
    const advice = `allow the operator to get, create and update Secrets in namespace ${this.#namespace}`;
    return new CertificateStorageError(
      `Secret ${this.#namespace}/${CERTIFICATE_SECRET} is refused (${error.message}): ${advice}`,
      { cause: error },
    );
  }

  #resource() {
    return { group: '', version: 'v1', resource: 'secrets', namespace: this.#namespace };
  }
}

function decode(data: KubeObject): StoredCertificates {
  const text = (key: string): string => {
    const value = data[key];
    return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
  };
  return {
    caBundle: text(DATA_KEYS.caBundle),
    caKey: text(DATA_KEYS.caKey),
    certificate: text(DATA_KEYS.certificate),
    key: text(DATA_KEYS.key),
  };
}

const encode = (certificates: StoredCertificates): Record<string, string> => ({
  [DATA_KEYS.caBundle]: toBase64(certificates.caBundle),
  [DATA_KEYS.caKey]: toBase64(certificates.caKey),
  [DATA_KEYS.certificate]: toBase64(certificates.certificate),
  [DATA_KEYS.key]: toBase64(certificates.key),
});

const toBase64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
