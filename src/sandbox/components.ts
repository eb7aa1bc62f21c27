import { join } from 'node:path';
import type { AuditLevel } from './audit-policy.ts';

/** The files that the components share, all inside the sandbox's own folder. */
export interface SandboxFiles {
  readonly directory: string;
  readonly etcdCa: string;
  readonly etcdServer: FilePair;
  readonly etcdClient: FilePair;
  readonly ca: FilePair;
  readonly apiServer: FilePair;
  readonly tokenPublicKey: string;
  readonly tokenPrivateKey: string;
  readonly controllerManagerKubeconfig: string;
  readonly auditPolicy: string;
  readonly auditLog: string;
}

/** A certificate file and the file of its key. */
export interface FilePair {
  readonly certificate: string;
  readonly key: string;
}

/** Says where each file is; nothing is written. */
export function sandboxFiles(directory: string): SandboxFiles {
  const pki = (name: string) => join(directory, 'pki', name);
  const pair = (name: string): FilePair => ({ certificate: pki(`${name}.crt`), key: pki(`${name}.key`) });
  return {
    directory,
    etcdCa: pki('etcd-ca.crt'),
    etcdServer: pair('etcd'),
    etcdClient: pair('etcd-client'),
    ca: pair('ca'),
    apiServer: pair('kube-apiserver'),
    tokenPublicKey: pki('service-account.pub'),
    tokenPrivateKey: pki('service-account.key'),
    controllerManagerKubeconfig: join(directory, 'kube-controller-manager.kubeconfig'),
    auditPolicy: join(directory, 'audit-policy.yaml'),
    auditLog: join(directory, 'audit.log'),
  };
}

/** The URL of an address of this machine that nobody else can reach. */
export const localUrl = (port: number): string => `https://127.0.0.1:${port}`;

/** The arguments of etcd: one member, reachable by the holder of its client certificate alone. */
export const etcdArguments = (files: SandboxFiles, port: number): string[] => [
  '--name=sandbox',
  `--data-dir=${join(files.directory, 'etcd')}`,
  `--listen-client-urls=${localUrl(port)}`,
  `--advertise-client-urls=${localUrl(port)}`,
  // A single member has no peers: any port will do, and nobody is let in.
  `--listen-peer-urls=${localUrl(0)}`,
  `--initial-advertise-peer-urls=${localUrl(0)}`,
  `--initial-cluster=sandbox=${localUrl(0)}`,
  `--cert-file=${files.etcdServer.certificate}`,
  `--key-file=${files.etcdServer.key}`,
  `--trusted-ca-file=${files.etcdCa}`,
  '--client-cert-auth',
  `--peer-cert-file=${files.etcdServer.certificate}`,
  `--peer-key-file=${files.etcdServer.key}`,
  `--peer-trusted-ca-file=${files.etcdCa}`,
  '--peer-client-cert-auth',
  // What is lost without it is lost only when the whole machine crashes, and then the sandbox is gone anyway.
  '--unsafe-no-fsync',
  '--log-level=warn',
];

/** The ports and the audit level of kube-apiserver. */
export interface ApiServerOptions {
  readonly port: number;
  readonly etcdPort: number;
  readonly auditLevel: AuditLevel | undefined;
}

/** The arguments of kube-apiserver: defaults wherever possible, so that it behaves as a real cluster's does. */
export const apiServerArguments = (files: SandboxFiles, { port, etcdPort, auditLevel }: ApiServerOptions): string[] => [
  '--bind-address=127.0.0.1',
  '--advertise-address=127.0.0.1',
  `--secure-port=${port}`,
  `--etcd-servers=${localUrl(etcdPort)}`,
  `--etcd-cafile=${files.etcdCa}`,
  `--etcd-certfile=${files.etcdClient.certificate}`,
  `--etcd-keyfile=${files.etcdClient.key}`,
  `--tls-cert-file=${files.apiServer.certificate}`,
  `--tls-private-key-file=${files.apiServer.key}`,
  `--client-ca-file=${files.ca.certificate}`,
  '--authorization-mode=Node,RBAC',
  '--allow-privileged=true',
  '--service-cluster-ip-range=10.96.0.0/16',
  // An Endpoints object can't hold a loopback address, and no Pod runs here that could want one.
  '--endpoint-reconciler-type=none',
  '--service-account-issuer=https://kubernetes.default.svc',
  `--service-account-key-file=${files.tokenPublicKey}`,
  `--service-account-signing-key-file=${files.tokenPrivateKey}`,
  ...(auditLevel === undefined
    ? []
    : [`--audit-policy-file=${files.auditPolicy}`, `--audit-log-path=${files.auditLog}`]),
];

/** The arguments of kube-controller-manager: every controller on, each with its own ServiceAccount, as in a real cluster. */
export const controllerManagerArguments = (files: SandboxFiles): string[] => [
  `--kubeconfig=${files.controllerManagerKubeconfig}`,
  '--use-service-account-credentials',
  `--service-account-private-key-file=${files.tokenPrivateKey}`,
  `--root-ca-file=${files.ca.certificate}`,
  // There is only one, and nobody asks it anything: no election, and no port that could be taken.
  '--leader-elect=false',
  // The default of 20 a second makes thirty controllers wait for each other's tokens, for seconds.
  '--kube-api-qps=300',
  '--kube-api-burst=600',
  '--secure-port=0',
];
