import { API_VERSION, FIELD_MANAGER, GROUP, GUARDRAIL_VIOLATIONS, Label, VERSION } from '../api/group-version.ts';
import type { GuardrailViolation, GuardrailViolationStatus } from '../api/v1alpha1.ts';
import { stringAt } from '../policy/json.ts';
import type { ObjectReference } from '../policy/object-reference.ts';
import type { KubeObject } from '../policy/review.ts';
import type { KubeClient } from './client.ts';

const RESOURCE = { group: GROUP, version: VERSION, resource: GUARDRAIL_VIOLATIONS };

/** GuardrailViolations in the cluster: written, counted up, listed and deleted. Every failure is thrown as a KubeError. */
export class ViolationStore {
  readonly #client: KubeClient;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  async create(namespace: string, body: GuardrailViolation): Promise<void> {
    await this.#client.create({ ...RESOURCE, namespace }, body as unknown as KubeObject, {
      fieldManager: FIELD_MANAGER,
    });
  }

  async get(namespace: string, name: string): Promise<GuardrailViolation> {
    return (await this.#client.get(reference(namespace, name))) as unknown as GuardrailViolation;
  }

  /** Writes the whole status, if the object is still at the resourceVersion; else it is an error with `isConflict`. */
  async replaceStatus(
    namespace: string,
    name: string,
    update: { readonly resourceVersion: string; readonly status: GuardrailViolationStatus },
  ): Promise<void> {
    const { resourceVersion, status } = update;
    // The API server takes nothing but the status from this, and refuses it if the version has moved on.
    const body = {
      apiVersion: API_VERSION,
      kind: 'GuardrailViolation',
      metadata: { name, namespace, resourceVersion },
      status,
    };
    await this.#client.replace(reference(namespace, name), body, {
      subresource: 'status',
      fieldManager: FIELD_MANAGER,
    });
  }

  /** Returns one page of the records of all namespaces: of each only what tells its age. */
  async list(page: { readonly limit: number; readonly continue: string }) {
    const list = await this.#client.list({ ...RESOURCE, namespace: '' }, { ...page, metadataOnly: true });
    return {
      items: list.items.map((item) => ({
        namespace: stringAt(item, 'metadata', 'namespace') ?? '',
        name: stringAt(item, 'metadata', 'name') ?? '',
        createdTime: new Date(stringAt(item, 'metadata', 'creationTimestamp') ?? 0),
        isAllowed: stringAt(item, 'metadata', 'labels', Label.decision) === 'Allowed',
        origin: stringAt(item, 'metadata', 'labels', Label.namespace) ?? '',
      })),
      continue: list.continue,
    };
  }

  async delete(namespace: string, name: string): Promise<void> {
    await this.#client.delete(reference(namespace, name));
  }
}

const reference = (namespace: string, name: string): ObjectReference => ({ ...RESOURCE, namespace, name });
