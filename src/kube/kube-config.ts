import { readFileSync } from 'node:fs';
import { PooledKubeConfig, type PoolSettings } from './connection-pool.ts';

/** Where the cluster is and how to reach it. */
export interface KubeConfigOptions extends PoolSettings {
  /** The path of a kubeconfig file. Absent: the service account of the Pod that this process runs in. */
  readonly kubeconfig?: string | undefined;
  /** A context of the file. Defaults to its current one. */
  readonly context?: string;
  /** A directory before the paths of the mounted service account. Defaults to none. */
  readonly serviceAccountRoot?: string;
}

/** Thrown when the connection to the cluster can't be configured. The message says what to do. */
export class KubeConfigError extends Error {}

/**
 * Loads a kubeconfig file or the configuration in the Pod. Throws a KubeConfigError for what is absent or broken, and never
 * guesses an address: a wrong cluster is worse than none.
 */
export function loadKubeConfig(options: KubeConfigOptions): PooledKubeConfig {
  const config = new PooledKubeConfig(options);
  if (options.kubeconfig === undefined) {
    loadFromPod(config, options.serviceAccountRoot ?? '');
  } else {
    loadFromFile(config, options.kubeconfig, options.context);
  }
  return config;
}

function loadFromPod(config: PooledKubeConfig, root: string): void {
  config.loadFromCluster(root);
  const cluster = config.getCurrentCluster();
  // The library puts the words of a missing KUBERNETES_SERVICE_HOST into the address.
  if (cluster === null || /undefined|\/\/:/.test(cluster.server)) {
    throw new KubeConfigError(
      'this process does not run in a Pod (KUBERNETES_SERVICE_HOST is not set): name a kubeconfig file',
    );
  }
  const tokenFile: unknown = config.getCurrentUser()?.authProvider?.config?.tokenFile;
  for (const path of [cluster.caFile, tokenFile]) {
    if (typeof path === 'string') {
      read(
        path,
        'mount a service account token into the Pod (automountServiceAccountToken), or name a kubeconfig file',
      );
    }
  }
}

function loadFromFile(config: PooledKubeConfig, path: string, context: string | undefined): void {
  read(path, 'name a kubeconfig file that exists and is readable');
  try {
    config.loadFromFile(path);
  } catch (error) {
    throw new KubeConfigError(`kubeconfig ${path} can't be parsed: ${messageOf(error)}`, { cause: error });
  }
  if (context !== undefined) {
    config.setCurrentContext(context);
  }
  const current: string | undefined = config.getCurrentContext();
  const known = config.getContexts().map(({ name }) => name);
  if (current === undefined || current === '') {
    throw new KubeConfigError(`kubeconfig ${path} has no current-context: choose one of ${list(known)}`);
  }
  if (!known.includes(current)) {
    throw new KubeConfigError(`kubeconfig ${path} has no context "${current}": choose one of ${list(known)}`);
  }
  const cluster = config.getCurrentCluster();
  const reference = config.getContextObject(current);
  if (cluster === null || !URL.canParse(cluster.server)) {
    throw new KubeConfigError(
      `kubeconfig ${path}: context "${current}" needs cluster "${reference?.cluster}" with a server URL`,
    );
  }
  if (config.getCurrentUser() === null) {
    throw new KubeConfigError(`kubeconfig ${path}: context "${current}" needs user "${reference?.user}"`);
  }
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify) {
    throw new KubeConfigError(
      `kubeconfig ${path}: ${cluster.server} is not https; set insecure-skip-tls-verify to use it nevertheless`,
    );
  }
}

function read(path: string, advice: string): void {
  try {
    readFileSync(path);
  } catch (error) {
    throw new KubeConfigError(`${path} can't be read (${messageOf(error)}): ${advice}`, { cause: error });
  }
}

const list = (names: readonly string[]): string => (names.length === 0 ? '(there are none)' : names.join(', '));

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
