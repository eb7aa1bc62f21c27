import { describe, expect, test } from 'vitest';
import { readAutoscaler } from '../../../src/policy/autoscaler.ts';
import type { GroupResource, KubeObject } from '../../../src/policy/review.ts';

const HPA: GroupResource = { group: 'autoscaling', resource: 'horizontalpodautoscalers' };
const SCALED_OBJECT: GroupResource = { group: 'keda.sh', resource: 'scaledobjects' };

const web = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };

describe('readAutoscaler', () => {
  test.each<[string, GroupResource, KubeObject, object | undefined]>([
    [
      'reads the bounds of a HorizontalPodAutoscaler',
      HPA,
      { spec: { scaleTargetRef: web, minReplicas: 2, maxReplicas: 5 } },
      { group: 'apps', kind: 'Deployment', name: 'web', min: 2, max: 5, sparesZero: true },
    ],
    [
      'takes a minimum that is not set for 1',
      HPA,
      { spec: { scaleTargetRef: web, maxReplicas: 5 } },
      { group: 'apps', kind: 'Deployment', name: 'web', min: 1, max: 5, sparesZero: true },
    ],
    [
      'reads a target of the core group',
      HPA,
      { spec: { scaleTargetRef: { apiVersion: 'v1', kind: 'ReplicationController', name: 'old' }, maxReplicas: 5 } },
      { group: '', kind: 'ReplicationController', name: 'old', min: 1, max: 5, sparesZero: true },
    ],
    [
      'takes what a ScaledObject leaves out for what KEDA takes it for',
      SCALED_OBJECT,
      { spec: { scaleTargetRef: { name: 'web' } } },
      { group: 'apps', kind: 'Deployment', name: 'web', min: 0, max: 100, sparesZero: false },
    ],
    [
      'takes a ScaledObject that is paused at a number for that number',
      SCALED_OBJECT,
      {
        metadata: { annotations: { 'autoscaling.keda.sh/paused-replicas': '0' } },
        spec: { scaleTargetRef: { name: 'web' }, minReplicaCount: 3, maxReplicaCount: 9 },
      },
      { group: 'apps', kind: 'Deployment', name: 'web', min: 0, max: 0, sparesZero: false },
    ],
    ...['none', '1k', '1.5', '-1', ''].map((text): [string, GroupResource, KubeObject, object] => [
      `does not take "${text}" for a number of replicas`,
      SCALED_OBJECT,
      {
        metadata: { annotations: { 'autoscaling.keda.sh/paused-replicas': text } },
        spec: { scaleTargetRef: { name: 'web' }, maxReplicaCount: 9 },
      },
      { group: 'apps', kind: 'Deployment', name: 'web', min: 0, max: 9, sparesZero: false },
    ]),
    ['finds nothing in one without a target', HPA, { spec: { maxReplicas: 5 } }, undefined],
    ['finds nothing in one without a maximum', HPA, { spec: { scaleTargetRef: web, maxReplicas: 'many' } }, undefined],
    ['finds nothing in what is no autoscaler', { group: '', resource: 'pods' }, { spec: {} }, undefined],
  ])('%s', (_name, resource, object, expected) => {
    expect(readAutoscaler(resource, object)).toEqual(expected);
  });
});
