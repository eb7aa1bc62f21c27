import { createRequire } from 'node:module';
import type { OperatorLogger, ResourceEvent, ResourceMeta } from '@dot-i/k8s-operator';
import { FIELD_MANAGER } from '../api/group-version.ts';
import type { KubeClient } from '../kube/client.ts';
import type { PooledKubeConfig } from '../kube/connection-pool.ts';
import { suspendDefaultConfig } from '../kube/default-config.ts';
import { ListWatch, type ListWatchOptions, type RestartReason } from '../kube/list-watch.ts';
import type { ListWatchSettings } from '../kube/list-watch-settings.ts';
import { type ResourceReference, resourcePath } from '../kube/resource-path.ts';
import type { ObjectReference } from '../policy/object-reference.ts';
import type { KubeObject } from '../policy/review.ts';
import type { Logger } from '../telemetry/logger.ts';
import { resourceEvents } from './resource-events.ts';

// A CommonJS package, required as one: module loaders differ in what its default import is.
const {
  default: Operator,
  ResourceEventType,
  ResourceMetaImpl,
}: typeof import('@dot-i/k8s-operator', { with: { 'resolution-mode': 'require' }}) = createRequire(import.meta.url)(
  '@dot-i/k8s-operator',
);

/** A resource that the operator keeps a copy of. */
export interface WatchedResource extends ResourceReference {
  /** Limits the copy, such as to one object. */
  readonly fieldSelector?: string | undefined;
  /** What is kept of an object, where that is not all: see ListWatchOptions. */
  readonly keep?: ListWatchOptions['keep'];
}

/** The part of a ListWatch that the operator uses. */
export type ResourceWatch = Pick<ListWatch, 'start' | 'stop' | 'items' | 'staleness' | 'synced'>;

/** What the operator needs. */
export interface GuardrailOperatorOptions {
  readonly config: PooledKubeConfig;
  readonly client: Pick<KubeClient, 'list' | 'patch' | 'replace'>;
  readonly logger: Logger;
  /** What is watched. No two may have the same plural name. */
  readonly resources: readonly WatchedResource[];
  /**
   * Something about this resource (its plural name) may have changed: read `items()`. Not called for a first list that is
   * empty, so read all of them once after `synced()`.
   */
  readonly onChange: (resource: string) => void;
  readonly onRestart?: ((resource: string, reason: RestartReason) => void) | undefined;
  readonly settings?: Partial<ListWatchSettings> | undefined;
  readonly createWatch?: ((options: ListWatchOptions) => ResourceWatch) | undefined;
}

/**
 * The life of the operator's watches: starts them, stops them, and says when something may have changed. Built on the base
 * class of @dot-i/k8s-operator for its shape alone; docs/adr/0002 says why every method of it that does I/O is overridden.
 */
export class GuardrailOperator extends Operator {
  readonly #options: GuardrailOperatorOptions;
  readonly #log: Logger;
  readonly #watches = new Map<string, ResourceWatch>();

  constructor(options: GuardrailOperatorOptions) {
    // The base class loads the machine's default kubeconfig, which is not the one that we were given.
    const restore = suspendDefaultConfig();
    super(toOperatorLogger(options.logger));
    restore();
    this.#options = options;
    this.#log = options.logger;
    this.kubeConfig = options.config;
  }

  /** The objects of a watched resource by `namespace/name`, or `name` if cluster-scoped, as of now. */
  items(resource: string): ReadonlyMap<string, KubeObject> {
    return this.#watch(resource).items();
  }

  /** Seconds since the copy of a resource was last proved fresh. */
  staleness(resource: string): number {
    return this.#watch(resource).staleness();
  }

