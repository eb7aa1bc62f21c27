import { fileURLToPath } from 'node:url';
import { findBinaries } from '../../src/sandbox/binaries.ts';
import { streamProgress } from '../../src/sandbox/progress.ts';
import { KUBERNETES_VERSION } from '../../src/sandbox/version.ts';
import { runToEnd } from './support/kubectl.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Runs once before the suites: makes sure that the control plane's binaries are there and that `dist/` is of this source. */
export async function setup(): Promise<void> {
  const compiler = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url));
  // Types are checked elsewhere: here it is the compiled files that count.
  const flags = ['-p', 'tsconfig.build.json', '--noCheck'];
  const build = await runToEnd(compiler, flags, { cwd: ROOT, env: process.env });
  if (build.code !== 0) {
    throw new Error(`tsc ${flags.join(' ')} ended with code ${build.code}:\n${build.stdout}${build.stderr}`);
  }
  await findBinaries({ env: process.env, version: KUBERNETES_VERSION, progress: streamProgress(process.stderr) });
}
