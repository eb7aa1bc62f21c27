import type { ActionType } from '../../api/v1alpha1.ts';
import type { ResourceInfo } from '../resource-map.ts';
import type { GroupResource } from '../review.ts';
import type { Action } from './action.ts';
import { autoscalingChange } from './autoscaling.ts';
import { configChange } from './config-change.ts';
import { attach, exec, portForward, proxy } from './connect.ts';
import { debug } from './debug.ts';
import { evict, remove } from './delete.ts';
import { disruptionBudgetLoosen } from './disruption-budget.ts';
import { imageChange } from './image.ts';
import { annotationChange, finalizerRemove, labelChange, ownerChange } from './metadata.ts';
import { networkPolicyChange, networkPolicyLoosen } from './network-policy.ts';
import { cordon, taintChange } from './node.ts';
import { podTemplateChange, restart } from './pod-template-change.ts';
import { privilegeIncrease } from './privilege-increase.ts';
import { resourceChange, resourceDecrease, resourceIncrease } from './resource-change.ts';
import { retentionLoosen } from './retention.ts';
import { roleGrant } from './role-grant.ts';
import { scaleDown, scaleToZero, scaleUp } from './scale.ts';
import { serviceAccountChange } from './service-account-change.ts';
import { serviceExpose } from './service-expose.ts';
import { suspend } from './suspend.ts';
import { tokenRequest } from './token-request.ts';
import { create, update } from './write.ts';

/**
 * The action catalogue: what one word covers, as a table. The webhook's rules and docs/actions.md are generated from it,
 * and the engine asks it what a review is.
 */
export const CATALOGUE: Readonly<Record<ActionType, Action>> = {
  Create: create,
  Update: update,
  Delete: remove,
  Evict: evict,
  ScaleUp: scaleUp,
  ScaleDown: scaleDown,
  ScaleToZero: scaleToZero,
  Suspend: suspend,
  ImageChange: imageChange,
  ResourceChange: resourceChange,
  ResourceIncrease: resourceIncrease,
  ResourceDecrease: resourceDecrease,
  PodTemplateChange: podTemplateChange,
  Restart: restart,
  PrivilegeIncrease: privilegeIncrease,
  ServiceAccountChange: serviceAccountChange,
  ConfigChange: configChange,
  NetworkPolicyChange: networkPolicyChange,
  NetworkPolicyLoosen: networkPolicyLoosen,
  ServiceExpose: serviceExpose,
  Exec: exec,
  Attach: attach,
  PortForward: portForward,
  Proxy: proxy,
  Debug: debug,
  TokenRequest: tokenRequest,
  RoleGrant: roleGrant,
  DisruptionBudgetLoosen: disruptionBudgetLoosen,
  AutoscalingChange: autoscalingChange,
  RetentionLoosen: retentionLoosen,
  LabelChange: labelChange,
  AnnotationChange: annotationChange,
  FinalizerRemove: finalizerRemove,
  OwnerChange: ownerChange,
  Cordon: cordon,
  TaintChange: taintChange,
};

/** Narrow words before wide ones: of several actions that a review is, the first is the one that people read. */
export const BY_SPECIFICITY: readonly Action[] = [
  scaleToZero,
  scaleDown,
  scaleUp,
  suspend,
  networkPolicyLoosen,
  networkPolicyChange,
  serviceExpose,
  roleGrant,
  tokenRequest,
  privilegeIncrease,
  imageChange,
  resourceDecrease,
  resourceIncrease,
  resourceChange,
  serviceAccountChange,
  restart,
  disruptionBudgetLoosen,
  autoscalingChange,
  retentionLoosen,
  configChange,
  cordon,
  taintChange,
  debug,
  evict,
  exec,
  attach,
  portForward,
  proxy,
  remove,
  podTemplateChange,
  finalizerRemove,
  ownerChange,
  labelChange,
  annotationChange,
  create,
  update,
];

/**
 * Whether an action can happen to a resource at all. `info` is undefined for a resource that is not known; `hasPodTemplate`
 * says that a guardrail tells where it keeps its pod template.
 */
export function canHappenTo(
  action: Action,
  resource: GroupResource,
  info: ResourceInfo | undefined,
  hasPodTemplate = false,
): boolean {
  if (action.resources === 'any') return true;
  const { builtIn, custom, podBearing } = action.resources;
  if (builtIn.some((known) => known.group === resource.group && known.resource === resource.resource)) return true;
  if (hasPodTemplate && podBearing === true) return true;
  return info !== undefined && custom(info);
}
