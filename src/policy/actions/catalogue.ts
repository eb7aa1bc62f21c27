import type { ActionType } from '../../api/v1alpha1.ts';
import type { ResourceInfo } from '../resource-map.ts';
import type { GroupResource } from '../review.ts';
import type { Action } from './action.ts';
import { attach, exec, portForward } from './connect.ts';
import { evict, remove } from './delete.ts';
import { imageChange } from './image.ts';
import { finalizerRemove, labelChange, ownerChange } from './metadata.ts';
import { scaleDown, scaleToZero, scaleUp } from './scale.ts';
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
  ImageChange: imageChange,
  Exec: exec,
  Attach: attach,
  PortForward: portForward,
  LabelChange: labelChange,
  FinalizerRemove: finalizerRemove,
  OwnerChange: ownerChange,
};

/** Narrow words before wide ones: of several actions that a review is, the first is the one that people read. */
export const BY_SPECIFICITY: readonly Action[] = [
  scaleToZero,
  scaleDown,
  scaleUp,
  imageChange,
  evict,
  exec,
  attach,
  portForward,
  remove,
  finalizerRemove,
  ownerChange,
  labelChange,
  create,
  update,
];

/** Whether an action can happen to a resource at all. `info` is undefined for a resource that is not known. */
export function canHappenTo(action: Action, resource: GroupResource, info: ResourceInfo | undefined): boolean {
  if (action.resources === 'any') return true;
  const { builtIn, custom } = action.resources;
  if (builtIn.some((known) => known.group === resource.group && known.resource === resource.resource)) return true;
  return info !== undefined && custom(info);
}
