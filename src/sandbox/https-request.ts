import { request } from 'node:https';
import type { KeyPair } from './certificates.ts';

/** A server that is trusted by one authority, and the client certificate to show to it. */
export interface HttpsPeer {
  readonly server: string;
  readonly caCertificate: string;
  readonly client: KeyPair;
}

/** A response with its whole body as text. */
export interface HttpsResponse {
  readonly status: number;
  readonly body: string;
}

// Every server that this speaks to is on this machine: one that is silent for so long hangs.
const TIMEOUT_MS = 5_000;

/**
 * Sends one request with an optional JSON body and returns the response, whatever its status.
 * Throws if there is no connection, the server's certificate isn't from that authority, or no answer comes in 5 s.
 */
export function httpsRequest(peer: HttpsPeer, method: string, path: string, body?: unknown): Promise<HttpsResponse> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      new URL(path, peer.server),
      {
        method,
        ca: peer.caCertificate,
        cert: peer.client.certificate,
        key: peer.client.key,
        // A connection of its own: a kept one would break in the next request when the server is restarted.
        agent: false,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: payload === undefined ? {} : { 'content-type': 'application/json' },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}
