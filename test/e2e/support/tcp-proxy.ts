import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Link {
  readonly client: Socket;
  readonly upstream: Socket | undefined;
}

/**
 * Stands between a client and a port of this machine, and can fail as networks do: without a word to either side. A silent
 * connection stays open and carries nothing, for ever.
 */
export class TcpProxy {
  readonly #server: Server;
  readonly #target: number;
  readonly #links = new Set<Link>();
  #mode: 'carrying' | 'silent' = 'carrying';

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on the connections that are open carry nothing. New ones work. */
  dropOpenConnections(): void {
    for (const { client, upstream } of this.#links) {
      // Unpiped and paused, and never closed: neither side is told.
      client.unpipe().pause();
      upstream?.unpipe().pause();
    }
  }

  /** From now on neither the connections that are open nor new ones carry anything; new ones are accepted. */
  silence(): void {
    this.#mode = 'silent';
    this.dropOpenConnections();
  }

  /** From now on new connections work. Those that were silent stay so, as after the replacement of a broken router. */
  restore(): void {
    this.#mode = 'carrying';
  }

  async stop(): Promise<void> {
    for (const { client, upstream } of this.#links) {
      client.destroy();
      upstream?.destroy();
    }
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket): void {
    const upstream = this.#mode === 'silent' ? undefined : connect(this.#target, '127.0.0.1');
    const link = { client, upstream };
    this.#links.add(link);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket?.on('error', () => undefined);
      socket?.on('close', () => other?.destroy());
    }
    if (upstream !== undefined) {
      client.pipe(upstream).pipe(client);
    }
  }
}
