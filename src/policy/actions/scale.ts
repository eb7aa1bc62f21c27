import { ownAt } from '../json.ts';
import type { GroupResource } from '../review.ts';
import { replicasPath } from '../target.ts';
import type { Action, ActionEvent, Route } from './action.ts';

const SCALABLE: readonly GroupResource[] = [
  { group: 'apps', resource: 'deployments' },
  { group: 'apps', resource: 'statefulsets' },
  { group: 'apps', resource: 'replicasets' },
  { group: '', resource: 'replicationcontrollers' },
];

const resources = {
  builtIn: SCALABLE,
  custom: (info: { readonly subresources: ReadonlySet<string> }) => info.subresources.has('scale'),
  text: 'deployments, statefulsets, replicasets, replicationcontrollers, and custom resources with a scale subresource',
};

const routes: readonly Route[] = [
  { operation: 'UPDATE', subresource: '' },
  { operation: 'UPDATE', subresource: 'scale' },
];

const notes = [
  'Creating or deleting a workload is not scaling it.',
  'The replicas of a custom resource are read where its scale subresource says.',
];

/** The replicas go up. */
export const scaleUp = scaling('ScaleUp', ['Update'], 'The number of replicas goes up.', (from, to) => to > from);

/** The replicas go down. */
export const scaleDown = scaling(
  'ScaleDown',
  ['Update'],
  'The number of replicas goes down, to zero included.',
  (from, to) => to < from,
);

/** The replicas go to none. */
export const scaleToZero = scaling(
  'ScaleToZero',
  ['ScaleDown', 'Update'],
  'The number of replicas goes from some to none.',
  (from, to) => from > 0 && to === 0,
);

function scaling(
  name: 'ScaleUp' | 'ScaleDown' | 'ScaleToZero',
  implies: Action['implies'],
  summary: string,
  is: (from: number, to: number) => boolean,
): Action {
  return {
    name,
    implies,
    summary,
    resources,
    routes,
    notes,
    detect: (event) => {
      const replicas = replicasOf(event);
      if (replicas === undefined || !is(replicas.from, replicas.to)) return undefined;
      return [{ path: `$.${replicasPath(event.info, event.review.version).join('.')}`, ...replicas }];
    },
  };
}

/** Undefined for what can't be scaled. Replicas that are not set count as the API server counts them: 1 for the built-in kinds, else 0. */
function replicasOf({ review, target, info }: ActionEvent): { from: number; to: number } | undefined {
  const builtIn = SCALABLE.some(({ group, resource }) => group === review.group && resource === review.resource);
  if (!builtIn && review.subresource !== 'scale' && info?.replicasPath === undefined) return undefined;
  if (target.old === undefined || target.new === undefined) return undefined;
  const count = (object: unknown): number => {
    const found = ownAt(object, replicasPath(info, review.version));
    return typeof found === 'number' ? found : builtIn ? 1 : 0;
  };
  return { from: count(target.old), to: count(target.new) };
}
