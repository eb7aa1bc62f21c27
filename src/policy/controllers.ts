import type { Subject } from './review.ts';

/** The API server as its own client. It takes part of the work of a controller for CustomResourceDefinitions. */
export const API_SERVER = 'system:apiserver';

/** The controller manager, where it runs its controllers without an account for each. */
export const MANAGER = 'system:kube-controller-manager';

/**
 * The names that a controller goes by: its own account's, and the controller manager's where that runs without an account per
 * controller.
 */
export function controllerUsernames(name: string): readonly string[] {
  return name === API_SERVER ? [name] : [MANAGER, `system:serviceaccount:kube-system:${name}`];
}

/** Whether the subject is that controller. */
export function isController({ username }: Subject, name: string | undefined): boolean {
  return name !== undefined && controllerUsernames(name).includes(username);
}
