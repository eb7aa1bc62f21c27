import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from './environment.ts';
import type { Progress } from './progress.ts';
import { type RunResult, runCommand } from './run-command.ts';

/** The folder of the Go module that pins what is built. It is as far from `src/` as from `dist/`. */
export const MODULE_DIRECTORY = fileURLToPath(new URL('../../tools/control-plane', import.meta.url));

/** What to build, and where to. */
export interface BuildOptions {
  readonly kubernetesVersion: string;
  /** An existing folder, which gets the binaries. */
  readonly directory: string;
  /** Must have what Go needs: PATH, HOME, and its own variables if they are set. */
  readonly env: Environment;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
  readonly moduleDirectory?: string | undefined;
}

const TARGETS = [
  { name: 'kube-apiserver', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  { name: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  { name: 'kube-controller-manager', package: 'k8s.io/kubernetes/cmd/kube-controller-manager' },
  { name: 'kubectl', package: 'k8s.io/kubernetes/cmd/kubectl' },
] as const;

// Measured: 390, 18, 119 and 33 s with an empty Go build cache.
const ESTIMATE = 'about 9 minutes in all on 2 cores';
// The packages whose variables tell a Kubernetes binary its version. A binary that doesn't know it serves v0.0.0.
const VERSION_PACKAGES = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
const ERROR_LINES = 12;

/** Returns the Kubernetes version that a go.mod file requires, without `v`, or `undefined` if it requires none. */
export const requiredKubernetesVersion = (goMod: string): string | undefined =>
  /^\s*(?:require\s+)?k8s\.io\/kubernetes v(\d+\.\d+\.\d+)\b/m.exec(goMod)?.[1];

function linkerFlags(version: string): string {
  const [major, minor] = version.split('.');
  const values = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const settings = VERSION_PACKAGES.flatMap((path) =>
    Object.entries(values).map(([name, value]) => `-X ${path}.${name}=${value}`),
  );
  // Without symbol tables: half the size, and nobody debugs these.
  return ['-s', '-w', ...settings].join(' ');
}

const duration = (ms: number): string => {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
};

function checkModule(moduleDirectory: string, version: string): void {
  let goMod: string;
  try {
    goMod = readFileSync(join(moduleDirectory, 'go.mod'), 'utf8');
  } catch (cause) {
    throw new Error('there is no module file to build from', { cause });
  }
  const pinned = requiredKubernetesVersion(goMod);
  if (pinned !== version) {
    throw new Error(
      `tools/control-plane/go.mod requires Kubernetes v${pinned ?? '(none)'}, so v${version} can't be built from it`,
    );
  }
}

type Run = (...args: string[]) => Promise<RunResult>;

async function checkGo(go: Run): Promise<void> {
  const { code, stderr } = await go('version').catch((cause: unknown) => {
    throw new Error("Go can't be run", { cause });
  });
  if (code !== 0) {
    throw new Error(`Go can't be run: ${stderr.trim()}`);
  }
}

async function buildTarget(go: Run, target: (typeof TARGETS)[number], { directory, kubernetesVersion }: BuildOptions) {
  const flags = ['-mod=readonly', '-trimpath', '-ldflags', linkerFlags(kubernetesVersion)];
  const { code, stderr } = await go('build', ...flags, '-o', join(directory, target.name), target.package);
  if (code !== 0) {
    const end = stderr.trim().split('\n').slice(-ERROR_LINES).join('\n');
    throw new Error(`go build ${target.package} failed (${code === null ? 'killed' : `code ${code}`}): ${end}`);
  }
}

/**
 * Builds the binaries with Go from the modules that `tools/control-plane` pins, and puts them into the folder.
 * Throws if that is another version, if there is no Go, or if a build fails, with the end of what Go said.
 */
export async function buildBinaries(options: BuildOptions): Promise<void> {
  const { kubernetesVersion, env, progress, signal, moduleDirectory: cwd = MODULE_DIRECTORY } = options;
  checkModule(cwd, kubernetesVersion);
  const go: Run = (...args) => runCommand(['go', ...args], { cwd, env: { ...env, CGO_ENABLED: '0' }, signal });
  await checkGo(go);
  const started = performance.now();
  for (const [index, target] of TARGETS.entries()) {
    const say = () => {
      const elapsed = duration(performance.now() - started);
      progress.update(`building ${target.name} (${index + 1} of ${TARGETS.length}), ${elapsed} so far, ${ESTIMATE}`);
    };
    say();
    const timer = setInterval(say, 1_000);
    await buildTarget(go, target, options).finally(() => clearInterval(timer));
  }
  progress.line(`built ${TARGETS.length} binaries in ${duration(performance.now() - started)}`);
}
