import type { GuardrailSpec } from '../../../../src/api/v1alpha1.ts';
import { isObject, listAt, own, ownAt, stringAt } from '../../../../src/policy/json.ts';
import type { Manifest, Stored } from '../guarded-cluster.ts';
import { eventually } from '../poll.ts';
import type { Api } from './api.ts';
import { completed, EXPANDABLE, filled } from './completed.ts';
import { namespaceOf, type Served } from './served.ts';

/** A label that tells which version of a namespace's labels is there. */
const VERSION_LABEL = 'replay-scene';
const CANARY_GROUP = 'replay:canary';

/** A guardrail that refuses everything to one group, and tells which labels of the namespace the operator has seen. */
export const CANARY: GuardrailSpec = {
  enforcement: 'Deny',
  failurePolicy: 'Fail',
  match: {
    actions: ['Create'],
    resources: [{ apiGroups: [''], resources: ['configmaps'] }],
    subjects: { include: [{ kind: 'Group', name: CANARY_GROUP }] },
  },
  message: `Labels of version <{{ $.namespace.metadata.labels['${VERSION_LABEL}'] }}>.`,
};

/** Of a definition that is there, the versions are the cluster's own. */
const DEFINITION = 'CustomResourceDefinition';

/** What the API server sets itself. */
const SERVER_FIELDS = new Set(['uid', 'resourceVersion', 'creationTimestamp', 'generation', 'deletionTimestamp']);

/** What is there when a request of a test comes. It is cleared for the next. */
export class Scene {
  readonly #api: Api;
  readonly #served: Served;
  readonly #labels = new Map<string, string>();
  readonly #created: string[] = [];
  readonly #replaced: Stored[] = [];
  #versions = 0;

  constructor(api: Api, served: Served) {
    this.#api = api;
    this.#served = served;
  }

  /** Sees to it that a namespace is there, with exactly these labels, and that the operator knows them. Returns it. */
  async namespace(name: string, metadata: Manifest): Promise<Stored> {
    const path = `/api/v1/namespaces/${name}`;
    const wanted = JSON.stringify(metadata);
    if (this.#labels.get(name) !== wanted) {
      this.#versions += 1;
      const version = String(this.#versions);
      await this.#setNamespace(name, metadata, version);
      await this.#untilSeen(name, version);
      this.#labels.set(name, wanted);
    }
    return await this.#api.must({ method: 'GET', path });
  }

  async #setNamespace(name: string, metadata: Manifest, version: string): Promise<void> {
    const collection = '/api/v1/namespaces';
    const labels = { ...(own(metadata, 'labels') as Manifest | undefined), [VERSION_LABEL]: version };
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { ...metadata, name, labels } };
    const { status } = await this.#api.send({ method: 'POST', path: collection, body });
    if (status === 201) {
      const path = `${collection}/${name}/serviceaccounts/default`;
      await eventually(async () => (await this.#api.send({ method: 'GET', path })).status === 200, {
        message: `namespace ${name} has its service account`,
      });
    } else {
      await this.#api.must({ method: 'PUT', path: `${collection}/${name}`, body });
    }
  }

  #untilSeen(namespace: string, version: string): Promise<true> {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'canary', namespace } };
    const path = this.#served.collectionOf(body);
    const as = { username: 'canary', groups: [CANARY_GROUP, 'system:authenticated'] };
    return eventually(
      async () => {
        const { body: answer } = await this.#api.send({ method: 'POST', path, query: [['dryRun', 'All']], body, as });
        if (String(answer.message).includes(`<${version}>`)) return true;
        throw new Error(answer.message);
      },
      { message: `the operator sees the labels of ${namespace}` },
    );
  }

  /** Makes an object be there, with its status, and ending if it is to be, and returns it as stored. */
  async put(object: Manifest): Promise<Stored> {
    const whole = completed(object);
    const { status, ...spec } = whole;
    if (this.#served.isNamespaced(whole) && !this.#labels.has(namespaceOf(whole))) {
      await this.namespace(namespaceOf(whole), {});
    }
    await this.need(whole);
    const [plain, ephemeral] = withoutEphemeral(withoutServerFields(spec));
    const stored = await this.#create(plain, withoutServerFields(object));
    const path = this.#served.pathOf(whole);
    if (ephemeral.length > 0) {
      const body = { ...stored, spec: { ...stored.spec, ephemeralContainers: ephemeral } };
      await this.#api.must({ method: 'PUT', path: `${path}/ephemeralcontainers`, body });
    }
    if (whole.kind === 'PersistentVolumeClaim' && stored.spec.storageClassName === EXPANDABLE) {
      await this.#untilBound(path);
    }
    if (isObject(status)) await this.#putStatus(path, stored, status);
    if (stringAt(whole, 'metadata', 'deletionTimestamp') !== undefined) {
      for (const holder of holdersOf(whole)) await this.#create(holder, holder);
      await this.#api.must({ method: 'DELETE', path });
    }
    return await this.#api.must({ method: 'GET', path });
  }

  /** Makes what must be there before an object. */
  async need(object: Manifest): Promise<void> {
    for (const one of neededBy(object)) await this.#create(one, one);
  }

  /** `given` is what is to be of an object that is there already. */
  async #create(object: Manifest, given: Manifest): Promise<Stored> {
    const path = this.#served.pathOf(object);
    const collection = this.#served.collectionOf(object);
    return await eventually(
      async () => {
        const { status, body } = await this.#api.send({ method: 'POST', path: collection, body: object });
        if (status === 201) {
          this.#created.push(path);
          return body;
        }
        if (body.reason !== 'AlreadyExists') throw new Error(`${object.kind} ${path}: ${body.message}`);
        const there = await this.#api.must({ method: 'GET', path });
        if (there.metadata.deletionTimestamp !== undefined) return await this.#remove(path);
        if (!this.#created.includes(path)) this.#replaced.push(there);
        const { status: _, ...wanted } =
          object.kind === DEFINITION ? { metadata: given.metadata } : wantedOf(object, given);
        return await this.#api.must({ method: 'PUT', path, body: filled(wanted, there) });
      },
      { message: `${object.kind} ${path} is there`, timeoutMs: 10_000 },
    );
  }

  /** What is not bound can't grow. */
  #untilBound(path: string): Promise<true> {
    return eventually(async () => (await this.#api.must({ method: 'GET', path })).status?.phase === 'Bound', {
      message: `${path} is bound`,
    });
  }

  async #putStatus(path: string, stored: Stored, status: Manifest): Promise<void> {
    const isDecided = stored.kind === 'CertificateSigningRequest';
    const subresource = isDecided ? 'approval' : 'status';
    await eventually(
      async () => {
        const now = await this.#api.must({ method: 'GET', path });
        return await this.#api.must({
          method: 'PUT',
          path: `${path}/${subresource}`,
          body: { ...now, status: filled(status, now.status ?? {}) },
        });
      },
      { message: `${path} has its status`, timeoutMs: 5_000 },
    );
  }

  /** Has what a request has made removed with the rest. */
  willClear(path: string): void {
    this.#created.push(path);
  }

  /** Removes what was made, and restores what was replaced. */
  async clear(): Promise<void> {
    for (const path of this.#created.splice(0).reverse()) await this.#remove(path);
    for (const object of this.#replaced.splice(0)) await this.#restore(withoutServerFields(object));
  }

  async #restore(object: Manifest): Promise<void> {
    const path = this.#served.pathOf(object);
    await eventually(
      async () => {
        const { status, body } = await this.#api.send({ method: 'GET', path });
        if (status === 404) {
          return await this.#api.must({ method: 'POST', path: this.#served.collectionOf(object), body: object });
        }
        const { resourceVersion } = body.metadata;
        const metadata = { ...(object.metadata as Manifest), resourceVersion };
        return await this.#api.must({ method: 'PUT', path, body: { ...object, metadata } });
      },
      { message: `${path} is as it was` },
    );
  }

  async #remove(path: string): Promise<undefined> {
    const { status, body } = await this.#api.send({ method: 'GET', path });
    if (status === 404) return;
    if (listAt(body, 'metadata', 'finalizers').length > 0) {
      await this.#api.send({ method: 'PATCH', path, body: { metadata: { finalizers: null } } });
    }
    const options = { gracePeriodSeconds: 0, propagationPolicy: 'Background' };
    await this.#api.send({ method: 'DELETE', path, body: options });
  }
}

