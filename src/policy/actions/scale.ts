import type { Change } from '../decision.ts';
import { numberAt, ownAt } from '../json.ts';
import { type ResourceInfo, resourceKey } from '../resource-map.ts';
import type { GroupResource, Review } from '../review.ts';
import { replicasPath } from '../target.ts';
import type { Action, ActionEvent, Route } from './action.ts';
import { BY_AUTOSCALER } from './indirect-routes.ts';

/** The built-in kinds that scale: where they keep the number. Where it is not set, it is 1. */
const COUNT: ReadonlyMap<string, readonly string[]> = new Map([
  ['deployments.apps', ['spec', 'replicas']],
  ['statefulsets.apps', ['spec', 'replicas']],
  ['replicasets.apps', ['spec', 'replicas']],
  ['replicationcontrollers.', ['spec', 'replicas']],
  ['jobs.batch', ['spec', 'parallelism']],
]);

const SCALABLE: readonly GroupResource[] = [
  { group: 'apps', resource: 'deployments' },
  { group: 'apps', resource: 'statefulsets' },
  { group: 'apps', resource: 'replicasets' },
  { group: '', resource: 'replicationcontrollers' },
  { group: 'batch', resource: 'jobs' },
];

const resources = {
  builtIn: SCALABLE,
  custom: (info: { readonly subresources: ReadonlySet<string> }) => info.subresources.has('scale'),
  text: 'deployments, statefulsets, replicasets, replicationcontrollers, jobs, and custom resources with a scale subresource',
};

const routes: readonly Route[] = [
  { operation: 'UPDATE', subresource: '' },
  // Jobs have none. They need no exception here: of a resource only the subresources that it has are sent.
  { operation: 'UPDATE', subresource: 'scale' },
];

const notes = [
  'Creating or deleting a workload is not scaling it.',
  'The replicas of a custom resource are read where its scale subresource says, those of a Job are its parallelism.',
];

const unseen = [
  'A DaemonSet has no replicas. A nodeSelector that fits no node leaves it without Pods: PodTemplateChange sees that.',
  'The parallelism of the Jobs that a CronJob will make is a field like any: Update sees it.',
];

const ORDINALS_NOTE =
  'A StatefulSet whose `ordinals.start` moves loses the Pods whose ordinals are not among the new ones: it is scaled down to those that stay, whatever its replicas.';

/** The replicas go up. */
export const scaleUp: Action = {
  name: 'ScaleUp',
  implies: ['Update'],
  summary: 'The number of replicas goes up.',
  resources,
  routes,
  indirect: BY_AUTOSCALER,
  notes,
  unseen,
  detect: (event) => {
    const count = countOf(event);
    return count !== undefined && count.to > count.from ? [count] : undefined;
  },
};

/** The replicas go down. */
export const scaleDown: Action = {
  name: 'ScaleDown',
  implies: ['Update'],
  summary: 'The number of replicas goes down, to zero included.',
  resources,
  routes,
  indirect: BY_AUTOSCALER,
  notes: [...notes, ORDINALS_NOTE],
  unseen,
  detect: (event) => {
    const found = leftOf(event);
    return found !== undefined && found.left.to < found.left.from ? found.changes : undefined;
  },
};

/** The replicas go to none. */
export const scaleToZero: Action = {
  name: 'ScaleToZero',
  implies: ['ScaleDown', 'Update'],
  summary: 'The number of replicas goes from some to none, or none of those that are there stays.',
  resources,
  routes,
  indirect: BY_AUTOSCALER,
  notes: [...notes, ORDINALS_NOTE],
  unseen,
  detect: (event) => {
    const found = leftOf(event);
    return found !== undefined && found.left.from > 0 && found.left.to === 0 ? found.changes : undefined;
  },
};

/** A number of replicas, before and after. */
interface Count extends Change {
  readonly from: number;
  readonly to: number;
}

/** Undefined for what can't be scaled. Replicas of a custom resource that are not set are 0. */
function countOf({ review, target, info }: ActionEvent): Count | undefined {
  const path = countPath(review, info);
  if (path === undefined || target.old === undefined || target.new === undefined) return undefined;
  const unset = COUNT.has(resourceKey(review)) ? 1 : 0;
  const count = (object: unknown): number => {
    const found = ownAt(object, path);
    return typeof found === 'number' ? found : unset;
  };
  return { path: ['$', ...path].join('.'), from: count(target.old), to: count(target.new) };
}

function countPath(review: Review, info: ResourceInfo | undefined): readonly string[] | undefined {
  const known = COUNT.get(resourceKey(review));
  if (known !== undefined) return known;
  const scales = review.subresource === 'scale' || info?.replicasPath !== undefined;
  return scales ? replicasPath(info, review.version) : undefined;
}

/** How many of the replicas that are there stay, and the changes that tell so. */
function leftOf(event: ActionEvent): { readonly left: Count; readonly changes: readonly Change[] } | undefined {
  const count = countOf(event);
  if (count === undefined) return undefined;
  const { review, target } = event;
  const starts = [target.old, target.new].map((object) => numberAt(object, 'spec', 'ordinals', 'start') ?? 0);
  const [before = 0, after = 0] = starts;
  if (resourceKey(review) !== 'statefulsets.apps' || before === after) return { left: count, changes: [count] };
  const first = Math.max(before, after);
  const end = Math.min(before + count.from, after + count.to);
  const left = { ...count, to: Math.max(0, end - first) };
  // Lists, since a place is no amount: it must not be taken for what goes down, and by how much.
  return { left, changes: [left, { path: '$.spec.ordinals.start', from: [before], to: [after] }] };
}
