import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';
import type { TestUser } from '../../../../src/api/v1alpha1.ts';
import type { ControlPlane } from '../../../../src/sandbox/control-plane.ts';
import type { Stored } from '../guarded-cluster.ts';

/** Who sets the scenes of the tests. */
export const SCENE_USER = 'replay:scene';

/** As the extra of a user it marks the requests of tests, with the number of the request. */
export const MARK = 'replay';

/** What is sent. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: readonly (readonly [string, string])[];
  readonly body?: unknown;
  /** Who asks; the user that sets the scenes if it is left out. */
  readonly as?: TestUser;
  /** What is recorded under this mark. */
  readonly mark?: string;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly body: Stored;
  /** By which the audit log knows the request. */
  readonly auditId: string;
}

/** An object is not there. */
export class GoneError extends Error {}

const SCENE: TestUser = { username: SCENE_USER, groups: ['system:masters'] };
/** A request waits for the webhook for at most 5 s; proxied ones for what nobody answers. */
const TIMEOUT_MS = 30_000;

/** Speaks with the API server in the name of anybody. */
export class Api {
  readonly #server: string;
  readonly #agent: Agent;

  constructor({ server, caCertificate, adminKubeconfig }: ControlPlane) {
    const { user } = parse(readFileSync(adminKubeconfig, 'utf8')).users[0];
    const decoded = (key: string): string => Buffer.from(user[key], 'base64').toString();
    this.#server = server;
    this.#agent = new Agent({
      keepAlive: true,
      ca: caCertificate,
      cert: decoded('client-certificate-data'),
      key: decoded('client-key-data'),
    });
  }

  /** Sends a request and returns the answer, whatever it is. */
  send({ method, path, query = [], body, as = SCENE, mark }: Call): Promise<Answer> {
    const url = new URL(path, this.#server);
    for (const [key, value] of query) url.searchParams.append(key, value);
    const auditId = randomUUID();
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const payload = body === undefined ? '' : JSON.stringify(body);
    const headers = {
      ...(body !== undefined && { 'content-type': type }),
      // Without it, Node sends no body with a DELETE that the API server would see.
      'content-length': Buffer.byteLength(payload),
      'audit-id': auditId,
      'impersonate-user': as.username,
      'impersonate-group': [...(as.groups ?? ['system:authenticated'])],
      ...(as.uid !== undefined && { 'impersonate-uid': as.uid }),
      ...(mark !== undefined && { [`impersonate-extra-${MARK}`]: mark }),
    };
    const options = { method, agent: this.#agent, signal: AbortSignal.timeout(TIMEOUT_MS), headers };
    return new Promise((resolve, reject) => {
      const outgoing = request(url, options, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: incoming.statusCode ?? 0, body: parsed(text), auditId });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(payload);
    });
  }

  /** Sends a request of the user that sets the scenes, and throws unless it succeeds. */
  async must(call: Call): Promise<Stored> {
    const { status, body } = await this.send(call);
    if (status === 404) throw new GoneError(`${call.method} ${call.path}: ${body.message}`);
    if (status >= 300) throw new Error(`${call.method} ${call.path} ended with ${status}: ${body.message}`);
    return body;
  }

  /** Ends the connections. */
  close(): void {
    this.#agent.destroy();
  }
}

/** What answers for a proxied server need not be JSON. */
function parsed(text: string): Stored {
  try {
    return JSON.parse(text) as Stored;
  } catch {
    return { message: text };
  }
}
