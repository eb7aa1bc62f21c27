import { describe, expect, test } from 'vitest';
import { retentionLoosen } from '../../../../src/policy/actions/retention.ts';
import type { Change } from '../../../../src/policy/decision.ts';
import type { KubeObject } from '../../../../src/policy/review.ts';
import { targetOf } from '../../../../src/policy/target.ts';
import { review } from '../support/reviews.ts';

function detect(of: string, from: KubeObject, to: KubeObject): readonly Change[] | undefined {
  const [resource = '', ...group] = of.split('.');
  const update = review({ group: group.join('.'), resource, oldObject: from, object: to });
  return retentionLoosen.detect({ review: update, target: targetOf(update, undefined, undefined), info: undefined });
}

const reclaim = (persistentVolumeReclaimPolicy?: unknown): KubeObject => ({ spec: { persistentVolumeReclaimPolicy } });
const claims = (persistentVolumeClaimRetentionPolicy?: unknown): KubeObject => ({
  spec: { persistentVolumeClaimRetentionPolicy },
});
const ttl = (ttlSecondsAfterFinished?: unknown): KubeObject => ({ spec: { ttlSecondsAfterFinished } });
const cron = (spec: KubeObject): KubeObject => ({ spec });
const revisions = (revisionHistoryLimit?: unknown): KubeObject => ({ spec: { revisionHistoryLimit } });
const deletion = (deletionPolicy: string): KubeObject => ({ deletionPolicy });

const WHEN_DELETED = '$.spec.persistentVolumeClaimRetentionPolicy.whenDeleted';
const WHEN_SCALED = '$.spec.persistentVolumeClaimRetentionPolicy.whenScaled';

describe('less is kept', () => {
  test.each<{ name: string; of: string; from: KubeObject; to: KubeObject; changes: readonly Change[] }>([
    {
      name: 'a retained volume is deleted',
      of: 'persistentvolumes',
      from: reclaim('Retain'),
      to: reclaim('Delete'),
      changes: [{ path: '$.spec.persistentVolumeReclaimPolicy', from: 'Retain', to: 'Delete' }],
    },
    {
      name: 'a retained volume is scrubbed',
      of: 'persistentvolumes',
      from: reclaim('Retain'),
      to: reclaim('Recycle'),
      changes: [{ path: '$.spec.persistentVolumeReclaimPolicy', from: 'Retain', to: 'Recycle' }],
    },
    {
      name: 'a policy that nobody knows',
      of: 'persistentvolumes',
      from: reclaim('Retain'),
      to: reclaim('Archive'),
      changes: [{ path: '$.spec.persistentVolumeReclaimPolicy', from: 'Retain', to: 'Archive' }],
    },
    {
      name: 'the claims of a StatefulSet go with it, where nothing was said',
      of: 'statefulsets.apps',
      from: claims(),
      to: claims({ whenDeleted: 'Delete' }),
      changes: [{ path: WHEN_DELETED, from: undefined, to: 'Delete' }],
    },
    {
      name: 'the claims of a StatefulSet go when it is scaled down',
      of: 'statefulsets.apps',
      from: claims({ whenDeleted: 'Delete', whenScaled: 'Retain' }),
      to: claims({ whenDeleted: 'Delete', whenScaled: 'Delete' }),
      changes: [{ path: WHEN_SCALED, from: 'Retain', to: 'Delete' }],
    },
    {
      name: 'a Job goes some time after it has finished',
      of: 'jobs.batch',
      from: ttl(),
      to: ttl(3600),
      changes: [{ path: '$.spec.ttlSecondsAfterFinished', from: undefined, to: 3600 }],
    },
    {
      name: 'a Job goes sooner, and at once',
      of: 'jobs.batch',
      from: ttl(3600),
      to: ttl(0),
      changes: [{ path: '$.spec.ttlSecondsAfterFinished', from: 3600, to: 0 }],
    },
    {
      name: 'the Jobs of a CronJob go sooner',
      of: 'cronjobs.batch',
      from: cron({ jobTemplate: ttl(60) }),
      to: cron({ jobTemplate: ttl(59) }),
      changes: [{ path: '$.spec.jobTemplate.spec.ttlSecondsAfterFinished', from: 60, to: 59 }],
    },
    {
      name: 'fewer Jobs of a CronJob are kept, than by default too',
      of: 'cronjobs.batch',
      from: cron({ failedJobsHistoryLimit: 5 }),
      to: cron({ successfulJobsHistoryLimit: 2 }),
      changes: [
        { path: '$.spec.successfulJobsHistoryLimit', from: undefined, to: 2 },
        { path: '$.spec.failedJobsHistoryLimit', from: 5, to: undefined },
      ],
    },
    ...['deployments.apps', 'statefulsets.apps', 'daemonsets.apps'].map((of) => ({
      name: `no old revision of ${of} is kept`,
      of,
      from: revisions(10),
      to: revisions(0),
      changes: [{ path: '$.spec.revisionHistoryLimit', from: 10, to: 0 }],
    })),
    {
      name: 'a snapshot goes with what it is of',
      of: 'volumesnapshotcontents.snapshot.storage.k8s.io',
      from: { spec: deletion('Retain') },
      to: { spec: deletion('Delete') },
      changes: [{ path: '$.spec.deletionPolicy', from: 'Retain', to: 'Delete' }],
    },
    {
      name: 'snapshots that are yet to be made',
      of: 'volumesnapshotclasses.snapshot.storage.k8s.io',
      from: deletion('Retain'),
      to: deletion('Delete'),
      changes: [{ path: '$.deletionPolicy', from: 'Retain', to: 'Delete' }],
    },
  ])('$name', ({ of, from, to, changes }) => expect(detect(of, from, to)).toEqual(changes));
});

describe('no less is kept', () => {
  test.each<{ name: string; of: string; from: KubeObject; to: KubeObject }>([
    { name: 'a volume is retained', of: 'persistentvolumes', from: reclaim('Delete'), to: reclaim('Retain') },
    {
      name: 'a policy that nobody knows goes',
      of: 'persistentvolumes',
      from: reclaim('Archive'),
      to: reclaim('Retain'),
    },
    {
      name: 'what is deleted anyway is scrubbed',
      of: 'persistentvolumes',
      from: reclaim('Delete'),
      to: reclaim('Recycle'),
    },
    { name: 'what is the default is said', of: 'persistentvolumes', from: reclaim(), to: reclaim('Retain') },
    {
      name: 'the default of claims is said',
      of: 'statefulsets.apps',
      from: claims(),
      to: claims({ whenDeleted: 'Retain', whenScaled: 'Retain' }),
    },
    { name: 'a Job is kept longer', of: 'jobs.batch', from: ttl(1), to: ttl(2) },
    { name: 'a Job is kept for good', of: 'jobs.batch', from: ttl(1), to: ttl(null) },
    { name: 'more Jobs are kept', of: 'cronjobs.batch', from: cron({}), to: cron({ failedJobsHistoryLimit: 2 }) },
    {
      name: 'the default of Jobs is said',
      of: 'cronjobs.batch',
      from: cron({}),
      to: cron({ failedJobsHistoryLimit: 1 }),
    },
    { name: 'the default of revisions is said', of: 'deployments.apps', from: revisions(), to: revisions(10) },
    { name: 'a ttl of what is no Job', of: 'deployments.apps', from: ttl(2), to: ttl(1) },
    {
      name: 'a policy of what is no volume',
      of: 'widgets.example.com',
      from: reclaim('Retain'),
      to: reclaim('Delete'),
    },
  ])('$name', ({ of, from, to }) => expect(detect(of, from, to)).toBeUndefined());
});
