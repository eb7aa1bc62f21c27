import type { ResourceRule } from '../../api/v1alpha1.ts';
import type { CompiledGuardrail } from '../compiled-guardrail.ts';
import type { GroupResource } from '../review.ts';

/** The groups that Kubernetes serves by itself. Of the resources of other groups nothing is known here. */
const BUILT_IN_GROUPS: ReadonlySet<string> = new Set([
  '',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'apps',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
]);

/** Built-in resources whose objects are in no namespace, Namespaces apart, which are judged by their own name and labels. */
const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  'nodes.',
  'persistentvolumes.',
  'customresourcedefinitions.apiextensions.k8s.io',
  'apiservices.apiregistration.k8s.io',
  'certificatesigningrequests.certificates.k8s.io',
  'flowschemas.flowcontrol.apiserver.k8s.io',
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io',
  'ingressclasses.networking.k8s.io',
  'ipaddresses.networking.k8s.io',
  'servicecidrs.networking.k8s.io',
  'runtimeclasses.node.k8s.io',
  'clusterroles.rbac.authorization.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
  'deviceclasses.resource.k8s.io',
  'resourceslices.resource.k8s.io',
  'priorityclasses.scheduling.k8s.io',
  'csidrivers.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'storageclasses.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
  'volumeattributesclasses.storage.k8s.io',
  'guardrails.guardrails.dev',
]);

/** A name under resources, with the groups that it is looked for in. */
export interface NamedResource {
  /** As `spec.match.resources[0].resources[1]`. */
  readonly field: string;
  readonly rule: ResourceRule;
  readonly resource: string;
  /** Every group and the resource. Most of several do not exist: people list groups and resources side by side. */
  readonly all: readonly GroupResource[];
}

/** The resources that rules name without a wildcard. */
export function namedResources(rules: readonly ResourceRule[]): NamedResource[] {
  return rules.flatMap((rule, index) =>
    rule.resources.flatMap((resource, position) => {
      if (resource === '*' || rule.apiGroups.includes('*')) return [];
      const field = `spec.match.resources[${index}].resources[${position}]`;
      return [{ field, rule, resource, all: rule.apiGroups.map((group) => ({ group, resource })) }];
    }),
  );
}

/** Whether a rule can be for resources of which nothing is known here. */
export const namesUnknown = ({ apiGroups }: ResourceRule): boolean =>
  apiGroups.some((group) => !BUILT_IN_GROUPS.has(group));

/** Whether a resource is known to be cluster-scoped. */
export const isClusterScoped = ({ group, resource }: GroupResource): boolean =>
  CLUSTER_SCOPED.has(`${resource}.${group}`);

/** The resources of a guardrail that lists none: those of its actions. */
export function resourcesOfActions({ scope }: CompiledGuardrail): readonly GroupResource[] {
  return scope.actions.flatMap((action) => (action.resources === 'any' ? [] : action.resources.builtIn));
}
