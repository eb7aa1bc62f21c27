import { ApiException } from '@kubernetes/client-node';

/** One of the details that the API server gives for a refusal. */
export interface KubeErrorCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** The answer of an API server that refuses. */
export interface ErrorResponse {
  readonly code: number;
  /** The body as text, or what it was parsed to. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface KubeErrorFields {
  readonly status: number;
  readonly reason: string;
  readonly causes?: readonly KubeErrorCause[];
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * A call to the API server that failed. `status` is the HTTP status, or 0 when there was no answer; `reason` is the word of
 * the API server (`NotFound`), or for status 0 `Timeout`, `Aborted` or the code of the network error (`ECONNREFUSED`).
 */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly status: number;
  readonly reason: string;
  readonly causes: readonly KubeErrorCause[];
  /** How long the API server asks to wait. */
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, fields: KubeErrorFields, options?: ErrorOptions) {
    super(message, options);
    this.status = fields.status;
    this.reason = fields.reason;
    this.causes = fields.causes ?? [];
    this.retryAfterSeconds = fields.retryAfterSeconds;
  }
}

/** The error that an answer with a status of 400 and more is, or that a `Status` object in a watch is. */
export function errorFromResponse(response: ErrorResponse, doing: string): KubeError {
  const status = parseStatus(response.body);
  const details = record(status.details);
  const wait = Number(details.retryAfterSeconds ?? response.headers?.['retry-after']);
  return new KubeError(text(status.message) || `${doing}: HTTP ${response.code}`, {
    status: response.code,
    reason: text(status.reason) || `HTTP${response.code}`,
    causes: array(details.causes)
      .map(record)
      .map((cause) => ({
        reason: text(cause.reason),
        message: text(cause.message),
        field: text(cause.field),
      })),
    retryAfterSeconds: Number.isFinite(wait) && wait > 0 ? wait : undefined,
  });
}

/** The KubeError for anything that a request throws. `doing` says what was being done, for the message. */
export function toKubeError(error: unknown, doing: string): KubeError {
  if (error instanceof KubeError) {
    return error;
  }
  if (error instanceof ApiException) {
    return errorFromResponse(error, doing);
  }
  const code = record(error).statusCode;
  if (typeof code === 'number') {
    return errorFromResponse({ code, body: undefined }, doing);
  }
  const root = rootCause(error);
  return new KubeError(`${doing}: ${root.message}`, { status: 0, reason: reasonOf(root) }, { cause: error });
}

/** There is no such object, or no such resource. */
export const isNotFound = (error: unknown): error is KubeError => hasStatus(error, 404);

/** The object is not at the resourceVersion that was named, or already there: read it again. */
export const isConflict = (error: unknown): error is KubeError =>
  hasStatus(error, 409) && error.reason !== 'AlreadyExists';

/** An object of that name is already there. */
export const isAlreadyExists = (error: unknown): error is KubeError =>
  hasStatus(error, 409) && error.reason === 'AlreadyExists';

/** Authorization or admission refuses. Trying again won't help unless something else changes. */
export const isForbidden = (error: unknown): error is KubeError => hasStatus(error, 403);

/** The resourceVersion or continue token is too old: list again. */
export const isExpired = (error: unknown): error is KubeError => hasStatus(error, 410);

/** Nothing can be created in the namespace any more, since it is being deleted. */
export const isNamespaceTerminating = (error: unknown): error is KubeError =>
  isForbidden(error) && error.causes.some(({ reason }) => reason === 'NamespaceTerminating');

/** A ResourceQuota forbids the object. The API server has no reason of its own for this, only these words. */
export const isQuotaExceeded = (error: unknown): error is KubeError =>
  isForbidden(error) && error.message.includes('exceeded quota');

const TRANSIENT = new Set([0, 408, 429, 500, 502, 503, 504]);

/** The same call may succeed later. False for a call that its caller aborted. */
export const isTransient = (error: unknown): error is KubeError =>
  error instanceof KubeError && TRANSIENT.has(error.status) && error.reason !== 'Aborted';

const hasStatus = (error: unknown, status: number): error is KubeError =>
  error instanceof KubeError && error.status === status;

// fetch() says only "fetch failed" or "terminated"; what happened is the cause, or one of several addresses tried.
function rootCause(error: unknown): Error {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) {
    return rootCause(error.errors[0]);
  }
  if (error instanceof Error) {
    return error.cause instanceof Error ? rootCause(error.cause) : error;
  }
  return new Error(String(error));
}

const REASON_OF_NAME: Readonly<Record<string, string>> = { TimeoutError: 'Timeout', AbortError: 'Aborted' };

function reasonOf(error: Error): string {
  const { code } = record(error);
  return REASON_OF_NAME[error.name] ?? (typeof code === 'string' ? code : 'NetworkError');
}

function parseStatus(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== 'string') {
    return record(body);
  }
  try {
    return record(JSON.parse(body));
  } catch {
    return {};
  }
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const array = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
