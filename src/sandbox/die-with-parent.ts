import { spawnSync } from 'node:child_process';

/** A program and its arguments. */
export type CommandLine = readonly [command: string, ...args: string[]];

const PREFIX = ['setpriv', '--pdeathsig', 'KILL', '--'] as const;

// By PATH: asked once for each in a process.
const isAvailable = new Map<string, boolean>();

function askForSetpriv(path: string): boolean {
  const [setpriv, ...flags] = PREFIX;
  // A program of that name may be another one, without that flag: so it is tried.
  const { status } = spawnSync(setpriv, [...flags, process.execPath, '--version'], { env: { PATH: path } });
  isAvailable.set(path, status === 0);
  return status === 0;
}

/**
 * Returns a command line that runs the same program under the same process number, and has the kernel kill it when the
 * process that started it is gone, even by SIGKILL. Returns it unchanged where util-linux's setpriv isn't there to do so.
 * `path` is the PATH that the program will be looked up in.
 */
export const dieWithParent = (commandLine: CommandLine, path: string): CommandLine =>
  (isAvailable.get(path) ?? askForSetpriv(path)) ? [...PREFIX, ...commandLine] : commandLine;
