import type { Change } from '../decision.ts';
import { ownAt } from '../json.ts';
import { resourceKey } from '../resource-map.ts';
import type { Action } from './action.ts';
import { ifAny } from './changes.ts';

/** The switches of each kind. All are off where they are not set. */
const SWITCHES: ReadonlyMap<string, readonly (readonly string[])[]> = new Map([
  ['deployments.apps', [['spec', 'paused']]],
  ['jobs.batch', [['spec', 'suspend']]],
  [
    'cronjobs.batch',
    [
      ['spec', 'suspend'],
      // The Jobs that it makes come into being suspended: it runs, and nothing ever does.
      ['spec', 'jobTemplate', 'spec', 'suspend'],
    ],
  ],
]);

/** A workload is paused or suspended. */
export const suspend: Action = {
  name: 'Suspend',
  implies: ['Update'],
  summary: 'A Deployment is paused, or a Job, a CronJob or the Jobs that it makes are suspended.',
  resources: {
    builtIn: [
      { group: 'apps', resource: 'deployments' },
      { group: 'batch', resource: 'jobs' },
      { group: 'batch', resource: 'cronjobs' },
    ],
    custom: () => false,
    text: 'deployments, jobs, cronjobs',
  },
  routes: [{ operation: 'UPDATE', subresource: '' }],
  notes: [
    'Resuming is no Suspend, and neither is creating what is paused or suspended.',
    'A Job whose parallelism goes to 0 is scaled to zero.',
  ],
  unseen: [
    'A CronJob whose schedule is never due, or whose startingDeadlineSeconds is too short to ever start, is not seen: Update sees both.',
    'A StatefulSet held back by the partition of its rolling update goes on running, and custom resources with a switch of their own are not known: Update sees both.',
  ],
  detect: ({ review, target: { old, new: after } }) => {
    if (old === undefined || after === undefined) return undefined;
    const switches = SWITCHES.get(resourceKey(review)) ?? [];
    return ifAny(switches.flatMap((keys): Change[] => (turnsOn(old, after, keys) ? [changeOf(keys)] : [])));
  },
};

const turnsOn = (from: unknown, to: unknown, keys: readonly string[]): boolean =>
  ownAt(from, keys) !== true && ownAt(to, keys) === true;

const changeOf = (keys: readonly string[]): Change => ({ path: ['$', ...keys].join('.'), from: false, to: true });
