import type { GuardrailViolation } from '../../../../src/api/v1alpha1.ts';
import { KubeError } from '../../../../src/kube/errors.ts';
import type { StatusUpdate, ViolationApi } from '../../../../src/violations/ports.ts';

export type Method = 'create' | 'get' | 'replaceStatus';

/** How a call goes wrong. `lost` calls do what they are asked, and the answer never arrives. */
export type Failure = 'unavailable' | 'throttled' | 'unauthorized' | 'network' | 'lost';

const failures: Readonly<Record<Failure, () => KubeError>> = {
  unavailable: () => new KubeError('the server is unavailable', { status: 503, reason: 'ServiceUnavailable' }),
  throttled: () => new KubeError('slow down', { status: 429, reason: 'TooManyRequests', retryAfterSeconds: 7 }),
  unauthorized: () => new KubeError('who are you?', { status: 401, reason: 'Unauthorized' }),
  network: () => new KubeError('connect', { status: 0, reason: 'ECONNREFUSED' }),
  lost: () => new KubeError('timed out', { status: 0, reason: 'Timeout' }),
};

export const notFound = () => new KubeError('not found', { status: 404, reason: 'NotFound' });
export const forbidden = () => new KubeError('exceeded quota', { status: 403, reason: 'Forbidden' });
export const invalid = () => new KubeError('invalid', { status: 422, reason: 'Invalid' });

/** One call that was made. */
export interface Call {
  readonly method: Method;
  readonly namespace: string;
  readonly name: string;
}

/** An API server that keeps records in memory, with compare-and-swap as the real one has. */
export class FakeApi implements ViolationApi {
  readonly calls: Call[] = [];
  /** How the next calls go wrong, in order. */
  readonly failures: Failure[] = [];
  /** Refuses a call for good, or returns undefined. */
  refuse: (call: Call, body?: GuardrailViolation) => KubeError | undefined = () => undefined;
  /** Called between a `get` and its answer: the moment for somebody else to write. */
  meanwhile: (call: Call) => void = () => undefined;
  readonly #stored = new Map<string, GuardrailViolation>();
  #version = 0;

  get records(): readonly GuardrailViolation[] {
    return [...this.#stored.values()];
  }

  /** How many decisions all records stand for. */
  get total(): number {
    return this.records.reduce((sum, { status }) => sum + (status?.count ?? 1), 0);
  }

  stored(namespace: string, name: string): GuardrailViolation | undefined {
    return this.#stored.get(`${namespace}/${name}`);
  }

  put(body: GuardrailViolation): void {
    this.#version += 1;
    const { namespace = '', name = '' } = body.metadata ?? {};
    const metadata = { ...body.metadata, resourceVersion: String(this.#version) };
    // A copy, as the wire makes one.
    this.#stored.set(`${namespace}/${name}`, structuredClone({ ...body, metadata }));
  }

  remove(namespace: string, name: string): void {
    this.#stored.delete(`${namespace}/${name}`);
  }

  create(namespace: string, body: GuardrailViolation): Promise<void> {
    const call = { method: 'create', namespace, name: body.metadata?.name ?? '' } as const;
    return this.#call(call, body, () => {
      if (body.metadata?.namespace !== namespace) {
        throw new KubeError('the namespaces differ', { status: 400, reason: 'BadRequest' });
      }
      if (this.stored(namespace, call.name) !== undefined) {
        throw new KubeError('already exists', { status: 409, reason: 'AlreadyExists' });
      }
      this.put(body);
    });
  }

  get(namespace: string, name: string): Promise<GuardrailViolation> {
    const call = { method: 'get', namespace, name } as const;
    return this.#call(call, undefined, () => {
      const found = structuredClone(this.#existing(namespace, name));
      this.meanwhile(call);
      return found;
    });
  }

  replaceStatus(namespace: string, name: string, { resourceVersion, status }: StatusUpdate): Promise<void> {
    return this.#call({ method: 'replaceStatus', namespace, name }, undefined, () => {
      const existing = this.#existing(namespace, name);
      if (existing.metadata?.resourceVersion !== resourceVersion) {
        throw new KubeError('the object has been modified', { status: 409, reason: 'Conflict' });
      }
      this.put({ ...existing, status });
    });
  }

  async #call<T>(call: Call, body: GuardrailViolation | undefined, act: () => T): Promise<T> {
    this.calls.push(call);
    // The answer is never there before the caller goes on.
    await Promise.resolve();
    const failure = this.failures.shift();
    if (failure !== undefined && failure !== 'lost') {
      throw failures[failure]();
    }
    const refusal = this.refuse(call, body);
    if (refusal !== undefined) {
      throw refusal;
    }
    const result = act();
    if (failure === 'lost') {
      throw failures.lost();
    }
    return result;
  }

  #existing(namespace: string, name: string): GuardrailViolation {
    const existing = this.stored(namespace, name);
    if (existing === undefined) {
      throw notFound();
    }
    return existing;
  }
}