  /** Resolves when every resource has been listed once. Rejects if the operator is stopped before. */
  async synced(): Promise<void> {
    await Promise.all([...this.#watches.values()].map((watch) => watch.synced));
  }

  /** Ends all watches. Resolves when they have ended. Never ends the process. */
  override async stop(): Promise<void> {
    await Promise.all([...this.#watches.values()].map((watch) => watch.stop()));
  }

  protected override async init(): Promise<void> {
    for (const { group, version, resource, namespace } of this.#options.resources) {
      const markDirty = async (): Promise<void> => this.#options.onChange(resource);
      await this.watchResource(group, version, resource, markDirty, namespace);
    }
  }

  /**
   * Watches a resource until `stop`, through outages of any kind. An event is told for each difference to what was told
   * before, deletions that were missed during an outage included.
   */
  protected override async watchResource(
    group: string,
    version: string,
    plural: string,
    onEvent: (event: ResourceEvent) => Promise<void>,
    namespace?: string,
  ): Promise<void> {
    if (this.#watches.has(plural)) {
      throw new Error(`${plural} are watched already`);
    }
    const { config, client, settings, onRestart, resources } = this.#options;
    const watched = resources.find(({ resource }) => resource === plural);
    const create = this.#options.createWatch ?? ((options: ListWatchOptions) => new ListWatch(options));
    let told: ReadonlyMap<string, KubeObject> = new Map();
    let isTelling = false;
    const tell = (): void => {
      isTelling = false;
      const current = new Map(watch.items());
      const events = resourceEvents(told, current);
      told = current;
      for (const { type, object } of events) {
        this.#tell(plural, onEvent, { type: EVENT_TYPE[type], object, meta: metaOf(plural, object) });
      }
    };
    const watch = create({
      config,
      client,
      resource: { group, version, resource: plural, ...(namespace === undefined ? {} : { namespace }) },
      fieldSelector: watched?.fieldSelector,
      keep: watched?.keep,
      logger: this.#log,
      settings,
      onRestart: (reason) => onRestart?.(plural, reason),
      // Changes come in bursts, and looking at all objects for each of them would be slow.
      onChange: () => {
        if (!isTelling) {
          isTelling = true;
          setImmediate(tell);
        }
      },
    });
    this.#watches.set(plural, watch);
    watch.start();
    this.#log.info('watching', { resource: plural, group });
  }

  protected override async setResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta> {
    const { apiVersion, kind, name, namespace, resourceVersion } = meta;
    const body = { apiVersion, kind, metadata: { name, namespace, resourceVersion }, status };
    const options = { subresource: 'status', fieldManager: FIELD_MANAGER };
    return metaOf(pluralOf(meta), await this.#options.client.replace(referenceOf(meta), body, options));
  }

  protected override async patchResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta> {
    const body = { metadata: { resourceVersion: meta.resourceVersion }, status };
    const options = { subresource: 'status', fieldManager: FIELD_MANAGER };
    return metaOf(pluralOf(meta), await this.#options.client.patch(referenceOf(meta), 'merge', body, options));
  }

  protected override async setResourceFinalizers(meta: ResourceMeta, finalizers: string[]): Promise<void> {
    // With the version: a merge patch of the whole list would else drop a finalizer that somebody else has just added.
    const body = { metadata: { resourceVersion: meta.resourceVersion, finalizers } };
    await this.#options.client.patch(referenceOf(meta), 'merge', body, { fieldManager: FIELD_MANAGER });
  }

  protected override getCustomResourceApiUri(
    group: string,
    version: string,
    plural: string,
    namespace?: string,
  ): string {
    const server = this.kubeConfig.getCurrentCluster()?.server.replace(/\/$/, '') ?? '';
    return (
      server + resourcePath({ group, version, resource: plural, ...(namespace === undefined ? {} : { namespace }) })
    );
  }

  protected override registerCustomResourceDefinition(): Promise<never> {
    return refuse('custom resource definitions are installed together with the operator, which must not change them');
  }

  protected override applyAxiosKubeConfigAuth(): Promise<never> {
    return refuse('requests are made by the KubeClient');
  }

  protected override applyGaxiosKubeConfigAuth(): Promise<never> {
    return refuse('requests are made by the KubeClient');
  }

  #watch(resource: string): ResourceWatch {
    const watch = this.#watches.get(resource);
    if (watch === undefined) {
      throw new Error(`${resource} are not watched`);
    }
    return watch;
  }

  #tell(resource: string, onEvent: (event: ResourceEvent) => Promise<void>, event: ResourceEvent): void {
    onEvent(event).catch((error: unknown) => {
      const reason = error instanceof Error ? error : new Error(String(error));
      this.#log.error('event was not handled', { resource, error: reason });
    });
  }
}

const EVENT_TYPE = {
  ADDED: ResourceEventType.Added,
  MODIFIED: ResourceEventType.Modified,
  DELETED: ResourceEventType.Deleted,
} as const;

const metaOf = (plural: string, object: KubeObject): ResourceMeta => ResourceMetaImpl.createWithPlural(plural, object);

// The base class makes it of plural and apiVersion, and plurals have no dots.
const pluralOf = ({ id }: ResourceMeta): string => id.slice(0, id.indexOf('.'));

function referenceOf(meta: ResourceMeta): ObjectReference {
  const [version = '', group = ''] = meta.apiVersion.split('/').reverse();
  return { group, version, resource: pluralOf(meta), namespace: meta.namespace ?? '', name: meta.name };
}

const refuse = (reason: string): Promise<never> => Promise.reject(new Error(reason));

function toOperatorLogger(logger: Logger): OperatorLogger {
  return {
    debug: (message) => logger.debug(message),
    info: (message) => logger.info(message),
    warn: (message) => logger.warn(message),
    error: (message) => logger.error(message),
  };
}
