import { Agent, request } from 'node:https';

/** A server, whom to trust for it, and who to be. */
export interface Peer {
  readonly url: string;
  readonly caCertificate: string;
  readonly client?: { readonly certificate: string; readonly key: string };
}

/** One request. The path begins at the server's root. */
export interface ClientRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly body?: Uint8Array;
}

/** A response with its whole body. */
export interface ClientResponse {
  readonly status: number;
  readonly body: string;
}

/** Longer than anything takes here, even on a machine that is busy. */
const TIMEOUT_MS = 30_000;

/** A client that keeps its connections, as controllers and the API server do. */
export class HttpsClient {
  readonly #url: URL;
  readonly #agent: Agent;
  readonly #signal: AbortSignal;

  /** `maxConnections` are opened at most. When the signal is aborted, requests under way fail. */
  constructor(peer: Peer, maxConnections: number, signal: AbortSignal) {
    this.#url = new URL(peer.url);
    this.#signal = signal;
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: maxConnections,
      ca: peer.caCertificate,
      ...(peer.client !== undefined && { cert: peer.client.certificate, key: peer.client.key }),
    });
    signal.addEventListener('abort', () => this.close(), { once: true });
  }

  /** Sends a request and returns the response, whatever its status. Throws if there is none. */
  send({ method, path, contentType = 'application/json', body }: ClientRequest): Promise<ClientResponse> {
    this.#signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const outgoing = request({
        host: this.#url.hostname,
        port: this.#url.port,
        method,
        path,
        agent: this.#agent,
        timeout: TIMEOUT_MS,
        headers: body === undefined ? {} : { 'content-type': contentType, 'content-length': body.byteLength },
      });
      outgoing.once('error', reject);
      outgoing.once('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer in time`)));
      outgoing.once('response', (incoming) => {
        const chunks: Uint8Array[] = [];
        incoming.on('data', (chunk: Uint8Array) => chunks.push(chunk));
        incoming.once('error', reject);
        incoming.once('end', () =>
          resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      outgoing.end(body);
    });
  }

  /** Ends all connections. */
  close(): void {
    this.#agent.destroy();
  }
}
