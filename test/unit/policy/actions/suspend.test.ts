import { describe, expect, test } from 'vitest';
import { review } from '../support/reviews.ts';
import { changesOf, told } from '../support/workloads.ts';

const update = (group: string, resource: string, from: object, to: object) =>
  review({ group, resource, oldObject: { spec: from }, object: { spec: to } });

const jobsOf = (suspend?: unknown) => ({ jobTemplate: { spec: { suspend } } });

describe('Suspend', () => {
  test.each([
    ['a Deployment that is paused', 'apps', 'deployments', { paused: false }, { paused: true }, '$.spec.paused'],
    ['a Deployment that had no such field', 'apps', 'deployments', {}, { paused: true }, '$.spec.paused'],
    ['null is as good as false', 'batch', 'jobs', { suspend: null }, { suspend: true }, '$.spec.suspend'],
    ['a Job', 'batch', 'jobs', { suspend: false }, { suspend: true }, '$.spec.suspend'],
    ['a CronJob', 'batch', 'cronjobs', { suspend: false }, { suspend: true }, '$.spec.suspend'],
    [
      'the Jobs that a CronJob makes',
      'batch',
      'cronjobs',
      jobsOf(false),
      jobsOf(true),
      '$.spec.jobTemplate.spec.suspend',
    ],
  ])('sees %s', (_name, group, resource, from, to, path) => {
    expect(told(changesOf('Suspend', update(group, resource, from, to)))).toEqual([`${path} false -> true`]);
  });

  test.each([
    ['a Deployment that is resumed', 'apps', 'deployments', { paused: true }, { paused: false }],
    ['a Deployment whose field is removed', 'apps', 'deployments', { paused: true }, {}],
    ['what stays paused', 'apps', 'deployments', { paused: true, replicas: 1 }, { paused: true, replicas: 2 }],
    ['a text in the place of true', 'batch', 'jobs', {}, { suspend: 'true' }],
    ['the field of another kind', 'apps', 'deployments', {}, { suspend: true }],
    [
      'the partition of a StatefulSet',
      'apps',
      'statefulsets',
      {},
      { updateStrategy: { rollingUpdate: { partition: 9 } } },
    ],
    ['a custom resource', 'example.com', 'widgets', {}, { suspend: true, paused: true }],
    ['a Job of another group', 'example.com', 'jobs', {}, { suspend: true }],
    ['what has such a key from nowhere', 'batch', 'jobs', {}, JSON.parse('{"__proto__": {"suspend": true}}')],
  ])('does not see %s', (_name, group, resource, from, to) => {
    expect(changesOf('Suspend', update(group, resource, from, to))).toBeUndefined();
  });

  test('does not see what comes into being suspended, or goes', () => {
    const object = { spec: { suspend: true } };
    const job = { group: 'batch', resource: 'jobs' };
    expect(changesOf('Suspend', review({ ...job, operation: 'CREATE', object }))).toBeUndefined();
    expect(changesOf('Suspend', review({ ...job, operation: 'DELETE', oldObject: object }))).toBeUndefined();
  });
});
