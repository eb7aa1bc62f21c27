import { workload } from './objects.ts';
import { picked, type Scene } from './scene.ts';
import { NAMESPACE, type Stage } from './stage.ts';

const FROM_INPUT = ['-f', '-'];

const autoscaler = (name: string, maxReplicas: number, minReplicas = 1): object => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name, namespace: NAMESPACE },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
    minReplicas,
    maxReplicas,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }],
  },
});

const create = (object: object) => (stage: Stage) => stage.kubectl('alice', ['create', ...FROM_INPUT], object);

const apply = (object: object) => (stage: Stage) => stage.kubectl('alice', ['apply', ...FROM_INPUT], object);

const on = 'horizontalpodautoscalers';

/** What goes to one object and does something to others. */
export const EFFECTS: readonly Scene[] = [
  {
    given: create(workload('Deployment', 'scaled', 4)),
    act: create(autoscaler('scaled', 3)),
    keeps: { 'autoscaler-created-with-lower-maximum': picked('CREATE', { on, by: 'alice', name: 'scaled' }) },
  },
  {
    given: apply(autoscaler('bounded', 10)),
    act: apply(autoscaler('bounded', 2)),
    keeps: { 'autoscaler-maximum-lowered': picked('UPDATE', { on, by: 'alice', name: 'bounded' }) },
  },
  {
    given: apply(autoscaler('lifted', 10)),
    act: apply(autoscaler('lifted', 10, 6)),
    keeps: { 'autoscaler-minimum-raised': picked('UPDATE', { on, by: 'alice', name: 'lifted' }) },
  },
  {
    given: apply(autoscaler('labelled', 10)),
    act: (stage) => stage.kubectl('alice', ['label', 'hpa', 'labelled', '-n', NAMESPACE, 'team=shop']),
    keeps: { 'autoscaler-label-added': picked('UPDATE', { on, by: 'alice', name: 'labelled' }) },
  },
  {
    given: create({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'tills.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { kind: 'Till', listKind: 'TillList', plural: 'tills', singular: 'till' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    }),
    act: (stage) => stage.kubectl('alice', ['delete', 'crd', 'tills.example.com', '--wait=false']),
    keeps: { 'crd-delete': picked('DELETE', { on: 'customresourcedefinitions', by: 'alice' }) },
  },
];
