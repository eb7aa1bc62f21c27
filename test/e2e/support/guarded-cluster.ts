import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { parse } from 'yaml';
import type { Guardrail, GuardrailSpec, GuardrailViolation } from '../../../src/api/v1alpha1.ts';
import type { Identity } from '../../../src/sandbox/certificates.ts';
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from '../../../src/sandbox/control-plane.ts';
import { type HttpsPeer, httpsRequest } from '../../../src/sandbox/https-request.ts';
import type { LocalOperator } from '../../../src/sandbox/local-operator.ts';
import { type CommandResult, kubectl } from './kubectl.ts';
import { eventually } from './poll.ts';

/** The operator is run as it is shipped: from dist, which global-setup.ts builds. */
const LOCAL_OPERATOR = new URL('../../../dist/sandbox/local-operator.js', import.meta.url).href;

const ENFORCE_TIMEOUT_MS = 30_000;

/** Any object of the cluster, or a list of some. */
export type Manifest = Readonly<Record<string, unknown>>;

/** An object as the API server returns it: tests read whatever they expect to be there. */
// biome-ignore lint/suspicious/noExplicitAny: an expectation that isn't met fails the test
export type Stored = Readonly<Record<string, any>>;

/** How to start a GuardedCluster. */
export interface GuardedClusterOptions {
  /** What the audit log of kube-apiserver says of each request; no audit log if it is left out. */
  readonly auditLog?: ControlPlaneOptions['auditLog'];
  /** More flags of `guardrails operator`. */
  readonly flags?: readonly string[];
}

/** What somebody may do: a ClusterRole, in one namespace or everywhere. */
export interface Grant {
  readonly clusterRole: string;
  /** Everywhere if it is left out. */
  readonly namespace?: string;
}

/** How many decisions the operator has made on a guardrail, by outcome. An outcome that never was is absent. */
export type Decisions = Partial<Record<GuardrailViolation['spec']['decision'], number>>;

/** Somebody who uses kubectl, under their own name. */
export class Person {
  readonly kubeconfig: string;
  readonly #controlPlane: ControlPlane;

  constructor(controlPlane: ControlPlane, kubeconfig: string) {
    this.#controlPlane = controlPlane;
    this.kubeconfig = kubeconfig;
  }

