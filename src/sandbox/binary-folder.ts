import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';

/** The programs of a control plane, as absolute paths. */
export interface Binaries {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubectl: string;
}

/** The file names of the programs. */
export const BINARY_NAMES = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'] as const;

/** Says where the programs are in a folder that has all of them. */
export const binariesIn = (directory: string): Binaries => ({
  etcd: join(directory, 'etcd'),
  kubeApiserver: join(directory, 'kube-apiserver'),
  kubeControllerManager: join(directory, 'kube-controller-manager'),
  kubectl: join(directory, 'kubectl'),
});

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Returns the names of the programs that the folder lacks: all of them if there is no such folder. */
export const missingBinaries = (directory: string): readonly string[] =>
  BINARY_NAMES.filter((name) => !isExecutable(join(directory, name)));
