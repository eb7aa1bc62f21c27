import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WebhookEntry } from '../../src/controller/webhook-entries.ts';

interface Stored {
  readonly metadata: { readonly resourceVersion: string };
  readonly webhooks: readonly WebhookEntry[];
}

/**
 * The webhook configuration of one operator, held back from the cluster: the operator lists, watches and applies it as usual,
 * and the benchmark puts it into the cluster for as long as that operator is measured.
 */
export class HeldConfiguration {
  #stored: Stored | undefined;
  #version = 0;
  readonly #watchers = new Set<ServerResponse>();

  /** The entries that the operator wants; none before it has applied any. */
  get entries(): readonly WebhookEntry[] {
    return this.#stored?.webhooks ?? [];
  }

  /** Answers a request to the collection or the object. */
  async answer(request: IncomingMessage, url: URL, response: ServerResponse): Promise<void> {
    response.setHeader('content-type', 'application/json');
    if (request.method === 'PATCH') {
      this.#store(await bodyOf(request));
      response.end(JSON.stringify(this.#stored));
    } else if (url.searchParams.get('watch') === 'true') {
      this.#watch(response);
    } else {
      const metadata = { resourceVersion: String(this.#version) };
      const items = this.#stored === undefined ? [] : [this.#stored];
      response.end(JSON.stringify({ ...LIST, metadata, items }));
    }
  }

  /** Ends all watches. */
  close(): void {
    for (const watcher of this.#watchers) watcher.destroy();
  }

  #store(patch: Partial<Stored>): void {
    this.#version += 1;
    const metadata = { ...patch.metadata, uid: 'held', resourceVersion: String(this.#version) };
    this.#stored = { ...this.#stored, ...patch, webhooks: patch.webhooks ?? this.entries, metadata };
    for (const watcher of this.#watchers) this.#tell(watcher);
  }

  #watch(response: ServerResponse): void {
    this.#watchers.add(response);
    response.once('close', () => this.#watchers.delete(response));
    response.flushHeaders();
    if (this.#stored !== undefined) this.#tell(response);
  }

  #tell(watcher: ServerResponse): void {
    watcher.write(`${JSON.stringify({ type: 'MODIFIED', object: this.#stored })}\n`);
  }
}

const LIST = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfigurationList' };

async function bodyOf(request: IncomingMessage): Promise<Partial<Stored>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
