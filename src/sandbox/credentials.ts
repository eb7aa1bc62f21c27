import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createAuthority,
  createTokenKeys,
  type Identity,
  issueClientCertificate,
  issueServingCertificate,
  type KeyPair,
} from './certificates.ts';
import { type FilePair, type SandboxFiles, sandboxFiles } from './components.ts';
import { type Endpoint, kubeconfigText } from './kubeconfig.ts';

/** Everything that proves an identity in one sandbox. */
export interface Credentials {
  readonly ca: KeyPair;
  readonly etcdCaCertificate: string;
  readonly etcdClient: KeyPair;
  readonly admin: KeyPair;
}

/** The identity that may do everything. */
export const ADMIN: Identity = { user: 'admin', groups: ['system:masters'] };

/** Who kube-controller-manager is when it makes tokens for its controllers. */
export const CONTROLLER_MANAGER: Identity = { user: 'system:kube-controller-manager' };
const LOCAL_NAMES = ['localhost', '127.0.0.1'];

// The folder itself is only for its owner; keys are so even if they are copied.
const write = (file: string, text: string): void => writeFileSync(file, text, { mode: 0o600 });

function writePair(files: FilePair, pair: KeyPair): void {
  write(files.certificate, pair.certificate);
  write(files.key, pair.key);
}

/** Makes the authorities, certificates and keys of a new sandbox and writes those that its components read. */
export async function createCredentials(files: SandboxFiles): Promise<Credentials> {
  mkdirSync(join(files.directory, 'pki'));
  mkdirSync(join(files.directory, 'kubeconfigs'));
  // Two authorities: were there one, every user's certificate would open etcd, and with it everything.
  const [ca, etcdCa, tokenKeys] = await Promise.all([
    createAuthority('sandbox'),
    createAuthority('sandbox-etcd'),
    createTokenKeys(),
  ]);
  const [apiServer, etcdServer, etcdClient, admin] = await Promise.all([
    issueServingCertificate(ca, 'kube-apiserver', LOCAL_NAMES),
    issueServingCertificate(etcdCa, 'etcd', LOCAL_NAMES),
    issueClientCertificate(etcdCa, { user: 'kube-apiserver' }),
    issueClientCertificate(ca, ADMIN),
  ]);
  write(files.etcdCa, etcdCa.certificate);
  writePair(files.etcdServer, etcdServer);
  writePair(files.etcdClient, etcdClient);
  writePair(files.ca, ca);
  writePair(files.apiServer, apiServer);
  write(files.tokenPublicKey, tokenKeys.publicKey);
  write(files.tokenPrivateKey, tokenKeys.privateKey);
  return { ca, etcdCaCertificate: etcdCa.certificate, etcdClient, admin };
}

/** Returns the text of a kubeconfig for that user and those groups, with a new client certificate. */
export async function userKubeconfig(
  { server, ca }: { readonly server: string; readonly ca: KeyPair },
  identity: Identity,
): Promise<string> {
  const endpoint: Endpoint = { server, caCertificate: ca.certificate };
  return kubeconfigText(endpoint, identity.user, await issueClientCertificate(ca, identity));
}

/** Reads the authority of the sandbox in that folder. Throws if the folder isn't a sandbox's. */
export function readAuthority(directory: string): KeyPair {
  const { ca } = sandboxFiles(directory);
  return { certificate: readFileSync(ca.certificate, 'utf8'), key: readFileSync(ca.key, 'utf8') };
}
