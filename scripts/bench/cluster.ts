import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import type { ControlPlane } from '../../src/sandbox/control-plane.ts';
import { HttpsClient, type Peer } from './https-client.ts';

/** Any object to be created. */
export type Manifest = object;

const PARALLEL = 16;
const STEP_MS = 25;

/** What is done to the cluster as its administrator. */
export class Cluster {
  readonly peer: Peer;
  readonly #client: HttpsClient;
  readonly #signal: AbortSignal;

  constructor(controlPlane: ControlPlane, signal: AbortSignal) {
    this.peer = adminOf(controlPlane);
    this.#client = new HttpsClient(this.peer, PARALLEL, signal);
    this.#signal = signal;
  }

  /** Creates objects in a collection, several at a time. Throws if one is refused. */
  async createAll(collection: string, manifests: readonly Manifest[]): Promise<void> {
    const left = manifests.values();
    const work = async (): Promise<void> => {
      for (const manifest of left) await this.call('POST', collection, manifest);
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
  }

  /** Calls the API and returns what it answers. Throws if that is a failure; an absent object is none for DELETE. */
  async call(method: string, path: string, body?: Manifest, contentType?: string): Promise<unknown> {
    const response = await this.#client.send({
      method,
      path,
      ...(contentType !== undefined && { contentType }),
      ...(body !== undefined && { body: Buffer.from(JSON.stringify(body)) }),
    });
    const isFine = response.status < 300 || (method === 'DELETE' && response.status === 404);
    if (!isFine) throw new Error(`${method} ${path} was answered with ${response.status}: ${response.body}`);
    return JSON.parse(response.body);
  }

  /** The status of a call, whatever it is. */
  async status(method: string, path: string, body: Manifest): Promise<number> {
    return (await this.#client.send({ method, path, body: Buffer.from(JSON.stringify(body)) })).status;
  }

  /** Waits until a condition holds. Throws after that time, with what was waited for. */
  async until(what: string, holds: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!(await holds())) {
      if (performance.now() > end) throw new Error(`${what}: not within ${timeoutMs / 1_000} s`);
      await sleep(STEP_MS, undefined, { signal: this.#signal });
    }
  }

  close(): void {
    this.#client.close();
  }
}

function adminOf({ adminKubeconfig, caCertificate, server }: ControlPlane): Peer {
  const { user } = parse(readFileSync(adminKubeconfig, 'utf8')).users[0];
  const decode = (key: string): string => Buffer.from(user[key], 'base64').toString();
  const client = { certificate: decode('client-certificate-data'), key: decode('client-key-data') };
  return { url: server, caCertificate, client };
}
