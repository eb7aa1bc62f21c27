import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import type { KubeObject } from '../policy/review.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Backoff } from './backoff.ts';
import type { KubeClient } from './client.ts';
import { errorFromResponse, isExpired, toKubeError } from './errors.ts';
import { LIST_WATCH_DEFAULTS, type ListWatchSettings } from './list-watch-settings.ts';
import { ObjectCache, type ObjectListener } from './object-cache.ts';
import { listAll } from './paged-list.ts';
import { type ResourceReference, resourcePath } from './resource-path.ts';
import { type WatchEnd, watchOnce } from './watch-stream.ts';

/** Why a watch began anew. */
export type RestartReason = 'Closed' | 'Expired' | 'Silent' | 'Failed' | 'Relist';

/** What a ListWatch needs. */
export interface ListWatchOptions {
  readonly config: KubeConfig;
  readonly client: Pick<KubeClient, 'list'>;
  readonly resource: ResourceReference;
  readonly fieldSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly logger: Logger;
  /** Something may have changed: read `items()`. Not told what, since what was missed can't be told either. */
  readonly onChange: () => void;
  /** Told of each object that comes, changes or goes, before `onChange`: for what is kept up object by object. */
  readonly onObject?: ObjectListener | undefined;
  /**
   * Makes of an object, as soon as it is there, what is kept of it. It must leave the name, namespace, uid and resourceVersion,
   * and must not throw.
   */
  readonly keep?: ((object: KubeObject) => KubeObject) | undefined;
  readonly onRestart?: ((reason: RestartReason) => void) | undefined;
  readonly settings?: Partial<ListWatchSettings> | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
  readonly random?: (() => number) | undefined;
}

/**
 * Keeps a copy of the objects of one resource equal to the cluster, through outages of any kind, and knows how fresh the copy
 * is. The library's informers end at the first connection error and don't notice a dead connection; this one always goes on.
 */
export class ListWatch {
  /** Resolves when the first list is in. Rejects if `stop` comes before. */
  readonly synced: Promise<void>;
  readonly #options: ListWatchOptions;
  readonly #settings: ListWatchSettings;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #backoff: Backoff;
  readonly #cache: ObjectCache;
  readonly #stopping = new AbortController();
  readonly #sync = Promise.withResolvers<void>();
  // Where the next watch continues; undefined when only a list can tell.
  #resourceVersion: string | undefined;
  #freshTime = Number.NEGATIVE_INFINITY;
  #openTime: number | undefined;
  #relistTime: number | undefined;
  #failingSince: number | undefined;
  #running: Promise<void> | undefined;

  constructor(options: ListWatchOptions) {
    this.#options = options;
    const settings = { ...LIST_WATCH_DEFAULTS, ...options.settings };
    const responseMs = options.settings?.responseMs ?? Math.min(settings.responseMs, settings.inactivityMs);
    this.#settings = { ...settings, responseMs };
    this.#logger = options.logger.child({ resource: options.resource.resource, group: options.resource.group });
    this.#now = options.now ?? Date.now;
    this.#random = options.random ?? Math.random;
    this.#backoff = new Backoff({ baseMs: settings.backoffBaseMs, capMs: settings.backoffCapMs }, this.#random);
    this.#cache = new ObjectCache((key, object) => this.#guard(() => options.onObject?.(key, object)));
    this.synced = this.#sync.promise;
    // Nobody has to wait for it.
    this.synced.catch(() => undefined);
  }

  /** Begins to list and watch. Further calls do nothing. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends all requests. Resolves when they have ended. No callback is called afterwards. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#sync.reject(new Error('the list-watch was stopped before it had synced'));
    await this.#running;
  }

  /** The objects by `namespace/name`, or `name` if cluster-scoped, as of now. Without managedFields. */
  items(): ReadonlyMap<string, KubeObject> {
    return this.#cache.items();
  }

  /**
   * Seconds since the last proof that the copy is fresh: a list, an accepted watch, an event or a bookmark. Infinity before
   * the first. A quiet resource is proved fresh about once a minute.
   */
  staleness(now: number = this.#now()): number {
    return Math.max(0, now - this.#freshTime) / 1000;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#openTime = undefined;
      const end = await this.#listAndWatch();
      if (this.#stopping.signal.aborted) {
        return;
      }
      const reason = this.#restartReason(end);
      // Only after an orderly end is it certain that nothing was missed.
      if (reason !== 'Closed') {
        this.#resourceVersion = undefined;
      }
      if (this.#wasHealthy(end)) {
        this.#backoff.reset();
      }
      this.#report(reason, end);
      await this.#wait(end);
    }
  }

