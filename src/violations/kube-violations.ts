import { GROUP, GUARDRAIL_VIOLATIONS, VERSION } from '../api/group-version.ts';
import type { GuardrailViolation } from '../api/v1alpha1.ts';
import type { KubeClient } from '../kube/client.ts';
import { stringAt } from '../policy/json.ts';
import type { ObjectReference } from '../policy/object-reference.ts';
import type { KubeObject } from '../policy/review.ts';
import type {
  PageRequest,
  StatusUpdate,
  StoredRecord,
  ViolationApi,
  ViolationArchive,
  ViolationPage,
} from './ports.ts';

const RESOURCE = { group: GROUP, version: VERSION, resource: GUARDRAIL_VIOLATIONS } as const;

/** What managedFields say of the writer. */
const FIELD_MANAGER = 'kube-guardrails';

/** The records of the trail in a cluster. */
export class KubeViolations implements ViolationApi, ViolationArchive {
  readonly #client: Pick<KubeClient, 'create' | 'get' | 'patch' | 'list' | 'delete'>;

  constructor(client: Pick<KubeClient, 'create' | 'get' | 'patch' | 'list' | 'delete'>) {
    this.#client = client;
  }

  async create(namespace: string, body: GuardrailViolation): Promise<void> {
    await this.#client.create({ ...RESOURCE, namespace }, { ...body }, { fieldManager: FIELD_MANAGER });
  }

  async get(namespace: string, name: string): Promise<GuardrailViolation> {
    // The API server holds every object of the kind against the schema that the type is made of.
    return (await this.#client.get(reference(namespace, name))) as unknown as GuardrailViolation;
  }

  async replaceStatus(namespace: string, name: string, { resourceVersion, status }: StatusUpdate): Promise<void> {
    // A merge patch replaces lists as a whole, and with a resourceVersion it is compare-and-swap.
    const patch = { metadata: { resourceVersion }, status };
    const options = { subresource: 'status', fieldManager: FIELD_MANAGER };
    await this.#client.patch(reference(namespace, name), 'merge', patch, options);
  }

  async list(page: PageRequest): Promise<ViolationPage> {
    const list = await this.#client.list(RESOURCE, { ...page, metadataOnly: true });
    return { items: list.items.map(storedRecord), continue: list.continue };
  }

  async delete(namespace: string, name: string): Promise<void> {
    await this.#client.delete(reference(namespace, name));
  }
}

const reference = (namespace: string, name: string): ObjectReference => ({ ...RESOURCE, namespace, name });

const storedRecord = (object: KubeObject): StoredRecord => ({
  namespace: stringAt(object, 'metadata', 'namespace') ?? '',
  name: stringAt(object, 'metadata', 'name') ?? '',
  createdTime: new Date(stringAt(object, 'metadata', 'creationTimestamp') ?? Number.NaN),
});
