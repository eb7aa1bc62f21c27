import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GuardrailMatch, GuardrailSpec } from '../../../src/api/v1alpha1.ts';
import { expectDenied, expectPassed, lines } from '../support/decisions.ts';
import { GuardedCluster, type Manifest, type Person } from '../support/guarded-cluster.ts';
import { eventually } from '../support/poll.ts';
import { configMap, workload } from '../support/workloads.ts';

let cluster: GuardedCluster;
let alice: Person;
let shop: string;

const deny = (match: GuardrailMatch, more: Partial<GuardrailSpec> = {}): GuardrailSpec => ({
  enforcement: 'Deny',
  failurePolicy: 'Fail',
  match: { ...match, subjects: { include: [{ kind: 'User', name: 'alice' }] } },
  ...more,
});
const DEPLOYMENTS = [{ apiGroups: ['apps'], resources: ['deployments'] }];
const TILLS = [{ apiGroups: ['effects.example.com'], resources: ['tills'] }];
const KEPT = { matchLabels: { keep: 'true' } };

const autoscaler = (name: string, maxReplicas: number, minReplicas = 1): Manifest => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name, namespace: shop },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name }, minReplicas, maxReplicas },
});

const scaledObject = (name: string, spec: Manifest, annotations: Manifest = {}): Manifest => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name, namespace: shop, annotations },
  spec: { scaleTargetRef: { name }, ...spec },
});

const crdOf = (group: string, kind: string, plural: string): Manifest => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
});

const till = (name: string): Manifest => ({
  apiVersion: 'effects.example.com/v1alpha1',
  kind: 'Till',
  metadata: { name, namespace: shop, labels: { keep: 'true' } },
});

const apply = (manifest: Manifest) => alice.kubectl(['apply', '-f', '-'], manifest);
const deployment = (name: string, replicas: number, labels = {}) =>
  workload('Deployment', { namespace: shop, name, replicas, labels });

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  shop = await cluster.namespace('shop');
  alice = await cluster.person('alice', { grant: { clusterRole: 'cluster-admin' } });
  await cluster.create(
    crdOf('keda.sh', 'ScaledObject', 'scaledobjects'),
    crdOf('effects.example.com', 'Till', 'tills'),
  );
  await alice.must([
    'wait',
    '--for=condition=Established',
    'crd/scaledobjects.keda.sh',
    'crd/tills.effects.example.com',
  ]);
  await cluster.guard({
    'half-at-least': deny(
      { actions: ['ScaleDown'], resources: DEPLOYMENTS, namespaces: { include: ['shop-*'] } },
      { when: [{ change: { type: 'Decreased', byMoreThan: '50%' } }] },
    ),
    'kept-deployments': deny({ actions: ['Delete'], resources: DEPLOYMENTS, objectSelector: KEPT }),
    'kept-config': deny({
      actions: ['Delete'],
      resources: [{ apiGroups: [''], resources: ['configmaps'] }],
      namespaces: { include: ['unreadable-*'] },
    }),
    'no-generated': deny({
      actions: ['Create'],
      resources: [{ apiGroups: [''], resources: ['namespaces'] }],
      namespaces: { include: ['generated-*'] },
    }),
    'kept-tills': deny({
      actions: ['Delete'],
      resources: TILLS,
      objectSelector: KEPT,
      namespaces: { include: ['shop-*'] },
    }),
  });
});
afterAll(() => cluster?.stop());

describe('what an autoscaler scales', () => {
  test('is protected from a maximum below half of its replicas, when it is made and when it is changed', async () => {
    await cluster.create(deployment('web', 10));
    const message = `of deployments.apps/web in ${shop}: replicas 10 -> 4 (-60%). It would be scaled by horizontalpodautoscalers.autoscaling/web`;
    expectDenied(await apply(autoscaler('web', 4)), 'half-at-least', 'ScaleDown', message);
    expectPassed(await apply(autoscaler('web', 5)));
    const patch = (maxReplicas: number) =>
      alice.kubectl([
        'patch',
        'hpa',
        'web',
        '-n',
        shop,
        '--type=merge',
        '-p',
        JSON.stringify({ spec: { maxReplicas } }),
      ]);
    expectDenied(await patch(4), 'half-at-least', 'ScaleDown', 'replicas 10 -> 4');
    expectPassed(await alice.kubectl(['label', 'hpa', 'web', '-n', shop, 'team=shop']));
    const told = lines(await cluster.trail('half-at-least'));
    expect(told).toContain('Denied ScaleDown of deployments.apps/web via scale by alice: $.spec.replicas 10 -> 4');
    expect(told).toContain('Allowed ScaleDown of deployments.apps/web via scale by alice: $.spec.replicas 10 -> 5');
  });

  test("is protected from KEDA's bounds too, and from being paused at a number", async () => {
    await cluster.create(deployment('queue', 10));
    expectDenied(await apply(scaledObject('queue', { maxReplicaCount: 3 })), 'half-at-least', 'ScaleDown', '10 -> 3');
    expectPassed(await apply(scaledObject('queue', { maxReplicaCount: 20 })));
    const paused = await alice.kubectl([
      'annotate',
      'scaledobject',
      'queue',
      '-n',
      shop,
      'autoscaling.keda.sh/paused-replicas=0',
    ]);
    expectDenied(paused, 'half-at-least', 'ScaleDown', 'replicas 10 -> 0');
  });

  test('may not be there yet', async () => {
    expectPassed(await apply(autoscaler('later', 1)));
  });
});

