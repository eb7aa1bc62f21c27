import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type AuditLevel, auditPolicyText } from './audit-policy.ts';
import { findBinaries } from './binaries.ts';
import type { Binaries } from './binary-folder.ts';
import type { Identity } from './certificates.ts';
import { ComponentRunner, startOnFreePort } from './component-runner.ts';
import {
  apiServerArguments,
  controllerManagerArguments,
  etcdArguments,
  localUrl,
  type SandboxFiles,
  sandboxFiles,
} from './components.ts';
import { ADMIN, CONTROLLER_MANAGER, type Credentials, createCredentials, userKubeconfig } from './credentials.ts';
import { type Environment, temporaryDirectory } from './environment.ts';
import { compactEtcd, isEtcdReady } from './etcd.ts';
import { freePort } from './free-port.ts';
import { type HttpsPeer, httpsRequest } from './https-request.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { identifyProcess, type ProcessIdentity } from './process-identity.ts';
import { type Progress, SILENT } from './progress.ts';
import { requestToken, type ServiceAccountName } from './service-account-token.ts';
import { type StopKind, Supervisor } from './supervisor-client.ts';
import { KUBERNETES_VERSION } from './version.ts';

/** How to start a control plane. */
export interface ControlPlaneOptions {
  /** Where binaries, the cache and the temporary folder are found: `process.env` of the caller, or a part of it. */
  readonly env: Environment;
  /** A full version without `v`; the pinned one if it is left out. */
  readonly kubernetesVersion?: string | undefined;
  /** What the audit log says of each request; no audit log if it is left out. */
  readonly auditLog?: AuditLevel | undefined;
  /** An existing folder in which the sandbox makes its own folder; the temporary folder if it is left out. */
  readonly dataDirectory?: string | undefined;
  readonly progress?: Progress | undefined;
  /** Ends the start early: whatever was begun is stopped and removed, and the start throws. */
  readonly signal?: AbortSignal | undefined;
}

/** A running control plane. It ends with this process, however this process ends, unless it was detached. */
export interface ControlPlane {
  /** Its own folder, with data, logs, certificates and kubeconfigs. It is gone when the control plane has stopped. */
  readonly directory: string;
  readonly server: string;
  /** The certificate of the authority that signed kube-apiserver's certificate and signs its users', as PEM text. */
  readonly caCertificate: string;
  readonly kubernetesVersion: string;
  readonly binaries: Binaries;
  /** One JSON object a line. Undefined if no audit log was asked for. */
  readonly auditLogFile: string | undefined;
  /** The kubeconfig of user `admin` in group `system:masters`. */
  readonly adminKubeconfig: string;
  /** The process that holds the children: SIGTERM to it stops the control plane. */
  readonly supervisor: ProcessIdentity;
  /** Resolves when the control plane has stopped and its folder is gone, whoever stopped it, and says how. */
  readonly stopped: Promise<StopKind>;
  /** Writes a kubeconfig for that identity, with a client certificate, and returns its path. */
  kubeconfig(identity: Identity): Promise<string>;
  /** Writes a kubeconfig that carries a bearer token of that ServiceAccount, good for a day, and returns its path. Throws if there is no such ServiceAccount. */
  serviceAccountKubeconfig(serviceAccount: ServiceAccountName): Promise<string>;
  /** Kills kube-apiserver with SIGKILL and returns once it is gone. */
  killApiServer(): Promise<void>;
  /** Starts kube-apiserver again on the same port and returns when it is ready. */
  startApiServer(): Promise<void>;
  /** Compacts etcd up to the current revision. A watch from an older version gets 410 after kube-apiserver was started again. */
  compact(): Promise<void>;
  /** Has one more file removed when the control plane stops. */
  removeAtEnd(path: string): Promise<void>;
  /** Lets the control plane outlive this process. Of the methods here only `kubeconfig` works after that. */
  detach(): Promise<void>;
  /** Stops everything and removes the folder. Returns when that is done, at once if it was done before. */
  stop(): Promise<void>;
}

