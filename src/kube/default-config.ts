import { KubeConfig } from '@kubernetes/client-node';

/**
 * Makes KubeConfig.loadFromDefault load a cluster that does not exist, and returns what undoes that. For constructors of other
 * libraries that load the default configuration of the machine: a broken or empty file of the user, that nobody asked for,
 * would make them throw. Undo it before anything else runs.
 */
export function suspendDefaultConfig(): () => void {
  const original = KubeConfig.prototype.loadFromDefault;
  KubeConfig.prototype.loadFromDefault = function loadNothing(this: KubeConfig): void {
    // Names under .invalid never resolve: nothing that still holds this configuration can reach a cluster with it.
    this.loadFromClusterAndUser(
      { name: 'none', server: 'https://none.invalid', skipTLSVerify: false },
      { name: 'none' },
    );
  };
  return () => {
    KubeConfig.prototype.loadFromDefault = original;
  };
}
