import { expect, test } from 'vitest';
import { crdEssence } from '../../../src/controller/crd-essence.ts';
import { resourceMap } from '../../../src/controller/resource-map.ts';
import type { Discovery } from '../../../src/kube/discovery-documents.ts';
import type { KubeObject } from '../../../src/policy/review.ts';

const NO_DISCOVERY: Discovery = { resources: [], stale: [] };

const version = (name: string, storage: boolean): KubeObject => ({
  name,
  storage,
  served: true,
  subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } },
  schema: { openAPIV3Schema: { type: 'object', description: 'x'.repeat(100_000) } },
  additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
});

const CRD: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'shops.example.com', uid: 'u', resourceVersion: '7', generation: 2, annotations: { a: 'b' } },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'shops', kind: 'Shop', shortNames: ['sh'] },
    versions: [version('v1', true), version('v1beta1', false)],
    conversion: { strategy: 'None' },
  },
  status: { conditions: [{ type: 'Established', status: 'True', message: 'the initial names have been accepted' }] },
};

test('what is kept of a CRD tells the same of its resource, without the schemas', () => {
  const kept = crdEssence(CRD);
  const [info] = resourceMap(NO_DISCOVERY, [CRD]).values();
  expect(info).toMatchObject({ resource: 'shops', version: 'v1', replicasPath: ['spec', 'size'] });
  expect([...resourceMap(NO_DISCOVERY, [kept]).values()]).toEqual([info]);
  expect(kept).toMatchObject({
    metadata: { name: 'shops.example.com', uid: 'u', resourceVersion: '7', generation: 2 },
    status: { conditions: [{ type: 'Established', status: 'True' }] },
  });
  expect(JSON.stringify(kept).length).toBeLessThan(1000);
});

test.each<[string, KubeObject]>([
  ['nothing', {}],
  ['null for everything', { metadata: null, spec: null, status: null }],
  ['texts for everything', { metadata: 'a', spec: 'b', status: 'c' }],
  ['versions that are none', { spec: { versions: [null, 'v1', 1] } }],
])('of one with %s there is no resource', (_, crd) => {
  expect([...resourceMap(NO_DISCOVERY, [crdEssence(crd)]).values()]).toEqual([]);
});