const ETCD = 'etcd';
const KUBE_APISERVER = 'kube-apiserver';
const KUBE_CONTROLLER_MANAGER = 'kube-controller-manager';

/**
 * Starts etcd, kube-apiserver and kube-controller-manager on free ports of the loopback address.
 * Returns when kube-apiserver is ready and the controllers have filled the `default` namespace.
 * Throws if no binaries can be had, a component doesn't come up, or the signal aborts; nothing is left behind then.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { env, progress = SILENT, signal, kubernetesVersion = KUBERNETES_VERSION } = options;
  const binaries = await findBinaries({ env, version: kubernetesVersion, progress, signal });
  signal?.throwIfAborted();
  progress.line(`starting ${ETCD}, ${KUBE_APISERVER} and ${KUBE_CONTROLLER_MANAGER}`);
  let noteExit = (_name: string, _how: string): void => {};
  const supervisor = await Supervisor.start({
    parentDirectory: resolve(options.dataDirectory ?? temporaryDirectory(env)),
    path: env.PATH ?? '',
    onExited: (name, how) => noteExit(name, how),
  });
  try {
    const runner = new ComponentRunner(supervisor, supervisor.directory);
    noteExit = (name, how) => {
      runner.noteExit(name, how);
      progress.line(`${name} ended unexpectedly (${how}); its log is ${runner.logFile(name)}`);
    };
    const files = sandboxFiles(supervisor.directory);
    const credentials = await createCredentials(files);
    const assembly: Assembly = { runner, binaries, files, credentials, auditLog: options.auditLog, signal };
    const ports = await startComponents(assembly);
    const controlPlane = new SupervisedControlPlane(supervisor, assembly, ports, kubernetesVersion);
    await controlPlane.writeKubeconfig(controlPlane.adminKubeconfig, ADMIN);
    return controlPlane;
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
}

/** All that is needed to start a component. */
interface Assembly {
  readonly runner: ComponentRunner;
  readonly binaries: Binaries;
  readonly files: SandboxFiles;
  readonly credentials: Credentials;
  readonly auditLog: AuditLevel | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Ports {
  readonly etcd: number;
  readonly apiServer: number;
}

const etcdPeer = ({ etcdCaCertificate, etcdClient }: Credentials, port: number): HttpsPeer => ({
  server: localUrl(port),
  caCertificate: etcdCaCertificate,
  client: etcdClient,
});

const apiServerPeer = ({ ca, admin }: Credentials, port: number): HttpsPeer => ({
  server: localUrl(port),
  caCertificate: ca.certificate,
  client: admin,
});

async function startComponents(assembly: Assembly): Promise<Ports> {
  const etcd = await startOnFreePort(freePort, (port) => startEtcd(assembly, port));
  const apiServer = await startOnFreePort(freePort, (port) => startApiServer(assembly, { etcd, apiServer: port }));
  await startControllerManager(assembly, apiServer);
  return { etcd, apiServer };
}

const startEtcd = ({ runner, binaries, files, credentials, signal }: Assembly, port: number): Promise<void> =>
  runner.start({
    name: ETCD,
    command: binaries.etcd,
    args: etcdArguments(files, port),
    isReady: () => isEtcdReady(etcdPeer(credentials, port)),
    signal,
  });

function startApiServer({ runner, binaries, files, credentials, auditLog, signal }: Assembly, ports: Ports) {
  if (auditLog !== undefined) {
    writeFileSync(files.auditPolicy, auditPolicyText(auditLog));
  }
  const peer = apiServerPeer(credentials, ports.apiServer);
  return runner.start({
    name: KUBE_APISERVER,
    command: binaries.kubeApiserver,
    args: apiServerArguments(files, { port: ports.apiServer, etcdPort: ports.etcd, auditLevel: auditLog }),
    isReady: async () => (await httpsRequest(peer, 'GET', '/readyz')).status === 200,
    signal,
  });
}

// Made by two controllers in every namespace: once they are in `default`, the namespace and the controllers are there.
const FIRST_OBJECTS = [
  '/api/v1/namespaces/default/serviceaccounts/default',
  '/api/v1/namespaces/default/configmaps/kube-root-ca.crt',
];

async function startControllerManager({ runner, binaries, files, credentials, signal }: Assembly, port: number) {
  const peer = apiServerPeer(credentials, port);
  writeFileSync(
    files.controllerManagerKubeconfig,
    await userKubeconfig({ server: peer.server, ca: credentials.ca }, CONTROLLER_MANAGER),
    { mode: 0o600 },
  );
  await runner.start({
    name: KUBE_CONTROLLER_MANAGER,
    command: binaries.kubeControllerManager,
    args: controllerManagerArguments(files),
    isReady: async () => {
      const responses = await Promise.all(FIRST_OBJECTS.map((path) => httpsRequest(peer, 'GET', path)));
      return responses.every(({ status }) => status === 200);
    },
    signal,
  });
}

class SupervisedControlPlane implements ControlPlane {
  readonly directory: string;
  readonly server: string;
  readonly caCertificate: string;
  readonly kubernetesVersion: string;
  readonly binaries: Binaries;
  readonly auditLogFile: string | undefined;
  readonly adminKubeconfig: string;
  readonly supervisor: ProcessIdentity;
  readonly stopped: Promise<StopKind>;
  readonly #supervisor: Supervisor;
  readonly #assembly: Assembly;
  readonly #ports: Ports;

