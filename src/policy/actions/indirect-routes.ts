import { isPossiblyCustom } from '../resource-map.ts';
import type { IndirectRoute } from './action.ts';
import { CRD, HORIZONTAL_POD_AUTOSCALER, NAMESPACE, SCALED_OBJECT } from './resources.ts';

/**
 * What has a scale subresource can be scaled by an autoscaler: one whose bounds leave out the present number of replicas
 * moves it at once. The built-in kinds have that subresource too.
 */
export const BY_AUTOSCALER: readonly IndirectRoute[] = [...HORIZONTAL_POD_AUTOSCALER, ...SCALED_OBJECT].flatMap((via) =>
  (['CREATE', 'UPDATE'] as const).map(
    (operation): IndirectRoute => ({
      operation,
      via,
      scope: 'Namespaced',
      reaches: (info) => info === undefined || info.subresources.has('scale'),
    }),
  ),
);

/** A Namespace takes along what is in it, and a CustomResourceDefinition every object of its kind. */
export const WITH_CONTAINER: readonly IndirectRoute[] = [
  ...NAMESPACE.map(
    (via): IndirectRoute => ({
      operation: 'DELETE',
      via,
      scope: 'Cluster',
      reaches: (info) => info === undefined || info.namespaced,
    }),
  ),
  ...CRD.map(
    (via): IndirectRoute => ({
      operation: 'DELETE',
      via,
      scope: 'Cluster',
      reaches: isPossiblyCustom,
    }),
  ),
];
