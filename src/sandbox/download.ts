import { createHash } from 'node:crypto';
import { createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Environment } from './environment.ts';
import type { Platform } from './platform.ts';
import type { Progress } from './progress.ts';
import { runCommand } from './run-command.ts';

/** The places that official releases are downloaded from, as URLs without a trailing slash. */
export interface ReleaseHosts {
  readonly kubernetes: string;
  readonly etcd: string;
}

const RELEASE_HOSTS: ReleaseHosts = {
  kubernetes: 'https://dl.k8s.io/release',
  etcd: 'https://github.com/etcd-io/etcd/releases/download',
};

/** When a download gives up. */
interface DownloadTimeouts {
  /** For all checksums together: so long does it take to notice that there is no network. */
  readonly checksumsMs: number;
  /** For a server that stays silent in the middle of a file. */
  readonly silenceMs: number;
}

const TIMEOUTS: DownloadTimeouts = { checksumsMs: 8_000, silenceMs: 15_000 };

/** What to download, and where to. */
export interface DownloadOptions {
  readonly kubernetesVersion: string;
  readonly etcdVersion: string;
  readonly platform: Platform;
  /** An existing folder, which gets the binaries. */
  readonly directory: string;
  readonly env: Environment;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
  readonly hosts?: ReleaseHosts | undefined;
  readonly timeouts?: DownloadTimeouts | undefined;
}

interface Download {
  readonly url: string;
  readonly fileName: string;
  readonly sha256: string;
}

const SHA256 = /^[0-9a-f]{64}$/;
const KUBERNETES_BINARIES = ['kube-apiserver', 'kube-controller-manager', 'kubectl'];

const archiveName = ({ etcdVersion, platform }: DownloadOptions): string =>
  `etcd-v${etcdVersion}-${platform.os}-${platform.arch}.tar.gz`;

async function fetchOk(url: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    throw new Error(url, { cause });
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${url}: status ${response.status}`);
  }
  return response;
}

async function fetchText(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetchOk(url, signal);
  return response.text();
}

function checkedSum(sum: string | undefined, url: string): string {
  if (sum === undefined || !SHA256.test(sum)) {
    throw new Error(`${url}: has no SHA-256 sum`);
  }
  return sum;
}

async function kubernetesDownload(options: DownloadOptions, name: string, signal: AbortSignal): Promise<Download> {
  const { kubernetesVersion, platform, hosts = RELEASE_HOSTS } = options;
  const url = `${hosts.kubernetes}/v${kubernetesVersion}/bin/${platform.os}/${platform.arch}/${name}`;
  const sum = (await fetchText(`${url}.sha256`, signal)).trim().split(/\s+/)[0];
  return { url, fileName: name, sha256: checkedSum(sum, `${url}.sha256`) };
}

async function etcdDownload(options: DownloadOptions, signal: AbortSignal): Promise<Download> {
  const { etcdVersion, hosts = RELEASE_HOSTS } = options;
  const fileName = archiveName(options);
  const sumsUrl = `${hosts.etcd}/v${etcdVersion}/SHA256SUMS`;
  const lines = (await fetchText(sumsUrl, signal)).split('\n').map((line) => line.trim().split(/\s+/));
  const sum = lines.find(([, name]) => name === fileName)?.[0];
  return { url: `${hosts.etcd}/v${etcdVersion}/${fileName}`, fileName, sha256: checkedSum(sum, sumsUrl) };
}

async function downloadFile(download: Download, options: DownloadOptions): Promise<void> {
  const { silenceMs } = options.timeouts ?? TIMEOUTS;
  const silence = new AbortController();
  const timer = setTimeout(
    () => silence.abort(new Error(`${download.url}: nothing came for ${silenceMs / 1000} s`)),
    silenceMs,
  );
  const signal = AbortSignal.any([silence.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const hash = createHash('sha256');
  let received = 0;
  try {
    const response = await fetchOk(download.url, signal);
    const total = Number(response.headers.get('content-length') ?? 0);
    const count = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        timer.refresh();
        hash.update(chunk);
        received += chunk.length;
        options.progress.update(`downloading ${download.fileName}: ${megabytes(received)} of ${megabytes(total)}`);
        done(null, chunk);
      },
    });
    const body = Readable.fromWeb(response.body ?? new ReadableStream());
    await pipeline(body, count, createWriteStream(join(options.directory, download.fileName)), { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  const sum = hash.digest('hex');
  if (sum !== download.sha256) {
    throw new Error(`${download.url}: SHA-256 is ${sum}, must be ${download.sha256}`);
  }
}

const megabytes = (bytes: number): string => (bytes === 0 ? '?' : `${(bytes / 1e6).toFixed(1)} MB`);

async function unpackEtcd(options: DownloadOptions): Promise<void> {
  const archive = join(options.directory, archiveName(options));
  const member = `${archiveName(options).replace(/\.tar\.gz$/, '')}/etcd`;
  const tar = ['tar', '-xzf', archive, '-C', options.directory, '--strip-components=1', member] as const;
  const { code, stderr } = await runCommand(tar, options);
  if (code !== 0) {
    throw new Error(`tar could not unpack ${archiveName(options)}: ${stderr.trim()}`);
  }
  rmSync(archive);
}

/**
 * Downloads the official binaries of that version into the folder, each checked against its published SHA-256 sum.
 * Throws if there is no network, which takes at most 8 s to find out, if a file isn't there, or if a sum is wrong.
 * The folder may then hold a part of them.
 */
export async function downloadBinaries(options: DownloadOptions): Promise<void> {
  const { platform, signal, timeouts = TIMEOUTS } = options;
  if (platform.os !== 'linux') {
    throw new Error(`the official releases have no kube-apiserver for ${platform.os}`);
  }
  const timeout = AbortSignal.timeout(timeouts.checksumsMs);
  const early = AbortSignal.any([timeout, ...(signal === undefined ? [] : [signal])]);
  const downloads = await Promise.all([
    etcdDownload(options, early),
    ...KUBERNETES_BINARIES.map((name) => kubernetesDownload(options, name, early)),
  ]);
  for (const download of downloads) {
    await downloadFile(download, options);
  }
  await unpackEtcd(options);
}