  async #listAndWatch(): Promise<WatchEnd> {
    try {
      if (this.#resourceVersion === undefined) {
        await this.#list();
      }
      return await this.#watch();
    } catch (error) {
      return { kind: 'Failed', error: toKubeError(error, `LIST ${resourcePath(this.#options.resource)}`) };
    }
  }

  async #list(): Promise<void> {
    const { client, resource, fieldSelector, labelSelector, keep } = this.#options;
    const { pageSize: limit, responseMs: timeoutMs, relistMs } = this.#settings;
    const signal = this.#stopping.signal;
    const { items, resourceVersion } = await listAll(
      client,
      resource,
      { fieldSelector, labelSelector, limit, timeoutMs, signal },
      keep,
    );
    const isFirst = this.#relistTime === undefined;
    const differs = this.#cache.replace(items);
    this.#resourceVersion = resourceVersion;
    this.#relistTime = this.#now() + relistMs * (1 - this.#random() / 10);
    this.#markFresh();
    this.#sync.resolve();
    if (isFirst || differs) {
      this.#guard(this.#options.onChange);
    }
  }

  #watch(): Promise<WatchEnd> {
    const { config, resource, fieldSelector, labelSelector } = this.#options;
    const { watchSeconds, responseMs, inactivityMs } = this.#settings;
    const untilRelist = AbortSignal.timeout(Math.ceil(Math.max(0, (this.#relistTime ?? 0) - this.#now())));
    return watchOnce(config, {
      path: resourcePath(resource),
      query: {
        allowWatchBookmarks: true,
        resourceVersion: this.#resourceVersion,
        timeoutSeconds: Math.ceil(watchSeconds * (1 + this.#random() / 10)),
        fieldSelector,
        labelSelector,
      },
      openTimeoutMs: responseMs,
      inactivityMs,
      signal: AbortSignal.any([this.#stopping.signal, untilRelist]),
      onOpen: () => {
        this.#openTime = this.#now();
        this.#markFresh();
      },
      onEvent: (type, object) => this.#apply(type, object),
    });
  }

  #apply(type: unknown, object: KubeObject): void {
    if (type === 'ERROR') {
      const code = typeof object.code === 'number' ? object.code : 500;
      throw errorFromResponse({ code, body: object }, `WATCH ${resourcePath(this.#options.resource)}`);
    }
    const { keep } = this.#options;
    // A bookmark is no object: there is nothing of it to keep but its version.
    this.#resourceVersion = this.#cache.apply(type, keep === undefined || type === 'BOOKMARK' ? object : keep(object));
    this.#markFresh();
    if (type !== 'BOOKMARK') {
      this.#guard(this.#options.onChange);
    }
  }

  #markFresh(): void {
    this.#freshTime = this.#now();
    if (this.#failingSince !== undefined) {
      this.#logger.info('watch recovered', { seconds: (this.#freshTime - this.#failingSince) / 1000 });
      this.#failingSince = undefined;
    }
  }

  // What a consumer gets wrong must not end the watch.
  #guard(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#logger.error('watch callback failed', { error: error instanceof Error ? error : new Error(String(error)) });
    }
  }

  #restartReason(end: WatchEnd): RestartReason {
    switch (end.kind) {
      case 'Failed':
        return isExpired(end.error) ? 'Expired' : 'Failed';
      case 'Stopped':
        return 'Relist';
      case 'Silent':
        return 'Silent';
      case 'Closed':
        return this.#now() >= (this.#relistTime ?? 0) ? 'Relist' : 'Closed';
    }
  }

  // A watch that ends as soon as it is open is no success, however often it does so.
  #wasHealthy(end: WatchEnd): boolean {
    if (this.#openTime === undefined) {
      return false;
    }
    return (
      end.kind === 'Silent' || end.kind === 'Stopped' || this.#now() - this.#openTime > this.#settings.backoffCapMs
    );
  }

  #report(reason: RestartReason, end: WatchEnd): void {
    this.#guard(() => this.#options.onRestart?.(reason));
    const fields = { reason, ...(end.kind === 'Failed' ? { error: end.error, status: end.error.status } : {}) };
    const isFailure = reason === 'Failed' || (reason === 'Silent' && this.#openTime === undefined);
    // One warning per outage: the attempts in between say nothing new.
    if (isFailure && this.#failingSince === undefined) {
      this.#failingSince = this.#now();
      this.#logger.warn('watch failed', fields);
    } else {
      this.#logger.debug('watch restarts', fields);
    }
  }

  async #wait(end: WatchEnd): Promise<void> {
    const asked = end.kind === 'Failed' ? (end.error.retryAfterSeconds ?? 0) * 1000 : 0;
    // An overloaded server may ask for more, but not for so much that we would be blind.
    const ms = Math.max(this.#backoff.next(), Math.min(asked, 5 * this.#settings.backoffCapMs));
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}
