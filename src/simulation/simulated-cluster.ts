import type { NamespaceCache } from '../admission/facts.ts';
import type { Collection, Lookup, Page } from '../admission/ports.ts';
import { own, stringAt, stringMapAt } from '../policy/json.ts';
import type { ObjectReference } from '../policy/object-reference.ts';
import type { ResourceMap } from '../policy/resource-map.ts';
import type { KubeObject } from '../policy/review.ts';
import { ScanIndex } from '../policy/scan-index.ts';
import { readScanReport } from '../policy/scan-report.ts';
import type { ScanSource } from '../policy/scan-source.ts';
import { groupOf, resourceOfObject, resourcesOf } from './resources.ts';

/** What is known of the cluster in which a request is simulated. */
export interface World {
  /** The object behind a subresource. */
  readonly target?: KubeObject | undefined;
  /** The labels of the namespace of the request, but for the one that each namespace has. */
  readonly namespaceLabels?: Readonly<Record<string, string>> | undefined;
  /** Everything else that is there. */
  readonly existing?: readonly KubeObject[] | undefined;
}

/** The name of a namespace as a label, which the API server sets on each. */
export const NAME_LABEL = 'kubernetes.io/metadata.name';

/**
 * A cluster of a few objects, in memory. To read one that nobody has told of is an error, not an absence: what was left out
 * by mistake must not decide.
 */
export class SimulatedCluster implements Lookup {
  readonly resources: ResourceMap;
  readonly namespaces: NamespaceCache;
  readonly #objects: readonly KubeObject[];
  readonly #target: KubeObject | undefined;
  readonly #namespaceLabels: Readonly<Record<string, string>>;

  constructor({ target, namespaceLabels = {}, existing = [] }: World) {
    this.resources = resourcesOf(existing);
    this.namespaces = { get: (name) => this.#namespace(name) };
    this.#objects = existing;
    this.#target = target;
    this.#namespaceLabels = namespaceLabels;
  }

  /** What the VulnerabilityReports among the objects say of images; not to be read if there are none. */
  scans(): ScanSource {
    const reports = this.#objects.filter(
      (object) => groupOf(object) === 'aquasecurity.github.io' && stringAt(object, 'kind') === 'VulnerabilityReport',
    );
    if (reports.length === 0) return { kind: 'Unavailable', why: 'no VulnerabilityReports are given' };
    const index = new ScanIndex();
    for (const [key, report] of reports.entries()) index.set(String(key), readScanReport(report));
    return { kind: 'Ready', reports: index };
  }

  // Not async: a SimulatedCluster answers at once, and what it throws rejects all the same.
  get(reference: ObjectReference): Promise<KubeObject | undefined> {
    const { group, resource, namespace, name } = reference;
    if (group === '' && resource === 'namespaces') return Promise.resolve(this.#namespace(name));
    const object = this.#isTarget(reference)
      ? this.#target
      : this.#of(reference).find((one) => stringAt(one, 'metadata', 'name') === name);
    if (object !== undefined) return Promise.resolve(object);
    const where = namespace === '' ? '' : ` in ${namespace}`;
    const what = `${resource}${group === '' ? '' : `.${group}`} "${name}"${where}`;
    return Promise.reject(new Error(`nothing says what ${what} is: give it as target, or among the existing objects`));
  }

  list(collection: Collection, { metadataOnly }: { readonly metadataOnly: boolean }): Promise<Page> {
    const items = this.#of(collection);
    const shown = metadataOnly ? items.map((item) => ({ metadata: own(item, 'metadata') })) : items;
    return Promise.resolve({ items: shown, continue: '' });
  }

  #of({ group, resource, namespace }: Collection): readonly KubeObject[] {
    return this.#objects.filter((object) => {
      const info = resourceOfObject(object, this.resources);
      const isOf = info?.group === group && info.resource === resource;
      return isOf && (namespace === '' || (stringAt(object, 'metadata', 'namespace') ?? 'default') === namespace);
    });
  }

  /** The target stands for whatever object of its name is read: a subresource does not tell the kind of its parent. */
  #isTarget({ namespace, name }: ObjectReference): boolean {
    if (this.#target === undefined) return false;
    const ownNamespace = stringAt(this.#target, 'metadata', 'namespace') ?? namespace;
    return (stringAt(this.#target, 'metadata', 'name') ?? name) === name && ownNamespace === namespace;
  }

  #namespace(name: string): KubeObject {
    const given = this.#objects.find(
      (object) =>
        groupOf(object) === '' &&
        stringAt(object, 'kind') === 'Namespace' &&
        stringAt(object, 'metadata', 'name') === name,
    );
    const labels = given === undefined ? this.#namespaceLabels : Object.fromEntries(labelsOf(given));
    const metadata = own(given, 'metadata') as KubeObject | undefined;
    return {
      apiVersion: 'v1',
      kind: 'Namespace',
      status: { phase: 'Active' },
      ...given,
      metadata: { ...metadata, name, labels: { ...labels, [NAME_LABEL]: name } },
    };
  }
}

const labelsOf = (object: KubeObject): ReadonlyMap<string, string> => stringMapAt(object, 'metadata', 'labels');
