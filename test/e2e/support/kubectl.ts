import { spawn } from 'node:child_process';

/** How a program ended, and what it said. */
export interface CommandResult {
  /** `null` if a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** What the program reads from its standard input; nothing if it is left out. */
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

/** Runs a program to its end, and returns how that was, whatever the code. Throws if it can't be run. */
export function runToEnd(command: string, args: readonly string[], options: CommandOptions = {}) {
  return new Promise<CommandResult>((resolve, reject) => {
    const child = spawn(command, args, { env: options.env, cwd: options.cwd, stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.on('error', () => {
      // It ended without reading all of its input.
    });
    child.stdin.end(options.stdin ?? '');
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** What `kubectl` needs of a control plane. */
export interface KubectlSource {
  readonly directory: string;
  readonly binaries: { readonly kubectl: string };
}

/**
 * Runs the sandbox's kubectl with that kubeconfig and returns code, stdout and stderr, whatever the code.
 * It sees nothing of the caller's environment, and keeps its caches in the sandbox's own folder.
 */
export const kubectl = (
  { directory, binaries }: KubectlSource,
  kubeconfig: string,
  args: readonly string[],
  options: { readonly stdin?: string } = {},
): Promise<CommandResult> =>
  runToEnd(binaries.kubectl, ['--kubeconfig', kubeconfig, ...args], { ...options, env: { HOME: directory } });

/** Like `kubectl`, but throws if the code isn't 0. Returns stdout. */
export async function kubectlOk(...call: Parameters<typeof kubectl>): Promise<string> {
  const { code, stdout, stderr } = await kubectl(...call);
  if (code !== 0) {
    throw new Error(`kubectl ${call[2].join(' ')} ended with code ${code}: ${stderr.trim()}`);
  }
  return stdout;
}
