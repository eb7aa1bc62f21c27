import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { Agent, type Dispatcher } from 'undici';

// Short enough that an attempt against an address that swallows packets gives way to the next one soon.
const CONNECT_TIMEOUT_MS = 3_000;
// As client-go: below the idle limits of common load balancers.
const TCP_KEEP_ALIVE_MS = 30_000;

type TlsOptions = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;

/** How connections are made. */
export interface PoolSettings {
  /** What the API server's audit log says of us. */
  readonly userAgent?: string;
  /** How long connecting, TLS included, may take. Defaults to 3 seconds. */
  readonly connectTimeoutMs?: number;
}

/**
 * A KubeConfig whose requests share connections: the stock one opens a TLS connection for each. The pool is replaced when
 * the credentials or the CA change on disk, so rotation works without a restart.
 */
export class PooledKubeConfig extends KubeConfig {
  readonly #settings: PoolSettings;
  #pool: { readonly key: string; readonly dispatcher: Dispatcher } | undefined;
  readonly #closing = new AbortController();

  constructor(settings: PoolSettings = {}) {
    super();
    this.#settings = settings;
  }

  /** The namespace of the current context, if it names one. */
  get namespace(): string | undefined {
    const namespace = this.getContextObject(this.getCurrentContext())?.namespace;
    return namespace === undefined || namespace === '' ? undefined : namespace;
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    const options: RequestOptions & ConnectionOptions = {};
    await this.applyToHTTPSOptions(options);
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      context.setHeaderParam(name, String(value));
    }
    if (typeof options.auth === 'string') {
      context.setHeaderParam('Authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`);
    }
    if (this.#settings.userAgent !== undefined) {
      context.setHeaderParam('User-Agent', this.#settings.userAgent);
    }
    context.setDispatcher(await this.#dispatcher(tlsOptions(options)));
  }

  /** Ends all connections, also those in use. No request can be made afterwards. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the connections to the API server were closed'));
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.dispatcher.destroy();
  }

  async #dispatcher(tls: TlsOptions): Promise<Dispatcher> {
    this.#closing.signal.throwIfAborted();
    const cluster = this.getCurrentCluster();
    const key = keyOf(tls, [cluster?.server, cluster?.proxyUrl]);
    if (this.#pool?.key !== key) {
      const dispatcher = cluster?.proxyUrl ? await this.#stockDispatcher() : this.#agent(tls);
      // Lets the requests that are under way finish; the next ones use the new credentials.
      this.#pool?.dispatcher.close().catch(() => undefined);
      this.#pool = { key, dispatcher };
    }
    return this.#pool.dispatcher;
  }

  #agent(tls: TlsOptions): Dispatcher {
    const connectTimeout = this.#settings.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    return new Agent({
      // One connection per request under way: a dead one then takes no other request with it, as an HTTP/2 session would.
      allowH2: false,
      connect: { ...tls, timeout: connectTimeout, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS },
      // Each call has its own deadline, and a watch may rightly be quiet.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  // The library knows how to reach a cluster through HTTP and SOCKS proxies.
  async #stockDispatcher(): Promise<Dispatcher> {
    const context = new RequestContext(this.getCurrentCluster()?.server ?? '', HttpMethod.GET);
    await super.applySecurityAuthentication(context);
    return context.getDispatcher() ?? this.#agent({});
  }
}

function tlsOptions(options: ConnectionOptions): TlsOptions {
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

function keyOf(tls: TlsOptions, more: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const value of [tls.ca, tls.cert, tls.key, tls.servername, tls.rejectUnauthorized, ...more]) {
    const text = String(value ?? '');
    hash.update(`${text.length}:${text}`);
  }
  return hash.digest('hex');
}
