import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BinariesError, type FindOptions, findBinaries } from '../../../src/sandbox/binaries.ts';
import { BINARY_NAMES } from '../../../src/sandbox/binary-folder.ts';
import { ETCD_VERSION } from '../../../src/sandbox/version.ts';
import { recordedProgress } from './support/recorded-progress.ts';
import { releaseServer } from './support/release-server.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

// Nothing is served there, so a download fails at once.
const NOWHERE = { kubernetes: 'http://127.0.0.1:9/k8s', etcd: 'http://127.0.0.1:9/etcd' };
const CACHE = ['kube-guardrails', 'control-plane', 'v1.2.3-linux-amd64'];

const GO = `#!/bin/sh
[ "$1" = version ] && exit 0
while [ "$1" != -o ]; do shift; done
echo built > "$2"
`;

function scene() {
  const folder = temporaryFolder();
  const path = (...names: string[]) => join(folder, ...names);
  for (const name of ['module', 'bin', 'assets', 'server']) {
    mkdirSync(path(name));
  }
  writeFileSync(path('module', 'go.mod'), 'require k8s.io/kubernetes v1.2.3\n');
  writeFileSync(path('bin', 'go'), GO, { mode: 0o755 });
  const progress = recordedProgress();
  const options: FindOptions = {
    env: { PATH: `${path('bin')}:${process.env.PATH}`, XDG_CACHE_HOME: path('xdg'), HOME: path('home') },
    version: '1.2.3',
    platform: { os: 'linux', arch: 'amd64' },
    progress,
    hosts: NOWHERE,
    moduleDirectory: path('module'),
  };
  return { options, path, progress, cached: path('xdg', ...CACHE) };
}

function writeBinaries(directory: string, version: string): void {
  mkdirSync(directory, { recursive: true });
  for (const name of BINARY_NAMES) {
    writeFileSync(join(directory, name), `#!/bin/sh\necho Kubernetes v${version}\n`, { mode: 0o755 });
  }
}

const withAssets = ({ options, path }: ReturnType<typeof scene>): FindOptions => ({
  ...options,
  env: { ...options.env, KUBEBUILDER_ASSETS: path('assets') },
});

test('KUBEBUILDER_ASSETS comes before the cache', async () => {
  const all = scene();
  writeBinaries(all.path('assets'), '1.2.3');
  writeBinaries(all.cached, '1.2.3');
  expect((await findBinaries(withAssets(all))).etcd).toBe(all.path('assets', 'etcd'));
  expect(all.progress.lines).toEqual([`binaries, way 1 of 4, KUBEBUILDER_ASSETS: using ${all.path('assets')}`]);
});

test('KUBEBUILDER_ASSETS without kube-controller-manager is incomplete, and the cache is next', async () => {
  const all = scene();
  writeBinaries(all.path('assets'), '1.2.3');
  rmSync(all.path('assets', 'kube-controller-manager'));
  writeBinaries(all.cached, '1.2.3');
  expect((await findBinaries(withAssets(all))).etcd).toBe(join(all.cached, 'etcd'));
  expect(all.progress.lines).toEqual([
    `binaries, way 1 of 4, KUBEBUILDER_ASSETS: ${all.path('assets')} is incomplete, it lacks kube-controller-manager`,
    `binaries, way 2 of 4, cache: using ${all.cached}`,
  ]);
});

test.each([
  { name: 'of another version', version: '1.1.0', said: 'has Kubernetes 1.1.0, not 1.2.3' },
  { name: 'whose version is not clear', version: 'unknown', said: 'has Kubernetes of unknown version, not 1.2.3' },
])('KUBEBUILDER_ASSETS $name is not used', async ({ version, said }) => {
  const all = scene();
  writeBinaries(all.path('assets'), version);
  writeBinaries(all.cached, '1.2.3');
  expect((await findBinaries(withAssets(all))).etcd).toBe(join(all.cached, 'etcd'));
  expect(all.progress.lines[0]).toContain(said);
});

test('a download fills the cache, outside of the checkout', async () => {
  const { options, cached, progress, path } = scene();
  const { hosts } = await releaseServer(path('server'), ETCD_VERSION);
  expect(await findBinaries({ ...options, hosts })).toEqual({
    etcd: join(cached, 'etcd'),
    kubeApiserver: join(cached, 'kube-apiserver'),
    kubeControllerManager: join(cached, 'kube-controller-manager'),
    kubectl: join(cached, 'kubectl'),
  });
  expect(progress.lines).toEqual([
    'binaries, way 1 of 4, KUBEBUILDER_ASSETS: not set',
    `binaries, way 2 of 4, cache: ${cached} has none`,
    'binaries, way 3 of 4, download: from the official releases',
    `binaries, way 2 of 4, cache: using ${cached}`,
  ]);
});

test('where nothing can be downloaded the pinned modules are built', async () => {
  const { options, cached, progress } = scene();
  await findBinaries(options);
  expect(readFileSync(join(cached, 'etcd'), 'utf8')).toBe('built\n');
  expect(progress.lines.slice(2, 5)).toEqual([
    'binaries, way 3 of 4, download: from the official releases',
    expect.stringMatching(/^binaries, way 3 of 4, download: http:\/\/127\.0\.0\.1:9\/.*: fetch failed/),
    'binaries, way 4 of 4, go build: from the pinned modules, once for this version and machine',
  ]);
});

test('nothing of a broken download gets into what is built', async () => {
  const { options, cached, path } = scene();
  const { hosts, faults } = await releaseServer(path('server'), ETCD_VERSION);
  faults.set('/kubectl', (response) => response.end('something else'));
  await findBinaries({ ...options, hosts });
  expect(new Set(readdirSync(cached))).toEqual(new Set(BINARY_NAMES));
  expect(readFileSync(join(cached, 'etcd'), 'utf8')).toBe('built\n');
});

test('two callers at once download once', async () => {
  const { options, path } = scene();
  const { hosts, requests } = await releaseServer(path('server'), ETCD_VERSION);
  const [one, two] = await Promise.all([findBinaries({ ...options, hosts }), findBinaries({ ...options, hosts })]);
  expect(one).toEqual(two);
  expect(new Set(requests).size).toBe(requests.length);
});

test('if no way works the error lists the four, each with its reason', async () => {
  const { options, cached } = scene();
  const error = await findBinaries({ ...options, version: '1.3.0' }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(BinariesError);
  const lines = String(error).split('\n');
  expect(lines).toEqual([
    'Error: no binaries of Kubernetes v1.3.0 for linux/amd64:',
    '  1. KUBEBUILDER_ASSETS: not set',
    `  2. cache: ${cached.replace('1.2.3', '1.3.0')} has none`,
    expect.stringMatching(/^ {2}3\. download: http:\/\/127\.0\.0\.1:9\/.*: fetch failed/),
    "  4. go build: tools/control-plane/go.mod requires Kubernetes v1.2.3, so v1.3.0 can't be built from it",
  ]);
  expect(readdirSync(join(cached, '..'))).toEqual(['.locks']);
});

test('an interrupted search leaves no entry and tries no other way', async () => {
  const { options, cached, path } = scene();
  const { hosts, faults } = await releaseServer(path('server'), ETCD_VERSION);
  const interrupted = new AbortController();
  faults.set('/kubectl', () => interrupted.abort(new Error('enough')));
  await expect(findBinaries({ ...options, hosts, signal: interrupted.signal })).rejects.toThrow('enough');
  expect(existsSync(cached)).toBe(false);
});
