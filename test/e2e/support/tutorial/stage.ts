import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBinaries } from '../../../../src/sandbox/binaries.ts';
import { SILENT } from '../../../../src/sandbox/progress.ts';
import { KUBERNETES_VERSION } from '../../../../src/sandbox/version.ts';

const CHECKOUT = fileURLToPath(new URL('../../../../', import.meta.url));
const CLI = join(CHECKOUT, 'dist', 'cli.js');

/**
 * Waits until its input ends, however that comes about, and removes all that is left. Its arguments are the folder, node and the
 * command line; the lines of its input are process groups.
 */
const CLEANER = `
while read -r group; do groups="$groups -$group"; done
[ -z "$groups" ] || kill -s KILL -- $groups 2> /dev/null
"$2" "$3" sandbox down > /dev/null 2>&1
rm -rf "$1"
`;

/** The machine of somebody who follows a tutorial: a home with a checkout in it, and kubectl. */
export interface Stage {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Has a process group killed at the end, also if this process is killed. */
  killAtEnd(processGroup: number): void;
  /** Stops and removes all of it. */
  clear(): Promise<void>;
}

/** Makes a home of its own for a reader. Whatever happens to this process, nothing is left of it. */
export async function makeStage(): Promise<Stage> {
  const home = mkdtempSync(join(tmpdir(), 'tutorial-'));
  const folders = { bin: join(home, '.bin'), tmp: join(home, '.tmp'), state: join(home, '.state') };
  for (const folder of Object.values(folders)) mkdirSync(folder);
  const env = {
    HOME: home,
    PATH: `${folders.bin}:/usr/local/bin:/usr/bin:/bin`,
    TMPDIR: folders.tmp,
    LANG: 'C.UTF-8',
    XDG_STATE_HOME: folders.state,
    // The control plane's binaries are those of whoever runs the test.
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
    KUBEBUILDER_ASSETS: process.env.KUBEBUILDER_ASSETS,
    // Two operators on one machine need two ports; nobody looks at this one.
    GUARDRAILS_PROBE_PORT: '0',
  };
  const cleaner = startCleaner(home, env);
  const binaries = await findBinaries({ env: process.env, version: KUBERNETES_VERSION, progress: SILENT });
  symlinkSync(binaries.kubectl, join(folders.bin, 'kubectl'));
  symlinkSync(process.execPath, join(folders.bin, 'node'));
  symlinkSync(CHECKOUT, join(home, 'kube-guardrails'));
  return {
    home,
    env,
    killAtEnd: (processGroup) => cleaner.stdin?.write(`${processGroup}\n`),
    clear: async () => {
      cleaner.stdin?.end();
      if (cleaner.exitCode === null) await once(cleaner, 'exit');
    },
  };
}

function startCleaner(home: string, env: Stage['env']): ChildProcess {
  const args = ['-c', CLEANER, 'tutorial-cleaner', home, process.execPath, CLI];
  // Detached, so that a Ctrl-C in the terminal does not end it too.
  return spawn('/bin/sh', args, { env, detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
}