  /** Runs kubectl and returns how that was, whatever the code. A manifest is given to it as its standard input. */
  kubectl(args: readonly string[], manifest?: Manifest): Promise<CommandResult> {
    const options = manifest === undefined ? {} : { stdin: JSON.stringify(manifest) };
    return kubectl(this.#controlPlane, this.kubeconfig, args, options);
  }

  /** Runs kubectl and returns its stdout. Throws if the code isn't 0. */
  async must(args: readonly string[], manifest?: Manifest): Promise<string> {
    const { code, stdout, stderr } = await this.kubectl(args, manifest);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with code ${code}: ${stderr.trim()}`);
    return stdout;
  }

  /** Creates objects, and throws if that is refused. */
  async create(...objects: readonly Manifest[]): Promise<void> {
    await this.must(['create', '-f', '-'], listOf(objects));
  }

  /** Reads one object, such as `get('deployment', 'web', '-n', 'shop')`. Throws if it isn't there. */
  async get(...args: readonly string[]): Promise<Stored> {
    return JSON.parse(await this.must(['get', ...args, '-o', 'json']));
  }

  /** Whether such an object is there. */
  async has(...args: readonly string[]): Promise<boolean> {
    return (await this.must(['get', ...args, '--ignore-not-found', '-o', 'name'])).trim() !== '';
  }
}

/**
 * A control plane with the product's manifests, and an operator beside it that runs as a process of its own, under its own
 * ServiceAccount's token. Everybody acts through real kubectl, as who they are; scenes are set and looked at through the API
 * itself, as admin, which takes a tenth of the time.
 *
 *     const cluster = await GuardedCluster.start();
 *     const alice = await cluster.person('alice', { grant: { clusterRole: 'edit', namespace: shop } });
 *     await cluster.guard({ 'no-delete': { enforcement: 'Deny', failurePolicy: 'Fail', match: { ... } } });
 *     const { code, stderr } = await alice.kubectl(['delete', 'deployment', 'web', '-n', shop]);
 *     const [record] = await cluster.trail('no-delete');
 *     await cluster.stop();
 */
export class GuardedCluster {
  readonly controlPlane: ControlPlane;
  /** User `admin` in group `system:masters`. */
  readonly admin: Person;
  readonly #flags: readonly string[];
  readonly #peer: HttpsPeer;
  #operator: LocalOperator | undefined;
  #namespaces = 0;

  private constructor(controlPlane: ControlPlane, flags: readonly string[]) {
    this.controlPlane = controlPlane;
    this.admin = new Person(controlPlane, controlPlane.adminKubeconfig);
    this.#flags = flags;
    this.#peer = peerOf(controlPlane);
  }

  /** Starts all of it and returns when the operator is ready. Leaves nothing behind if that fails. */
  static async start({ auditLog, flags = [] }: GuardedClusterOptions = {}): Promise<GuardedCluster> {
    const controlPlane = await startControlPlane({ env: process.env, auditLog });
    const cluster = new GuardedCluster(controlPlane, flags);
    try {
      await (await localOperators()).installManifests(controlPlane, process.env);
      await cluster.startOperator();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** The operator that was started last. Throws if there is none. */
  get operator(): LocalOperator {
    if (this.#operator === undefined) throw new Error('no operator has been started');
    return this.#operator;
  }

  /** Starts an operator, for instance after the one before was stopped or killed, and returns when it is ready. */
  async startOperator(flags: readonly string[] = []): Promise<LocalOperator> {
    const { startLocalOperator } = await localOperators();
    this.#operator = await startLocalOperator(this.controlPlane, {
      env: process.env,
      flags: [...this.#flags, ...flags],
    });
    return this.#operator;
  }

  /** Stops operator and control plane. */
  async stop(): Promise<void> {
    await this.#operator?.stop();
    await this.controlPlane.stop();
  }

  /** Makes somebody with a client certificate and, if a grant is given, waits until they have it. */
  async person(
    user: string,
    { groups = [], grant }: { readonly groups?: readonly string[]; readonly grant?: Grant } = {},
  ): Promise<Person> {
    const identity: Identity = { user, groups };
    const person = new Person(this.controlPlane, await this.controlPlane.kubeconfig(identity));
    if (grant !== undefined) await this.#bind(person, { kind: 'User', name: user }, grant);
    return person;
  }

  /** Makes a ServiceAccount and somebody who has its token; if a grant is given, waits until they have it. */
  async serviceAccount(namespace: string, name: string, grant?: Grant): Promise<Person> {
    await this.admin.must(['create', 'serviceaccount', name, '-n', namespace]);
    const account = { namespace, name };
    const person = new Person(this.controlPlane, await this.controlPlane.serviceAccountKubeconfig(account));
    if (grant !== undefined) await this.#bind(person, { kind: 'ServiceAccount', ...account }, grant);
    return person;
  }

  /** Makes a namespace with a name that no other has, and returns the name. */
  async namespace(prefix: string, labels: Readonly<Record<string, string>> = {}): Promise<string> {
    this.#namespaces += 1;
    const name = `${prefix}-${this.#namespaces}`;
    await this.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
    return name;
  }

  /** Creates objects as admin and returns them as stored. Throws if that is refused. */
  async create(...objects: readonly Manifest[]): Promise<Stored[]> {
    const stored: Stored[] = [];
    for (const object of objects) {
      const { status, body } = await httpsRequest(this.#peer, 'POST', collectionOf(object), object);
      if (status !== 201) throw new Error(`${object.kind} could not be created: ${body}`);
      stored.push(JSON.parse(body));
    }
    return stored;
  }

  /**
   * Reads as admin: one object, `find('deployments.apps', shop, 'web')`, a list of them without the name, or a subresource.
   * The namespace of cluster-scoped objects is undefined. Returns undefined if it isn't there.
   */
  async find(resource: string, namespace?: string, name?: string, subresource?: string): Promise<Stored | undefined> {
    const path = [collectionPath(resource, namespace), name, subresource]
      .filter((part) => part !== undefined)
      .join('/');
    const { status, body } = await httpsRequest(this.#peer, 'GET', path);
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`GET ${path} ended with ${status}: ${body}`);
    return JSON.parse(body);
  }

  /** As `find`, but throws if it isn't there. */
  async read(...where: Parameters<GuardedCluster['find']>): Promise<Stored> {
    const found = await this.find(...where);
    if (found === undefined) throw new Error(`there is no ${where.join(' ')}`);
    return found;
  }

  /** Applies Guardrails, by name, and returns when they are enforced in exactly these generations. */
  async guard(specs: Readonly<Record<string, GuardrailSpec>>): Promise<void> {
    const guardrails = Object.entries(specs).map(([name, spec]) => guardrail(name, spec));
    await this.admin.must(['apply', '-f', '-'], listOf(guardrails));
    await this.enforced(...Object.keys(specs));
  }

  /** Waits until these Guardrails, as they are now, are enforced. */
  async enforced(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      await eventually(
        async () => {
          const { metadata, status } = (await this.read(GUARDRAILS, undefined, name)) as unknown as Guardrail;
          const condition = status?.conditions?.find(({ type }) => type === 'Enforcing');
          const isCurrent =
            status?.observedGeneration === metadata?.generation &&
            condition?.observedGeneration === metadata?.generation;
          if (isCurrent && condition?.status === 'True') return true;
          throw new Error(JSON.stringify(status));
        },
        { message: `${name} is enforced`, timeoutMs: ENFORCE_TIMEOUT_MS },
      );
    }
  }

  /** Removes Guardrails and returns when the operator judges nothing by them any more. */
  async unguard(...names: readonly string[]): Promise<void> {
    await this.admin.must(['delete', 'guardrail', '--ignore-not-found', ...names]);
    const isUnloaded = async (): Promise<boolean> => {
      const loaded = new Set((await this.#metric('guardrails_guardrail_info')).map(({ labels }) => labels.guardrail));
      return names.every((name) => !loaded.has(name));
    };
    await eventually(isUnloaded, { message: 'the guardrails are no longer loaded' });
  }

  /** The status of a Guardrail's condition, or undefined if it has none. */
  async condition(name: string, type: 'Ready' | 'Stalled' | 'Enforcing' | 'TestsPassed') {
    const { status } = (await this.read(GUARDRAILS, undefined, name)) as unknown as Guardrail;
    return status?.conditions?.find((condition) => condition.type === type);
  }

  /** The records of a Guardrail that are in the cluster now, from all namespaces, in the order of their decisions. */
  async records(guardrailName: string): Promise<GuardrailViolation[]> {
    const { items } = await this.read('guardrailviolations.guardrails.dev');
    return (items as GuardrailViolation[])
      .filter(({ spec }) => spec.guardrail.name === guardrailName)
      .toSorted((a, b) => a.spec.sequence - b.spec.sequence);
  }

  /**
   * The records of a Guardrail once they stand for every decision that the operator has made on it, so that none can come
   * later: what is not there then, was not recorded. `unrecorded` decisions (dry runs, `audit.allowed: None`) leave none.
   * Counts since the operator was started; a fresh guardrail's name makes that all.
   */
  trail(guardrailName: string, { unrecorded = 0 } = {}): Promise<GuardrailViolation[]> {
    return eventually(
      async () => {
        const decided = sum(Object.values(await this.decisions(guardrailName)));
        const records = await this.records(guardrailName);
        const recorded = sum(records.map(({ status }) => status?.count ?? 1));
        if (recorded === decided - unrecorded) return records;
        throw new Error(`${decided} decisions, ${unrecorded} not to be recorded, ${recorded} on record`);
      },
      { message: `the records of ${guardrailName} are complete`, intervalMs: 100 },
    );
  }

  /** How many decisions the running operator has made on a Guardrail, dry runs included. Exact when a request is answered. */
  async decisions(guardrailName: string): Promise<Decisions> {
    const decisions: Decisions = {};
    for (const { labels, value } of await this.#metric('guardrails_decisions_total')) {
      if (labels.guardrail !== guardrailName) continue;
      const outcome = labels.decision as keyof Decisions;
      decisions[outcome] = (decisions[outcome] ?? 0) + value;
    }
    return decisions;
  }

  /** How many admission requests the running operator has answered, those of Guardrails themselves not counted. */
  async answered(): Promise<number> {
    return sum((await this.#metric('guardrails_admission_requests_total')).map(({ value }) => value));
  }

  async #metric(name: string): Promise<{ labels: Record<string, string>; value: number }[]> {
    const text = await httpText(`${this.operator.probeUrl}/metrics`);
    return [...text.matchAll(new RegExp(`^${name}\\{(.*)\\} (\\S+)$`, 'gm'))].map(([, labels = '', value]) => ({
      labels: Object.fromEntries(
        [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', text = '']) => [key, text]),
      ),
      value: Number(value),
    }));
  }

  async #bind(person: Person, subject: Manifest, { clusterRole, namespace }: Grant): Promise<void> {
    const scope = namespace === undefined ? [] : ['-n', namespace];
    await this.create({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
      metadata: { generateName: 'of-a-person-', namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: clusterRole },
      subjects: [subject],
    });
    await eventually(async () => (await person.kubectl(['auth', 'can-i', 'get', 'pods', ...scope])).code === 0, {
      message: 'the role binding is in force',
    });
  }
}

/** A Guardrail as an object. */
export const guardrail = (name: string, spec: GuardrailSpec): Manifest => ({
  apiVersion: 'guardrails.dev/v1alpha1',
  kind: 'Guardrail',
  metadata: { name },
  spec,
});

const GUARDRAILS = 'guardrails.guardrails.dev';

/** The versions that differ from v1. */
const VERSIONS: Readonly<Record<string, string>> = { 'guardrails.dev': 'v1alpha1' };

/** The path of the collection of a resource such as `deployments.apps`, in a namespace or in all. */
export function collectionPath(resource: string, namespace: string | undefined): string {
  const [plural, ...rest] = resource.split('.');
  const group = rest.join('.');
  const root = group === '' ? '/api/v1' : `/apis/${group}/${VERSIONS[group] ?? 'v1'}`;
  return `${root}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}`;
}

/** Where an object is to be created. All kinds that tests create have a regular plural. */
function collectionOf({ apiVersion, kind, metadata }: Manifest): string {
  const group = String(apiVersion).split('/').slice(0, -1);
  const { namespace } = metadata as { readonly namespace?: string };
  return collectionPath([`${String(kind).toLowerCase()}s`, ...group].join('.'), namespace);
}

/** Who admin is to the API server. */
function peerOf({ adminKubeconfig, caCertificate, server }: ControlPlane): HttpsPeer {
  const { user } = parse(readFileSync(adminKubeconfig, 'utf8')).users[0];
  const decode = (key: string): string => Buffer.from(user[key], 'base64').toString();
  const client = { certificate: decode('client-certificate-data'), key: decode('client-key-data') };
  return { server, caCertificate, client };
}

/** Several objects as one, for one call of kubectl. */
export const listOf = (items: readonly Manifest[]): Manifest => ({ apiVersion: 'v1', kind: 'List', items });

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const localOperators = (): Promise<typeof import('../../../src/sandbox/local-operator.ts')> => import(LOCAL_OPERATOR);

function httpText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('end', () => resolve(text));
    }).once('error', reject);
  });
}
