/** An operating system and a processor, in the words that Go and the Kubernetes releases use. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The platform that this process runs on. */
export const currentPlatform = (): Platform => ({
  os: process.platform,
  arch: ARCHITECTURES[process.arch] ?? process.arch,
});
