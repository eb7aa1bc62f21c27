import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  type BuildOptions,
  buildBinaries,
  MODULE_DIRECTORY,
  requiredKubernetesVersion,
} from '../../../src/sandbox/build.ts';
import { describeError } from '../../../src/sandbox/error-text.ts';
import { ETCD_VERSION, KUBERNETES_VERSION } from '../../../src/sandbox/version.ts';
import { recordedProgress } from './support/recorded-progress.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** A build with a shell script in the place of Go. It notes its arguments, and writes the output file unless told otherwise. */
function scene(body = 'while [ "$1" != -o ]; do shift; done; echo "$3" > "$2"') {
  const folder = temporaryFolder();
  const [bin, moduleDirectory, directory] = ['bin', 'module', 'out'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const created of [bin, moduleDirectory, directory]) {
    mkdirSync(created);
  }
  const calls = join(folder, 'calls');
  const script = `#!/bin/sh\necho "$PWD CGO_ENABLED=$CGO_ENABLED $*" >> ${calls}\n[ "$1" = version ] && exit 0\n${body}\n`;
  writeFileSync(join(bin, 'go'), script, { mode: 0o755 });
  writeFileSync(join(moduleDirectory, 'go.mod'), 'module m\n\nrequire (\n\tk8s.io/kubernetes v1.2.3 // indirect\n)\n');
  const progress = recordedProgress();
  const options: BuildOptions = {
    kubernetesVersion: '1.2.3',
    directory,
    moduleDirectory,
    env: { PATH: `${bin}:${process.env.PATH}` },
    progress,
  };
  return { options, calls: () => readFileSync(calls, 'utf8').trim().split('\n'), directory, moduleDirectory, progress };
}

const messageOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: unknown) => describeError(error),
  );

test('the pinned versions are those of tools/control-plane/go.mod', () => {
  const goMod = readFileSync(join(MODULE_DIRECTORY, 'go.mod'), 'utf8');
  expect(requiredKubernetesVersion(goMod)).toBe(KUBERNETES_VERSION);
  expect(goMod).toContain(`go.etcd.io/etcd/server/v3 v${ETCD_VERSION} `);
});

test('builds the four binaries in the module, without C, with their version set', async () => {
  const { options, calls, directory, moduleDirectory, progress } = scene();
  await buildBinaries(options);
  expect(readdirSync(directory).sort()).toEqual(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl']);
  expect(readFileSync(join(directory, 'etcd'), 'utf8')).toBe('go.etcd.io/etcd/server/v3\n');
  const builds = calls().slice(1);
  expect(builds).toHaveLength(4);
  for (const build of builds) {
    expect(build.startsWith(`${moduleDirectory} CGO_ENABLED=0 build -mod=readonly -trimpath -ldflags -s -w `)).toBe(
      true,
    );
    expect(build).toContain('-X k8s.io/component-base/version.gitVersion=v1.2.3');
    expect(build).toContain('-X k8s.io/client-go/pkg/version.gitMinor=2');
  }
  expect(progress.updates[0]).toBe('building kube-apiserver (1 of 4), 0 s so far, about 9 minutes in all on 2 cores');
  expect(progress.lines).toEqual([expect.stringMatching(/^built 4 binaries in \d+ s$/)]);
});

test('a build that fails tells the end of what Go said', async () => {
  const { options } = scene('seq 1 100 >&2; echo "undefined: frobnicate" >&2; exit 1');
  const message = await messageOf(buildBinaries(options));
  expect(message).toMatch(/^go build k8s\.io\/kubernetes\/cmd\/kube-apiserver failed \(code 1\): 90\n/);
  expect(message).toMatch(/\nundefined: frobnicate$/);
});

test('a machine without Go is told so', async () => {
  const { options } = scene();
  const empty = temporaryFolder();
  expect(await messageOf(buildBinaries({ ...options, env: { PATH: empty } }))).toMatch(/^Go can't be run: /);
});

test('another version than the module file requires is not built', async () => {
  const { options } = scene();
  expect(await messageOf(buildBinaries({ ...options, kubernetesVersion: '1.3.0' }))).toBe(
    "tools/control-plane/go.mod requires Kubernetes v1.2.3, so v1.3.0 can't be built from it",
  );
});

test('a package without its module file says so', async () => {
  const { options } = scene();
  expect(await messageOf(buildBinaries({ ...options, moduleDirectory: temporaryFolder() }))).toMatch(
    /^there is no module file to build from: ENOENT/,
  );
});

test('a build ends when its caller does', async () => {
  const { options } = scene('sleep 600');
  const interrupted = new AbortController();
  const progress = { line: () => {}, update: () => interrupted.abort(new Error('enough')) };
  await expect(buildBinaries({ ...options, progress, signal: interrupted.signal })).rejects.toThrow('enough');
});
