import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ReleaseHosts } from '../../../../src/sandbox/download.ts';

/** How the server answers a path, if not with its file. */
export type Fault = (response: ServerResponse, content: Buffer) => void;

export interface ReleaseServer {
  readonly hosts: ReleaseHosts;
  /** The paths that were asked for. */
  readonly requests: string[];
  /** Answers differently, for paths that end so. */
  readonly faults: Map<string, Fault>;
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

function etcdArchive(folder: string, release: string): Buffer {
  mkdirSync(join(folder, release), { recursive: true });
  writeFileSync(join(folder, release, 'etcd'), '#!/bin/sh\necho etcd\n', { mode: 0o755 });
  writeFileSync(join(folder, release, 'README.md'), 'not a binary');
  spawnSync('tar', ['-czf', join(folder, 'etcd.tar.gz'), '-C', folder, release]);
  return readFileSync(join(folder, 'etcd.tar.gz'));
}

/** Serves a release of Kubernetes 1.2.3 and of etcd for linux/amd64, until the running test has finished. */
export async function releaseServer(folder: string, etcdVersion = '4.5.6'): Promise<ReleaseServer> {
  const files = new Map<string, Buffer>();
  for (const name of ['kube-apiserver', 'kube-controller-manager', 'kubectl']) {
    const content = Buffer.from(`#!/bin/sh\necho ${name}\n`);
    files.set(`/k8s/v1.2.3/bin/linux/amd64/${name}`, content);
    files.set(`/k8s/v1.2.3/bin/linux/amd64/${name}.sha256`, Buffer.from(sha256(content)));
  }
  const release = `etcd-v${etcdVersion}-linux-amd64`;
  const archive = etcdArchive(folder, release);
  files.set(`/etcd/v${etcdVersion}/${release}.tar.gz`, archive);
  files.set(
    `/etcd/v${etcdVersion}/SHA256SUMS`,
    Buffer.from(`${'0'.repeat(64)}  other.tar.gz\n${sha256(archive)}  ${release}.tar.gz\n`),
  );

  const requests: string[] = [];
  const faults = new Map<string, Fault>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    const content = files.get(path);
    const fault = [...faults].find(([end]) => path.endsWith(end))?.[1];
    if (fault !== undefined) {
      fault(response, content ?? Buffer.alloc(0));
    } else if (content === undefined) {
      response.writeHead(404).end();
    } else {
      response.writeHead(200, { 'content-length': content.length }).end(content);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { hosts: { kubernetes: `${base}/k8s`, etcd: `${base}/etcd` }, requests, faults };
}
