import { describe, expect, test } from 'vitest';
import { autoscalingChange } from '../../../../src/policy/actions/autoscaling.ts';
import type { Change } from '../../../../src/policy/decision.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';
import { targetOf } from '../../../../src/policy/target.ts';
import { review } from '../support/reviews.ts';

function detect(parts: Partial<Review>): readonly Change[] | undefined {
  const of = review({ group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers', ...parts });
  return autoscalingChange.detect({ review: of, target: targetOf(of, undefined, undefined), info: undefined });
}

const resource = (name: string, averageUtilization: number) => ({
  type: 'Resource',
  resource: { name, target: { type: 'Utilization', averageUtilization } },
});
const ofContainer = (container: string, averageUtilization: number) => ({
  type: 'ContainerResource',
  containerResource: { container, name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});
const external = (name: string) => ({
  type: 'External',
  external: { metric: { name }, target: { averageValue: '30' } },
});

const SPEC = {
  scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
  minReplicas: 2,
  maxReplicas: 10,
  metrics: [resource('cpu', 80), resource('memory', 70), external('queue')],
};

const pathsOf = (from: KubeObject, to: KubeObject): string[] | undefined =>
  detect({ oldObject: { spec: { ...SPEC, ...from } }, object: { spec: { ...SPEC, ...to } } })?.map(({ path }) => path);

describe('an autoscaler changes', () => {
  test.each<{ name: string; to: KubeObject; paths: string[] }>([
    { name: 'by its minimum', to: { minReplicas: 1 }, paths: ['$.spec.minReplicas'] },
    { name: 'by its maximum', to: { maxReplicas: 11 }, paths: ['$.spec.maxReplicas'] },
    { name: 'by a minimum that is left out', to: { minReplicas: null }, paths: ['$.spec.minReplicas'] },
    {
      name: 'by its target',
      to: { scaleTargetRef: { ...SPEC.scaleTargetRef, name: 'other' } },
      paths: ['$.spec.scaleTargetRef.name'],
    },
    {
      name: 'by what it does',
      to: { behavior: { scaleDown: { selectPolicy: 'Disabled' } } },
      paths: ['$.spec.behavior'],
    },
    {
      name: 'by one of two metrics of a type, which is told by its name',
      to: { metrics: [resource('cpu', 80), resource('memory', 50), external('queue')] },
      paths: ['$.spec.metrics[Resource/memory].resource.target.averageUtilization'],
    },
    {
      name: 'by a metric less',
      to: { metrics: [resource('memory', 70), external('queue')] },
      paths: ['$.spec.metrics[Resource/cpu]'],
    },
    {
      name: 'by a metric of another container',
      to: { metrics: [...SPEC.metrics, ofContainer('proxy', 80)] },
      paths: ['$.spec.metrics[ContainerResource/proxy/cpu]'],
    },
    {
      name: 'by the one percentage that version 1 has',
      to: { targetCPUUtilizationPercentage: 10 },
      paths: ['$.spec.targetCPUUtilizationPercentage'],
    },
  ])('$name', ({ to, paths }) => expect(pathsOf({}, to)).toEqual(paths));

  test.each<{ name: string; parts: Partial<Review> }>([
    {
      name: 'another order of the metrics',
      parts: { object: { spec: { ...SPEC, metrics: SPEC.metrics.toReversed() } } },
    },
    { name: 'its status', parts: { object: { spec: SPEC, status: { currentReplicas: 3 } } } },
    { name: 'its labels', parts: { object: { spec: SPEC, metadata: { labels: { a: 'b' } } } } },
    {
      name: 'an annotation of somebody else',
      parts: { object: { spec: SPEC, metadata: { annotations: { a: 'b' } } } },
    },
  ])('not by $name', ({ parts }) => expect(detect({ oldObject: { spec: SPEC }, ...parts })).toBeUndefined());

  test('metrics that are no metrics are compared as they are', () => {
    expect(pathsOf({ metrics: ['a'] }, { metrics: [null, 3] })).toEqual(['$.spec.metrics[0]', '$.spec.metrics[1]']);
  });
});

describe('an autoscaler that comes or goes', () => {
  test('tells its bounds', () => {
    const bounds = (changes: readonly Change[] | undefined) => changes?.filter(({ path }) => path.endsWith('Replicas'));
    expect(bounds(detect({ operation: 'CREATE', object: { spec: SPEC } }))).toEqual([
      { path: '$.spec.minReplicas', from: undefined, to: 2 },
      { path: '$.spec.maxReplicas', from: undefined, to: 10 },
    ]);
    expect(bounds(detect({ operation: 'DELETE', oldObject: { spec: SPEC } }))).toEqual([
      { path: '$.spec.minReplicas', from: 2, to: undefined },
      { path: '$.spec.maxReplicas', from: 10, to: undefined },
    ]);
  });

  test.each([
    { operation: 'CREATE', object: { metadata: {} } },
    { operation: 'DELETE', oldObject: { metadata: {} } },
  ] as const)('is one without a spec too: $operation', (parts) => {
    expect(detect(parts)?.map(({ path }) => path)).toEqual(['$']);
  });
});

describe('annotations that steer an autoscaler', () => {
  const annotated = (annotations?: object): KubeObject => ({ metadata: { annotations }, spec: SPEC });

  test.each([
    'autoscaling.keda.sh/paused',
    'autoscaling.keda.sh/paused-replicas',
    'autoscaling.keda.sh/paused-scale-in',
    'scaledobject.keda.sh/transfer-hpa-ownership',
    'autoscaling.alpha.kubernetes.io/metrics',
    'autoscaling.alpha.kubernetes.io/behavior',
    'autoscaling.alpha.kubernetes.io/scale-down-tolerance',
  ])('%s is one, set, changed or taken off', (key) => {
    const path = `$.metadata.annotations['${key}']`;
    for (const [from, to] of [
      [undefined, { [key]: 'a' }],
      [{ [key]: 'a' }, { [key]: 'b' }],
      [{ [key]: 'a' }, {}],
    ]) {
      expect(detect({ oldObject: annotated(from), object: annotated(to) })?.map((one) => one.path)).toEqual([path]);
    }
  });

  test('what the API server notes of a version 1 is not', () => {
    const to = annotated({ 'autoscaling.alpha.kubernetes.io/current-metrics': 'a' });
    expect(detect({ oldObject: annotated(), object: to })).toBeUndefined();
  });
});
