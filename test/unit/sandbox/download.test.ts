import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type DownloadOptions, downloadBinaries } from '../../../src/sandbox/download.ts';
import { describeError } from '../../../src/sandbox/error-text.ts';
import { SILENT } from '../../../src/sandbox/progress.ts';
import { type Fault, releaseServer } from './support/release-server.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

async function scene() {
  const folder = temporaryFolder();
  const directory = join(folder, 'binaries');
  mkdirSync(directory);
  const server = await releaseServer(folder);
  const options: DownloadOptions = {
    kubernetesVersion: '1.2.3',
    etcdVersion: '4.5.6',
    platform: { os: 'linux', arch: 'amd64' },
    directory,
    env: { PATH: process.env.PATH },
    progress: SILENT,
    hosts: server.hosts,
    timeouts: { checksumsMs: 2_000, silenceMs: 300 },
  };
  return { ...server, directory, options };
}

const messageOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: unknown) => describeError(error),
  );

test('puts exactly the four binaries into the folder', async () => {
  const { options, directory } = await scene();
  await downloadBinaries(options);
  expect(readdirSync(directory).sort()).toEqual(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl']);
  expect(execFileSync('sh', [join(directory, 'etcd')], { encoding: 'utf8' })).toBe('etcd\n');
});

const WRONG: readonly { name: string; end: string; fault: Fault; message: RegExp }[] = [
  {
    name: 'a binary whose content is not what was published',
    end: '/kubectl',
    fault: (response) => response.end('something else'),
    message: /\/kubectl: SHA-256 is [0-9a-f]{64}, must be [0-9a-f]{64}$/,
  },
  {
    name: 'an archive whose content is not what was published',
    end: '.tar.gz',
    fault: (response) => response.end('something else'),
    message: /\.tar\.gz: SHA-256 is/,
  },
  {
    name: 'a file that breaks off',
    end: '/kube-apiserver',
    fault: (response, content) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 5), () => response.destroy());
    },
    message: /terminated|SHA-256/,
  },
  {
    name: 'a file that stays silent in the middle',
    end: '/kube-apiserver',
    fault: (response, content) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 5));
    },
    message: /\/kube-apiserver: nothing came for 0\.3 s$/,
  },
  {
    name: 'a file that is never answered',
    end: '/kube-apiserver',
    fault: () => {},
    message: /\/kube-apiserver: nothing came for 0\.3 s$/,
  },
  {
    name: 'a file that is not there',
    end: '/kubectl.sha256',
    fault: (response) => response.writeHead(404).end(),
    message: /\/kubectl\.sha256: status 404$/,
  },
  {
    name: 'an error page in the place of a checksum',
    end: '/kubectl.sha256',
    fault: (response) => response.end('<html>Sign in to the network</html>'),
    message: /\/kubectl\.sha256: has no SHA-256 sum$/,
  },
  {
    name: 'a list of checksums without the archive',
    end: '/SHA256SUMS',
    fault: (response) => response.end(`${'0'.repeat(64)}  other.tar.gz\n`),
    message: /SHA256SUMS: has no SHA-256 sum$/,
  },
];

describe('refuses', () => {
  test.each(WRONG)('$name', async ({ end, fault, message }) => {
    const { options, faults } = await scene();
    faults.set(end, fault);
    expect(await messageOf(downloadBinaries(options))).toMatch(message);
  });
});

test('gives up when no host answers, before anything is downloaded', async () => {
  const { options, faults, requests } = await scene();
  faults.set('.sha256', () => {});
  const began = performance.now();
  const message = await messageOf(downloadBinaries({ ...options, timeouts: { checksumsMs: 200, silenceMs: 60_000 } }));
  expect(message).toMatch(/timeout/);
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(requests.every((path) => path.endsWith('.sha256') || path.endsWith('SHA256SUMS'))).toBe(true);
});

test('says that a host cannot be reached', async () => {
  const { options } = await scene();
  // Nothing listens on the port of a closed server; port 9 is "discard", and refused wherever it isn't served.
  const hosts = { kubernetes: 'http://127.0.0.1:9/k8s', etcd: 'http://127.0.0.1:9/etcd' };
  expect(await messageOf(downloadBinaries({ ...options, hosts }))).toMatch(/^http:\/\/127\.0\.0\.1:9\/.*: /);
});

test('stops when its caller does', async () => {
  const { options, faults } = await scene();
  const interrupted = new AbortController();
  faults.set('/kubectl', () => interrupted.abort(new Error('enough')));
  const timeouts = { checksumsMs: 2_000, silenceMs: 60_000 };
  await expect(downloadBinaries({ ...options, timeouts, signal: interrupted.signal })).rejects.toThrow('enough');
});

test('does not try where there is no official kube-apiserver', async () => {
  const { options, requests } = await scene();
  const platform = { os: 'darwin', arch: 'arm64' };
  expect(await messageOf(downloadBinaries({ ...options, platform }))).toBe(
    'the official releases have no kube-apiserver for darwin',
  );
  expect(requests).toEqual([]);
});