  constructor(supervisor: Supervisor, assembly: Assembly, ports: Ports, kubernetesVersion: string) {
    this.#supervisor = supervisor;
    // The signal ends the start, and no later restart of kube-apiserver.
    this.#assembly = { ...assembly, signal: undefined };
    this.#ports = ports;
    this.directory = supervisor.directory;
    this.server = localUrl(ports.apiServer);
    this.caCertificate = assembly.credentials.ca.certificate;
    this.kubernetesVersion = kubernetesVersion;
    this.binaries = assembly.binaries;
    this.auditLogFile = assembly.auditLog === undefined ? undefined : assembly.files.auditLog;
    this.adminKubeconfig = join(this.directory, 'admin.kubeconfig');
    this.supervisor = identifyProcess(supervisor.pid);
    this.stopped = supervisor.ended;
  }

  async kubeconfig(identity: Identity): Promise<string> {
    const file = this.#newKubeconfigFile();
    await this.writeKubeconfig(file, identity);
    return file;
  }

  async serviceAccountKubeconfig(serviceAccount: ServiceAccountName): Promise<string> {
    const token = await requestToken(apiServerPeer(this.#assembly.credentials, this.#ports.apiServer), serviceAccount);
    const user = `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`;
    const file = this.#newKubeconfigFile();
    writeFileSync(file, kubeconfigText(this, user, { token }), { mode: 0o600 });
    return file;
  }

  killApiServer(): Promise<void> {
    return this.#supervisor.killChild(KUBE_APISERVER);
  }

  startApiServer(): Promise<void> {
    return startApiServer(this.#assembly, this.#ports);
  }

  compact(): Promise<void> {
    return compactEtcd(etcdPeer(this.#assembly.credentials, this.#ports.etcd));
  }

  removeAtEnd(path: string): Promise<void> {
    return this.#supervisor.removeAtEnd(path);
  }

  detach(): Promise<void> {
    return this.#supervisor.detach();
  }

  stop(): Promise<void> {
    return this.#supervisor.stop();
  }

  async writeKubeconfig(file: string, identity: Identity): Promise<void> {
    const { ca } = this.#assembly.credentials;
    writeFileSync(file, await userKubeconfig({ server: this.server, ca }, identity), { mode: 0o600 });
  }

  #newKubeconfigFile(): string {
    return join(this.directory, 'kubeconfigs', `${randomUUID()}.kubeconfig`);
  }
}
