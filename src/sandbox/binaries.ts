import { readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Binaries, binariesIn, missingBinaries } from './binary-folder.ts';
import { buildBinaries } from './build.ts';
import { type CacheEntry, ensureCached, entryDirectory } from './cache.ts';
import { downloadBinaries, type ReleaseHosts } from './download.ts';
import { cacheDirectory, type Environment } from './environment.ts';
import { describeError } from './error-text.ts';
import { currentPlatform, type Platform } from './platform.ts';
import type { Progress } from './progress.ts';
import { runCommand } from './run-command.ts';
import { ETCD_VERSION, parseVersion } from './version.ts';

/** Which binaries are wanted, and what may be used to get them. */
export interface FindOptions {
  readonly env: Environment;
  /** A full version without `v`. */
  readonly version: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
  readonly platform?: Platform;
  /** Where releases are downloaded from, if not from the official places. */
  readonly hosts?: ReleaseHosts;
  /** The folder of the Go module that is built, if not this project's own. */
  readonly moduleDirectory?: string;
}

/** Thrown when no way leads to binaries. The message lists the four ways, and why each failed. */
export class BinariesError extends Error {}

/** The ways to binaries, in their order. */
const WAYS = ['KUBEBUILDER_ASSETS', 'cache', 'download', 'go build'] as const;
type Way = (typeof WAYS)[number];

/** Says each step and remembers why it failed. */
class Attempts {
  readonly #progress: Progress;
  readonly #reasons = new Map<Way, string>();

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  say(way: Way, text: string): void {
    this.#progress.line(`binaries, way ${WAYS.indexOf(way) + 1} of ${WAYS.length}, ${way}: ${text}`);
  }

  failed(way: Way, reason: string): void {
    this.#reasons.set(way, reason);
    this.say(way, reason);
  }

  toError(version: string, { os, arch }: Platform): BinariesError {
    const reasons = WAYS.map((way, index) => `  ${index + 1}. ${way}: ${this.#reasons.get(way) ?? 'not tried'}`);
    return new BinariesError([`no binaries of Kubernetes v${version} for ${os}/${arch}:`, ...reasons].join('\n'));
  }
}

/** Returns the version that a kube-apiserver says it has, without `v`, or `undefined` if it doesn't run. */
async function versionOf(kubeApiserver: string, { env, signal }: FindOptions): Promise<string | undefined> {
  try {
    const { stdout } = await runCommand([kubeApiserver, '--version'], { env, signal });
    return parseVersion(stdout.trim().replace(/^Kubernetes /, ''));
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

async function findAssets(options: FindOptions, attempts: Attempts): Promise<Binaries | undefined> {
  const value = options.env.KUBEBUILDER_ASSETS;
  if (value === undefined || value === '') {
    attempts.failed('KUBEBUILDER_ASSETS', 'not set');
    return undefined;
  }
  const directory = resolve(value);
  const missing = missingBinaries(directory);
  if (missing.length > 0) {
    attempts.failed('KUBEBUILDER_ASSETS', `${directory} is incomplete, it lacks ${missing.join(', ')}`);
    return undefined;
  }
  const binaries = binariesIn(directory);
  const version = await versionOf(binaries.kubeApiserver, options);
  if (version !== options.version) {
    attempts.failed(
      'KUBEBUILDER_ASSETS',
      `${directory} has Kubernetes ${version ?? 'of unknown version'}, not ${options.version}`,
    );
    return undefined;
  }
  attempts.say('KUBEBUILDER_ASSETS', `using ${directory}`);
  return binaries;
}

async function fill(directory: string, options: FindOptions, attempts: Attempts): Promise<void> {
  const { env, version: kubernetesVersion, progress, signal, platform = currentPlatform() } = options;
  const common = { kubernetesVersion, directory, env, progress, signal };
  const ways = [
    [
      'download',
      'from the official releases',
      () => downloadBinaries({ ...common, etcdVersion: ETCD_VERSION, platform, hosts: options.hosts }),
    ],
    [
      'go build',
      'from the pinned modules, once for this version and machine',
      () => buildBinaries({ ...common, moduleDirectory: options.moduleDirectory }),
    ],
  ] as const;
  for (const [way, text, get] of ways) {
    attempts.say(way, text);
    try {
      await get();
      return;
    } catch (error) {
      signal?.throwIfAborted();
      attempts.failed(way, describeError(error));
      for (const part of readdirSync(directory)) {
        rmSync(join(directory, part), { recursive: true, force: true });
      }
    }
  }
  throw attempts.toError(kubernetesVersion, platform);
}

/**
 * Finds the binaries of a control plane: in `KUBEBUILDER_ASSETS`, in the cache, by download, or by building them.
 * Says each step. What was downloaded or built is in the cache afterwards.
 * Throws a BinariesError if no way leads to them, and throws when the signal aborts.
 */
export async function findBinaries(options: FindOptions): Promise<Binaries> {
  const { env, version, progress, signal, platform = currentPlatform() } = options;
  const attempts = new Attempts(progress);
  const assets = await findAssets(options, attempts);
  if (assets !== undefined) {
    return assets;
  }
  const entry: CacheEntry = { root: cacheDirectory(env), name: `v${version}-${platform.os}-${platform.arch}` };
  const directory = entryDirectory(entry);
  if (missingBinaries(directory).length > 0) {
    attempts.failed('cache', `${directory} has none`);
    await ensureCached(entry, (partial) => fill(partial, options, attempts), { progress, signal });
  }
  attempts.say('cache', `using ${directory}`);
  return binariesIn(directory);
}
