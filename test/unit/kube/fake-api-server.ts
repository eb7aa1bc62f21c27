import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubeConfig } from '@kubernetes/client-node';

type Json = { readonly [key: string]: unknown };

/** One request that the server has seen. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** The server's end of one open watch. */
export class WatchConnection {
  readonly query: URLSearchParams;
  readonly #response: ServerResponse;

  constructor(query: URLSearchParams, response: ServerResponse) {
    this.query = query;
    this.#response = response;
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
  }

  send(type: string, object: Json): void {
    this.sendLine(JSON.stringify({ type, object }));
  }

  sendLine(line: string): void {
    this.#response.write(`${line}\n`);
  }

  /** Closes as the API server does after timeoutSeconds. */
  close(): void {
    this.#response.end();
  }

  /** Breaks the connection, as a network does. */
  reset(): void {
    this.#response.socket?.resetAndDestroy();
  }
}

/** Answers one request, or returns false to leave it to the server's usual behaviour. */
type Answer = (request: SeenRequest, response: ServerResponse) => boolean;

/**
 * A server that speaks as much of the API as a list-watch needs, over plain HTTP: it lists `objects` in pages at
 * `resourceVersion`, and leaves what a watch says to the test.
 */
export class FakeApiServer {
  readonly requests: SeenRequest[] = [];
  /** Looked at before the usual behaviour. */
  answer: Answer = () => false;
  objects: readonly Json[] = [];
  resourceVersion = '1';
  readonly #server: Server;
  readonly #watches: WatchConnection[] = [];
  readonly #waiting: ((watch: WatchConnection) => void)[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      request.on('end', () => this.#handle(request, response, text));
    });
  }

  static async start(): Promise<FakeApiServer> {
    const fake = new FakeApiServer();
    await new Promise<void>((resolve) => {
      fake.#server.listen(0, '127.0.0.1', resolve);
    });
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Fills a configuration that leads here. */
  configure<T extends KubeConfig>(config: T): T {
    const cluster = { name: 'fake', server: this.url, skipTLSVerify: true };
    config.loadFromClusterAndUser(cluster, { name: 'fake', token: 'secret-token' });
    return config;
  }

  get lists(): readonly SeenRequest[] {
    return this.requests.filter(({ query }) => !query.has('watch'));
  }

  get watches(): readonly SeenRequest[] {
    return this.requests.filter(({ query }) => query.has('watch'));
  }

  /** The next watch that is opened, or has been opened and was not asked for yet. */
  nextWatch(): Promise<WatchConnection> {
    const watch = this.#watches.shift();
    return watch === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(watch);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #handle(request: IncomingMessage, response: ServerResponse, text: string): void {
    const url = new URL(request.url ?? '/', this.url);
    const seen = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
    this.requests.push(seen);
    if (this.answer(seen, response)) {
      return;
    }
    if (seen.query.has('watch')) {
      const watch = new WatchConnection(seen.query, response);
      const waiting = this.#waiting.shift();
      if (waiting === undefined) {
        this.#watches.push(watch);
      } else {
        waiting(watch);
      }
      return;
    }
    this.#list(seen, response);
  }

  #list({ query }: SeenRequest, response: ServerResponse): void {
    const limit = Number(query.get('limit') ?? this.objects.length);
    const from = Number(query.get('continue') ?? 0);
    const rest = from + limit < this.objects.length ? String(from + limit) : undefined;
    respond(response, 200, {
      apiVersion: 'guardrails.dev/v1alpha1',
      kind: 'GuardrailList',
      metadata: { resourceVersion: this.resourceVersion, continue: rest },
      items: this.objects.slice(from, from + limit),
    });
  }
}

/** Answers with JSON. */
export function respond(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): true {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
  return true;
}

/** Answers as the API server refuses. */
export function refuse(response: ServerResponse, code: number, reason: string, message = reason): true {
  return respond(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message });
}

/** An object as the API server sends it. */
export function guardrail(name: string, resourceVersion: string, more: Json = {}): Json {
  return {
    metadata: { name, uid: `uid-${name}`, resourceVersion, managedFields: [{ manager: 'kubectl' }], labels: { name } },
    ...more,
  };
}
