import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority, issueServingCertificate } from '../../src/tls/certificates.ts';

/** An AdmissionReview as the API server sent it. */
export interface RecordedReview {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: RecordedRequest;
}

/** The parts of a request that scenes choose by. All others are there too. */
export interface RecordedRequest {
  readonly uid: string;
  readonly operation: string;
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly dryRun?: boolean;
  readonly userInfo: { readonly username: string; readonly groups?: readonly string[] };
  readonly object?: RecordedObject | null;
  readonly oldObject?: RecordedObject | null;
}

/** An object in a review, as far as scenes choose by it. */
export interface RecordedObject {
  readonly kind?: string;
  readonly status?: { readonly collisionCount?: number };
  readonly metadata?: {
    readonly name?: string;
    readonly ownerReferences?: readonly unknown[];
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
  };
}

/** A webhook that allows everything and remembers it. */
export interface Recorder {
  readonly url: string;
  readonly caCertificate: string;
  /** Forgets what came before. */
  clear(): void;
  /** Returns the first review since the last clear() that the predicate picks, waiting for it up to the time. */
  first(picks: (request: RecordedRequest) => boolean, timeoutMs: number): Promise<RecordedReview | undefined>;
  close(): Promise<void>;
}

/** Starts a recorder on a free port of the loopback address. */
export async function startRecorder(): Promise<Recorder> {
  const now = new Date();
  const authority = await createAuthority('capture-reviews', now);
  const { certificate, key } = await issueServingCertificate(authority, ['127.0.0.1', 'localhost'], now);
  let reviews: RecordedReview[] = [];
  let onReview = (): void => {};
  const server = createServer({ cert: certificate, key }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const review = JSON.parse(Buffer.concat(chunks).toString('utf8')) as RecordedReview;
    const { apiVersion, kind } = review;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ apiVersion, kind, response: { uid: review.request.uid, allowed: true } }));
    reviews.push(review);
    onReview();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}/`,
    caCertificate: authority.certificate,
    clear: () => {
      reviews = [];
    },
    first: (picks, timeoutMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => resolve(undefined), timeoutMs);
        const look = () => {
          const found = reviews.find(({ request }) => picks(request));
          if (found === undefined) return;
          clearTimeout(timer);
          onReview = () => {};
          resolve(found);
        };
        onReview = look;
        look();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
