import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';

/** What the API server answered. */
export interface Answer {
  readonly status: number;
  /** The parsed body, such as an object or a Status. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind
  readonly body: any;
}

/** A client that sends many requests quickly over a few kept connections, as one user: for what would take kubectl minutes. */
export class HttpClient {
  readonly #server: string;
  readonly #agent: Agent;

  /** The kubeconfig must carry a client certificate, as those of the sandbox's users do. */
  constructor(kubeconfig: string) {
    const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8'));
    const decode = (text: string): string => Buffer.from(text, 'base64').toString('utf8');
    this.#server = clusters[0].cluster.server;
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: 8,
      ca: decode(clusters[0].cluster['certificate-authority-data']),
      cert: decode(users[0].user['client-certificate-data']),
      key: decode(users[0].user['client-key-data']),
    });
  }

  /** Sends a request and returns the answer, whatever its status. Throws if there is no answer within 10 s. */
  send(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<Answer> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        new URL(path, this.#server),
        {
          method,
          agent: this.#agent,
          signal: AbortSignal.timeout(10_000),
          headers: { accept: 'application/json', ...(payload !== undefined && { 'content-type': contentType }) },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const isJson = incoming.headers['content-type']?.includes('json') === true;
            resolve({ status: incoming.statusCode ?? 0, body: isJson ? JSON.parse(text) : text });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(payload);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
