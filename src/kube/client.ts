import { HttpMethod, IsomorphicFetchHttpLibrary, type KubeConfig, RequestContext } from '@kubernetes/client-node';
import { asObject } from '../policy/json.ts';
import type { ObjectReference } from '../policy/object-reference.ts';
import type { KubeObject } from '../policy/review.ts';
import { errorFromResponse, KubeError, toKubeError } from './errors.ts';
import { objectPath, type ResourceReference, resourcePath } from './resource-path.ts';

const DEFAULT_TIMEOUT_MS = 10_000;

/** What every call takes. */
export interface CallOptions {
  /** Ends the call early. */
  readonly signal?: AbortSignal | undefined;
  /** How long the call may take as a whole. Defaults to 10 seconds. */
  readonly timeoutMs?: number | undefined;
}

/** Which objects a list is of. */
export interface ListOptions extends CallOptions {
  /** The most objects of one page. Absent: all in one. */
  readonly limit?: number | undefined;
  /** Where the page before ended. */
  readonly continue?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan' | undefined;
  /** Only `metadata` of the objects, as PartialObjectMetadata. */
  readonly metadataOnly?: boolean | undefined;
}

/** One page of a list. Each item has its `apiVersion` and `kind`, as a single object has. */
export interface KubeList {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  /** Where the next page begins; "" after the last. */
  readonly continue: string;
}

/** What every write takes. */
export interface WriteOptions extends CallOptions {
  readonly fieldManager?: string | undefined;
  /** The API server answers as if it had written, and writes nothing. */
  readonly dryRun?: boolean | undefined;
}

/** How an object is patched. */
export interface PatchOptions extends WriteOptions {
  readonly subresource?: string | undefined;
  /** Takes fields over from other managers. Only for patches of type `apply`. */
  readonly force?: boolean | undefined;
}

/** How an object is replaced. */
export interface ReplaceOptions extends WriteOptions {
  readonly subresource?: string | undefined;
}

/** How an object is deleted. */
export interface DeleteOptions extends CallOptions {
  readonly dryRun?: boolean | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground' | undefined;
  /** The delete is a conflict if the object is not at these. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string } | undefined;
}

/** The patch formats of the API server. */
export type PatchType = 'merge' | 'json' | 'apply';

const PATCH_CONTENT_TYPE: Readonly<Record<PatchType, string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  // YAML by name, and JSON is YAML.
  apply: 'application/apply-patch+yaml',
};

interface Request extends CallOptions {
  readonly method: HttpMethod;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: unknown;
}

/**
 * Reads and writes objects as plain JSON. The library's typed APIs are not used, since they drop the fields that they don't
 * know. Every failure is thrown as a KubeError. Nothing is retried: only the caller knows what a repeat would do.
 */
export class KubeClient {
  readonly #config: KubeConfig;
  readonly #http = new IsomorphicFetchHttpLibrary();

  constructor(config: KubeConfig) {
    this.#config = config;
  }

