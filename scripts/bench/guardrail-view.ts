import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request as httpsRequest, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority, issueServingCertificate } from '../../src/tls/certificates.ts';
import { SET_LABEL } from './guardrail-set.ts';
import { HeldConfiguration } from './held-configuration.ts';
import { GUARDRAILS, WEBHOOKS } from './paths.ts';

/**
 * What one operator sees of the cluster: all of it, but of the Guardrails those of one set alone, and a webhook configuration
 * of its own. So operators with one, a hundred and a thousand guardrails run beside each other on one API server, each warm,
 * and can be measured in turns. Requests for admission don't pass here: the API server calls each operator itself.
 */
export class GuardrailView {
  readonly configuration = new HeldConfiguration();
  readonly caCertificate: string;
  readonly #server: Server;
  readonly #agent: Agent;

  private constructor(server: Server, agent: Agent, caCertificate: string) {
    this.#server = server;
    this.#agent = agent;
    this.caCertificate = caCertificate;
  }

  /** Starts a view of a set on a free port of the loopback address. */
  static async start(apiServer: { readonly server: string; readonly caCertificate: string }, set: string) {
    const now = new Date();
    const authority = await createAuthority('bench', now);
    const { certificate, key } = await issueServingCertificate(authority, ['127.0.0.1'], now);
    const agent = new Agent({ keepAlive: true, ca: apiServer.caCertificate });
    const server = createServer({ key, cert: certificate });
    const view = new GuardrailView(server, agent, authority.certificate);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const url = new URL(request.url ?? '/', apiServer.server);
      if (url.pathname.startsWith(WEBHOOKS)) {
        view.configuration.answer(request, url, response).catch(() => response.destroy());
        return;
      }
      if (url.pathname === GUARDRAILS) url.searchParams.set('labelSelector', `${SET_LABEL}=${set}`);
      view.#forward(request, url, response);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return view;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends all connections. */
  close(): void {
    this.configuration.close();
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
  }

  #forward(incoming: IncomingMessage, url: URL, response: ServerResponse): void {
    const { method, headers } = incoming;
    const outgoing = httpsRequest(url, { method, headers: { ...headers, host: url.host }, agent: this.#agent });
    outgoing.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.once('error', () => response.destroy());
    });
    outgoing.once('error', () => response.destroy());
    // A watch ends when the operator has had enough of it.
    response.once('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  }
}