describe('what is in a namespace', () => {
  test('keeps it from being deleted, and no longer once it is gone', async () => {
    const name = await cluster.namespace('full');
    const kept = workload('Deployment', { namespace: name, name: 'db', replicas: 0, labels: { keep: 'true' } });
    await cluster.create(kept, workload('Deployment', { namespace: name, name: 'web', replicas: 0 }));
    const remove = () => alice.kubectl(['delete', 'namespace', name, '--wait=false']);
    expectDenied(
      await remove(),
      'kept-deployments',
      'Delete',
      `of deployments.apps/db in ${name}. It would go with namespaces/${name}`,
    );
    expect((await cluster.read('namespaces', undefined, name)).metadata.deletionTimestamp).toBeUndefined();
    await cluster.admin.must(['delete', 'deployment', 'db', '-n', name]);
    expectPassed(await remove());
    await eventually(async () => (await cluster.find('namespaces', undefined, name)) === undefined, {
      message: 'the namespace is gone',
    });
  });

  test('is no matter of how its name comes about', async () => {
    const named = (metadata: Manifest) =>
      alice.kubectl(['create', '-f', '-'], { apiVersion: 'v1', kind: 'Namespace', metadata });
    expectDenied(await named({ name: 'generated-by-hand' }), 'no-generated', 'Create');
    expectDenied(await named({ generateName: 'generated-' }), 'no-generated', 'Create');
    expectPassed(await named({ generateName: 'other-' }));
  });

  test('lets nobody delete it while it can not be read', async () => {
    const name = await cluster.namespace('unreadable');
    await cluster.create(configMap(name, 'settings'));
    const text = 'the configmaps that would go with it could not be listed';
    expectDenied(await alice.kubectl(['delete', 'namespace', name, '--wait=false']), 'kept-config', 'Delete', text);
  });
});

describe('what a CustomResourceDefinition has made', () => {
  test('keeps that from being deleted, also once nothing of it is served', async () => {
    const crd = 'crd/locked.effects.example.com';
    await cluster.create(crdOf('effects.example.com', 'Locked', 'locked'));
    await alice.must(['wait', '--for=condition=Established', crd]);
    await cluster.guard({
      'kept-locked': deny({
        actions: ['Delete'],
        resources: [{ apiGroups: ['effects.example.com'], resources: ['locked'] }],
      }),
    });
    const unserve = JSON.stringify([{ op: 'replace', path: '/spec/versions/0/served', value: false }]);
    await alice.must(['patch', crd, '--type=json', '-p', unserve]);
    const remove = () => alice.kubectl(['delete', crd, '--wait=false']);
    const text = 'the locked.effects.example.com that would go with it could not be listed';
    expectDenied(await remove(), 'kept-locked', 'Delete', text);
    await eventually(
      async () => {
        expectDenied(await remove(), 'kept-locked', 'Delete', 'no version of it is served');
        return true;
      },
      { message: 'the operator knows that nothing is served' },
    );
  });

  test('keeps that from being deleted', async () => {
    await cluster.admin.create(till('main'));
    const remove = () => alice.kubectl(['delete', 'crd', 'tills.effects.example.com', '--wait=false']);
    const unreadable = await remove();
    expectDenied(
      unreadable,
      'kept-tills',
      'Delete',
      'the tills.effects.example.com that would go with it could not be listed',
    );
    await cluster.create({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'lookup-tills', labels: { 'guardrails.dev/aggregate-to-operator-lookup': 'true' } },
      rules: [{ apiGroups: ['effects.example.com'], resources: ['tills'], verbs: ['list'] }],
    });
    const text = 'It would go with customresourcedefinitions.apiextensions.k8s.io/tills.effects.example.com';
    await eventually(
      async () => {
        expectDenied(await remove(), 'kept-tills', 'Delete', text);
        return true;
      },
      { message: 'the operator may list them' },
    );
    await cluster.admin.must(['delete', 'till', 'main', '-n', shop]);
    expectPassed(await remove());
  });
});
