import type { Logger } from '../telemetry/logger.ts';
import { type CertificateChange, planCertificates, type StoredCertificates } from './certificate-plan.ts';
import { expiration, fingerprint } from './certificates.ts';

// Each try lost means that another replica has written something good.
const MAX_TRIES = 5;

/** What is stored, and the version that it is at. */
export interface StoredVersion {
  readonly resourceVersion: string;
  /** Whatever is there: nothing is promised of its content. */
  readonly certificates: StoredCertificates;
}

/** Where certificates are kept, for all replicas. */
export interface CertificateStorage {
  /** What is stored; undefined if nothing is. */
  read(): Promise<StoredVersion | undefined>;
  /** Stores for the first time. Returns false if something was stored in the meantime. */
  create(certificates: StoredCertificates): Promise<boolean>;
  /** Stores in place of that version. Returns false if that version is no longer there. */
  replace(certificates: StoredCertificates, resourceVersion: string): Promise<boolean>;
}

/** What a webhook server and its clients need. */
export interface ServingCertificates {
  /** The authorities that clients should trust, as PEM text. */
  readonly caBundle: string;
  readonly certificate: string;
  readonly key: string;
  /** When the serving certificate ends. It is replaced long before. */
  readonly expirationTime: Date;
}

/** What a CertificateStore needs. */
export interface CertificateStoreOptions {
  readonly storage: CertificateStorage;
  /** The DNS names and IP addresses that clients use. */
  readonly names: readonly string[];
  readonly logger: Logger;
  readonly now?: (() => Date) | undefined;
}

const UNUSABLE: ReadonlySet<CertificateChange> = new Set<CertificateChange>([
  'AuthorityUnusable',
  'ServingCertificateUnusable',
]);

/** Keeps one set of webhook certificates for all replicas: makes it, renews it, and repairs it. */
export class CertificateStore {
  readonly #options: CertificateStoreOptions;

  constructor(options: CertificateStoreOptions) {
    this.#options = options;
  }

  /**
   * Returns certificates that are valid now, after making or renewing what is stored where needed. Call it at start and then
   * from time to time: what another replica has renewed comes the same way.
   */
  async ensure(): Promise<ServingCertificates> {
    const { storage, names } = this.#options;
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const stored = await storage.read();
      const { certificates, change } = await planCertificates(stored?.certificates, names, this.#now());
      if (change === undefined) {
        return toServing(certificates);
      }
      const isStored =
        stored === undefined
          ? await storage.create(certificates)
          : await storage.replace(certificates, stored.resourceVersion);
      if (isStored) {
        this.#log(change, certificates);
        return toServing(certificates);
      }
    }
    throw new Error(`the webhook certificates were changed by somebody else ${MAX_TRIES} times in a row`);
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date();
  }

  #log(change: CertificateChange, { certificate }: StoredCertificates): void {
    const { logger } = this.#options;
    const fields = {
      reason: change,
      fingerprint: fingerprint(certificate),
      expirationTime: expiration(certificate).toISOString(),
    };
    if (UNUSABLE.has(change)) {
      logger.warn('stored webhook certificates could not be used and were replaced', fields);
    } else {
      logger.info('webhook certificates were stored', fields);
    }
  }
}

const toServing = ({ caBundle, certificate, key }: StoredCertificates): ServingCertificates => ({
  caBundle,
  certificate,
  key,
  expirationTime: expiration(certificate),
});
