import type { Change } from '../decision.ts';
import { ownAt } from '../json.ts';
import { resourceKey } from '../resource-map.ts';
import type { GroupResource, KubeObject } from '../review.ts';
import type { Action } from './action.ts';
import { ifAny } from './changes.ts';

/** A field that says how long something is kept, or whether it is. */
interface Keeper {
  readonly path: readonly string[];
  /** Whether less is kept after the change; undefined is a field that is not there. */
  readonly isLess: (from: unknown, to: unknown) => boolean;
}

const POLICIES = ['Retain', 'Recycle', 'Delete'];

/** A policy of what becomes of something, the one that keeps it first. One that is not known keeps nothing. */
const policy = (...path: readonly string[]): Keeper => ({
  path,
  isLess: (from, to) => lossOf(to) > lossOf(from),
});

function lossOf(value: unknown): number {
  const index = POLICIES.indexOf(typeof value === 'string' || value === undefined ? (value ?? 'Retain') : '');
  return index < 0 ? POLICIES.length : index;
}

/** Seconds after which something goes; it stays if there are none. */
const seconds = (...path: readonly string[]): Keeper => ({
  path,
  isLess: (from, to) => typeof to === 'number' && (typeof from !== 'number' || to < from),
});

/** How many of something are kept, and how many if that is not said. */
const count = (otherwise: number, ...path: readonly string[]): Keeper => ({
  path,
  isLess: (from, to) => numberOr(to, otherwise) < numberOr(from, otherwise),
});

const numberOr = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

const REVISIONS = count(10, 'spec', 'revisionHistoryLimit');
const SNAPSHOTS = 'snapshot.storage.k8s.io';
const GROUP_SNAPSHOTS = 'groupsnapshot.storage.k8s.io';

const KEEPERS: readonly (GroupResource & { readonly keepers: readonly Keeper[] })[] = [
  { group: '', resource: 'persistentvolumes', keepers: [policy('spec', 'persistentVolumeReclaimPolicy')] },
  {
    group: 'apps',
    resource: 'statefulsets',
    keepers: [
      policy('spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted'),
      policy('spec', 'persistentVolumeClaimRetentionPolicy', 'whenScaled'),
      REVISIONS,
    ],
  },
  { group: 'apps', resource: 'deployments', keepers: [REVISIONS] },
  { group: 'apps', resource: 'daemonsets', keepers: [REVISIONS] },
  { group: 'batch', resource: 'jobs', keepers: [seconds('spec', 'ttlSecondsAfterFinished')] },
  {
    group: 'batch',
    resource: 'cronjobs',
    keepers: [
      seconds('spec', 'jobTemplate', 'spec', 'ttlSecondsAfterFinished'),
      count(3, 'spec', 'successfulJobsHistoryLimit'),
      count(1, 'spec', 'failedJobsHistoryLimit'),
    ],
  },
  { group: SNAPSHOTS, resource: 'volumesnapshotcontents', keepers: [policy('spec', 'deletionPolicy')] },
  { group: SNAPSHOTS, resource: 'volumesnapshotclasses', keepers: [policy('deletionPolicy')] },
  { group: GROUP_SNAPSHOTS, resource: 'volumegroupsnapshotcontents', keepers: [policy('spec', 'deletionPolicy')] },
  { group: GROUP_SNAPSHOTS, resource: 'volumegroupsnapshotclasses', keepers: [policy('deletionPolicy')] },
];

const BY_RESOURCE = new Map(KEEPERS.map(({ keepers, ...resource }) => [resourceKey(resource), keepers]));

/** What is kept will be deleted, or sooner. */
export const retentionLoosen: Action = {
  name: 'RetentionLoosen',
  implies: ['Update'],
  summary: 'What is kept will be deleted, or sooner than before.',
  resources: {
    builtIn: KEEPERS.map(({ group, resource }) => ({ group, resource })),
    custom: () => false,
    text: KEEPERS.map(({ resource }) => resource).join(', '),
  },
  routes: [{ operation: 'UPDATE', subresource: '' }],
  notes: [
    'It is: `persistentVolumeReclaimPolicy` to `Delete` or `Recycle`, `persistentVolumeClaimRetentionPolicy` of a StatefulSet to `Delete`, `ttlSecondsAfterFinished` of a Job or of the Jobs of a CronJob set or shortened, fewer finished Jobs of a CronJob or fewer old revisions of a workload kept, `deletionPolicy` of snapshots or their classes to `Delete`.',
    'Fields that are not set count as the API server counts them: claims and volumes are retained, and 10 revisions, 3 successful and 1 failed Job kept.',
    'A new object that keeps less than others loosens nothing: nothing of it is kept yet.',
  ],
  unseen: [
    'The reclaim policy of a StorageClass, and of a volume that is made by one: it can only be replaced. Guard Delete and Create of storageclasses.',
    'What a storage system does on its own.',
  ],
  detect: ({ review, target }) => ifAny(lessKept(BY_RESOURCE.get(resourceKey(review)) ?? [], target.old, target.new)),
};

function lessKept(keepers: readonly Keeper[], old: KubeObject | undefined, after: KubeObject | undefined): Change[] {
  return keepers.flatMap(({ path, isLess }) => {
    const [from, to] = [ownAt(old, path), ownAt(after, path)];
    return isLess(from, to) ? [{ path: `$.${path.join('.')}`, from, to }] : [];
  });
}