  /** Returns the object. An absent one is an error with `isNotFound`. */
  async get(reference: ObjectReference, options: CallOptions = {}): Promise<KubeObject> {
    return asObject(await this.#send({ ...callOptions(options), method: HttpMethod.GET, path: objectPath(reference) }));
  }

  /** Returns one page of the objects. */
  async list(resource: ResourceReference, options: ListOptions = {}): Promise<KubeList> {
    const { limit, fieldSelector, labelSelector, resourceVersion, resourceVersionMatch, metadataOnly } = options;
    const query = {
      limit,
      fieldSelector,
      labelSelector,
      resourceVersion,
      resourceVersionMatch,
      continue: options.continue,
    };
    const accept = metadataOnly
      ? 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
      : 'application/json';
    return toList(
      await this.#send({
        ...callOptions(options),
        method: HttpMethod.GET,
        path: resourcePath(resource),
        query,
        accept,
      }),
    );
  }

  /** Creates the object and returns it as stored. */
  async create(resource: ResourceReference, body: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const query = writeQuery(options);
    return asObject(
      await this.#send({ ...callOptions(options), method: HttpMethod.POST, path: resourcePath(resource), query, body }),
    );
  }

  /** Patches the object, or one of its subresources, and returns what is stored. */
  async patch(
    reference: ObjectReference,
    type: PatchType,
    body: unknown,
    options: PatchOptions = {},
  ): Promise<KubeObject> {
    const path = objectPath(reference, options.subresource);
    const query = { ...writeQuery(options), force: options.force };
    const contentType = PATCH_CONTENT_TYPE[type];
    return asObject(
      await this.#send({ ...callOptions(options), method: HttpMethod.PATCH, path, query, contentType, body }),
    );
  }

  /**
   * Replaces the object, or one of its subresources, and returns what is stored. With `metadata.resourceVersion` in the body
   * this is compare-and-swap: an error with `isConflict` means that somebody else has written.
   */
  async replace(reference: ObjectReference, body: KubeObject, options: ReplaceOptions = {}): Promise<KubeObject> {
    const path = objectPath(reference, options.subresource);
    const query = writeQuery(options);
    return asObject(await this.#send({ ...callOptions(options), method: HttpMethod.PUT, path, query, body }));
  }

  /** Deletes the object. An absent one is an error with `isNotFound`. */
  async delete(reference: ObjectReference, options: DeleteOptions = {}): Promise<void> {
    const { gracePeriodSeconds, propagationPolicy, preconditions } = options;
    const dryRun = options.dryRun ? ['All'] : undefined;
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds,
      propagationPolicy,
      preconditions,
      dryRun,
    };
    await this.#send({ ...callOptions(options), method: HttpMethod.DELETE, path: objectPath(reference), body });
  }

  /** Returns the JSON document at a path of the API server, such as `/apis`. */
  rawGet(path: string, accept: string, options: CallOptions = {}): Promise<unknown> {
    return this.#send({ ...callOptions(options), method: HttpMethod.GET, path, accept });
  }

  async #send(request: Request): Promise<unknown> {
    const doing = `${request.method} ${request.path}`;
    try {
      const context = this.#requestContext(request);
      await this.#config.applySecurityAuthentication(context);
      const response = await this.#http.send(context).toPromise();
      const body = await response.body.text();
      if (response.httpStatusCode < 200 || response.httpStatusCode > 299) {
        throw errorFromResponse({ code: response.httpStatusCode, body, headers: response.headers }, doing);
      }
      return parse(body, doing, response.httpStatusCode);
    } catch (error) {
      // Whatever the signal's reason is, and however the library wraps it.
      if (request.signal?.aborted && !(error instanceof KubeError)) {
        throw new KubeError(`${doing}: aborted`, { status: 0, reason: 'Aborted' }, { cause: error });
      }
      throw toKubeError(error, doing);
    }
  }

  #requestContext(request: Request): RequestContext {
    const server = this.#config.getCurrentCluster()?.server;
    if (server === undefined) {
      throw new Error('no cluster is configured');
    }
    // A server URL may have a path of its own, with or without a slash at the end.
    const context = new RequestContext(server.replace(/\/$/, '') + request.path, request.method);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined && value !== '') {
        context.setQueryParam(name, String(value));
      }
    }
    context.setHeaderParam('Accept', request.accept ?? 'application/json');
    if (request.body !== undefined) {
      context.setHeaderParam('Content-Type', request.contentType ?? 'application/json');
      context.setBody(JSON.stringify(request.body));
    }
    const deadline = AbortSignal.timeout(request.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    context.setSignal(request.signal === undefined ? deadline : AbortSignal.any([request.signal, deadline]));
    return context;
  }
}

const callOptions = ({ signal, timeoutMs }: CallOptions): CallOptions => ({ signal, timeoutMs });

const writeQuery = ({ fieldManager, dryRun }: WriteOptions) => ({ fieldManager, dryRun: dryRun ? 'All' : undefined });

function parse(body: string, doing: string, status: number): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new KubeError(`${doing}: the answer is not JSON`, { status, reason: 'InvalidBody' }, { cause: error });
  }
}

function toList(value: unknown): KubeList {
  const list = asObject(value);
  const metadata = asObject(list.metadata);
  const { apiVersion, kind } = list;
  // Lists of built-in kinds leave these out of their items.
  const itemType = { apiVersion, kind: typeof kind === 'string' ? kind.replace(/List$/, '') : undefined };
  const items = Array.isArray(list.items) ? list.items : [];
  return {
    items: items.map((item) => ({ ...itemType, ...asObject(item) })),
    resourceVersion: typeof metadata.resourceVersion === 'string' ? metadata.resourceVersion : '',
    continue: typeof metadata.continue === 'string' ? metadata.continue : '',
  };
}
