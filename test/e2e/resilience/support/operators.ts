import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlane } from '../../../../src/sandbox/control-plane.ts';
import type { LocalOperator, LocalOperatorOptions } from '../../../../src/sandbox/local-operator.ts';

export type { LocalOperator };

// The compiled one, as it is shipped: it runs the operator from dist too.
const { OPERATOR_ACCOUNT, spawnLocalOperator } = (await import(
  new URL('../../../../dist/sandbox/local-operator.js', import.meta.url).href
)) as typeof import('../../../../src/sandbox/local-operator.ts');

/** Starts an operator beside a control plane and returns at once, ready or not. */
export const spawnOperator = (
  controlPlane: ControlPlane,
  options: Omit<LocalOperatorOptions, 'env'> = {},
): Promise<LocalOperator> => spawnLocalOperator(controlPlane, { ...options, env: process.env });

/** The flags that make an operator listen where the webhook configuration of an earlier one points. */
export const onPort = (port: number): string[] => ['--webhook-url', `https://127.0.0.1:${port}`];

/** A kubeconfig of the operator's account that leads to another address than the API server's own. */
export async function operatorKubeconfig(controlPlane: ControlPlane, server: string): Promise<string> {
  const direct = await controlPlane.serviceAccountKubeconfig(OPERATOR_ACCOUNT);
  const path = join(controlPlane.directory, `operator-${new URL(server).port}.kubeconfig`);
  writeFileSync(path, readFileSync(direct, 'utf8').replaceAll(controlPlane.server, server), { mode: 0o600 });
  return path;
}

/** Whether a process is there. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