/** Whom a binding gives what can't be changed: what is added to a new one must not be added to one that is there. */
const wantedOf = (object: Manifest, given: Manifest): Manifest =>
  own(object, 'roleRef') === undefined ? object : given;

function withoutServerFields(object: Manifest): Manifest {
  const metadata = own(object, 'metadata');
  const kept = Object.entries(isObject(metadata) ? metadata : {}).filter(([key]) => !SERVER_FIELDS.has(key));
  return { ...object, metadata: Object.fromEntries(kept) };
}

/** A Pod as it can be created, and the containers that can only be added to it. */
function withoutEphemeral(object: Manifest): readonly [Manifest, readonly unknown[]] {
  const ephemeral = listAt(object, 'spec', 'ephemeralContainers');
  if (object.kind !== 'Pod' || ephemeral.length === 0) return [object, []];
  const { ephemeralContainers: _, ...spec } = object.spec as Manifest;
  return [{ ...object, spec }, ephemeral];
}

const ACCOUNT_ANNOTATION = 'kubernetes.io/service-account.name';

/** What must be there before an object: the account of a Pod, and that of a token, the volume of a claim. */
function neededBy(object: Manifest): Manifest[] {
  if (object.kind === 'PersistentVolumeClaim') return volumeOf(object);
  const annotations = ownAt(object, ['metadata', 'annotations']);
  const accounts = [
    object.kind === 'Pod' ? stringAt(object, 'spec', 'serviceAccountName') : undefined,
    object.kind === 'Secret' ? stringAt(annotations, ACCOUNT_ANNOTATION) : undefined,
  ];
  return accounts
    .filter((name) => name !== undefined && name !== 'default')
    .map((name) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace: namespaceOf(object) },
    }));
}

/** A volume that is kept for a claim, in a class whose volumes can grow. */
function volumeOf(claim: Manifest): Manifest[] {
  if (stringAt(claim, 'spec', 'storageClassName') !== EXPANDABLE) return [];
  const namespace = namespaceOf(claim);
  const name = stringAt(claim, 'metadata', 'name') ?? '';
  const expandable = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: EXPANDABLE },
    provisioner: 'disks.example.com',
    allowVolumeExpansion: true,
  };
  const volume = completed({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `of-${namespace}-${name}` },
    spec: {
      storageClassName: EXPANDABLE,
      capacity: ownAt(claim, ['spec', 'resources', 'requests']),
      accessModes: listAt(claim, 'spec', 'accessModes'),
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name },
    },
  });
  return [expandable, volume];
}

/** Who keeps an object from going: a Pod that uses a claim, or Kubernetes would take its protection off at once. */
function holdersOf(object: Manifest): Manifest[] {
  if (object.kind !== 'PersistentVolumeClaim') return [];
  const claimName = stringAt(object, 'metadata', 'name') ?? '';
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName } }];
  const metadata = { name: `user-of-${claimName}`, namespace: namespaceOf(object) };
  return [completed({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { nodeName: 'node-a', volumes } })];
}
