import { request } from 'node:https';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GuardrailMatch, GuardrailSpec } from '../../../src/api/v1alpha1.ts';
import { expectDenied, expectPassed } from '../support/decisions.ts';
import { guardTest } from '../support/guard-test.ts';
import { GuardedCluster, type Manifest, type Person } from '../support/guarded-cluster.ts';
import { eventually } from '../support/poll.ts';
import { configMap, pod, workload } from '../support/workloads.ts';

/** Ways around a guardrail that somebody found, and one way to break the cluster with one. */

const PODS = [{ apiGroups: [''], resources: ['pods'] }];

let cluster: GuardedCluster;
let alice: Person;

const deny = (match: GuardrailMatch): GuardrailSpec => ({ enforcement: 'Deny', failurePolicy: 'Fail', match });

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  alice = await cluster.person('alice', { grant: { clusterRole: 'cluster-admin' } });
});
afterAll(() => cluster?.stop());

const crd = (group: string, plural: string, versions: readonly Manifest[], more: Manifest = {}): Manifest => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}`, annotations: { 'api-approved.kubernetes.io': 'unapproved, test' } },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural, kind: `X${plural}`, listKind: `X${plural}List` },
    versions,
    ...more,
  },
});

const version = (name: string, parts: Manifest = {}): Manifest => ({
  name,
  served: true,
  storage: false,
  schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
  ...parts,
});

async function install(definition: Manifest): Promise<void> {
  const { name } = definition.metadata as { name: string };
  await cluster.admin.must(['create', '-f', '-'], definition);
  await cluster.admin.must(['wait', '--for=condition=Established', '--timeout=30s', `crd/${name}`]);
}

test('a wildcard beside a resource that is not served does not keep other guardrails from being enforced', async () => {
  const namespace = await cluster.namespace('wild');
  await guardTest(cluster, {
    wildcard: deny({
      actions: ['Delete'],
      resources: [{ apiGroups: ['*'], resources: ['*'] }],
      namespaces: { include: [namespace] },
    }),
    typo: deny({
      actions: ['Delete'],
      resources: [{ apiGroups: ['*'], resources: ['widgetz'] }],
      namespaces: { include: [namespace] },
    }),
  });
  await alice.create(configMap(namespace, 'kept'));
  expectDenied(await alice.kubectl(['delete', 'configmap', 'kept', '-n', namespace]), 'wildcard', 'Delete');
});

test('a Namespace that is named in any group is judged by its own name', async () => {
  const namespace = await cluster.namespace('prod');
  await guardTest(cluster, {
    'stays-here': deny({
      actions: ['Delete'],
      resources: [{ apiGroups: ['*'], resources: ['namespaces'] }],
      namespaces: { include: [namespace] },
    }),
  });
  expectDenied(await alice.kubectl(['delete', 'namespace', namespace, '--wait=false']), 'stays-here', 'Delete');
});

test.each(['v9', 'v1'])(
  'a CRD of the name of a built-in resource, in version %s, does not take the guardrail off it',
  async (crdVersion) => {
    const namespace = await cluster.namespace('shadow');
    await guardTest(cluster, {
      'no-open-doors': deny({
        actions: ['Delete'],
        resources: [{ apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'] }],
      }),
    });
    await alice.create({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'walls', namespace },
      spec: { podSelector: {} },
    });
    await install(
      crd('networking.k8s.io', 'networkpolicies', [version(crdVersion, { storage: true })], { scope: 'Cluster' }),
    );
    // The rules are brought up to date with the CRD: only then is it of interest.
    await eventually(
      async () => {
        const text = await cluster.admin.must([
          'get',
          'validatingwebhookconfiguration',
          'guardrails.dev',
          '-o',
          'json',
        ]);
        const { webhooks } = JSON.parse(text) as {
          webhooks: { rules: { apiGroups: string[]; apiVersions: string[] }[] }[];
        };
        const rules = webhooks
          .flatMap((webhook) => webhook.rules)
          .filter(({ apiGroups }) => apiGroups[0] === 'networking.k8s.io');
        return rules.length > 0 && rules.every(({ apiVersions }) => apiVersions[0] === '*');
      },
      { message: 'the rules take the CRD in' },
    );
    const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/walls`;
    expectDenied(await alice.kubectl(['delete', '--raw', path]), 'no-open-doors', 'Delete');
    const whole = await alice.kubectl(['delete', 'namespace', namespace, '--wait=false']);
    expectDenied(whole, 'no-open-doors', 'Delete', `It would go with namespaces/${namespace}`);
    await cluster.admin.must(['delete', 'crd', 'networkpolicies.networking.k8s.io']);
  },
);

test('a custom resource is scaled by no version that its guardrail does not see', async () => {
  const namespace = await cluster.namespace('bars');
  const scale = { scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } };
  await install(
    crd('e2e.example.com', 'bars', [version('v1', { storage: true }), version('v1beta1', { subresources: scale })]),
  );
  await guardTest(cluster, {
    'bars-stay': deny({ actions: ['ScaleDown'], resources: [{ apiGroups: ['e2e.example.com'], resources: ['bars'] }] }),
  });
  await alice.create({
    apiVersion: 'e2e.example.com/v1',
    kind: 'Xbars',
    metadata: { name: 'b', namespace },
    spec: { replicas: 10 },
  });
  const scaled = await alice.kubectl(['scale', 'bars.v1beta1.e2e.example.com/b', '-n', namespace, '--replicas=1']);
  expectDenied(scaled, 'bars-stay', 'ScaleDown');
  await cluster.admin.must(['delete', 'crd', 'bars.e2e.example.com']);
});

test('nobody has a ReplicaSet adopt, and then delete, a Pod that is protected', async () => {
  const namespace = await cluster.namespace('adopt');
  const labels = { protected: 'yes', app: 'trap' };
  await guardTest(cluster, {
    'pods-stay': deny({
      actions: ['Delete', 'OwnerChange'],
      resources: PODS,
      objectSelector: { matchLabels: { protected: 'yes' } },
    }),
  });
  await alice.create(pod({ namespace, name: 'bare', labels }));
  await alice.create(workload('ReplicaSet', { namespace, name: 'trap', replicas: 0 }));
  const denied = await eventually(async () => (await cluster.decisions('pods-stay')).Denied, {
    message: 'the adoption is tried and denied',
  });
  expect(denied).toBeGreaterThan(0);
  expect(await alice.has('pod', 'bare', '-n', namespace)).toBe(true);
});

test('Pods are orphaned in peace, although their owners are guarded', async () => {
  const namespace = await cluster.namespace('orphan');
  await alice.create(workload('ReplicaSet', { namespace, name: 'rs', replicas: 1 }));
  await eventually(async () => (await cluster.read('pods', namespace)).items.length === 1, {
    message: 'the Pod is made',
  });
  await guardTest(cluster, {
    'owners-stay': deny({ actions: ['OwnerChange'], resources: PODS, namespaces: { include: [namespace] } }),
  });
  expectPassed(await alice.kubectl(['delete', 'replicaset', 'rs', '-n', namespace, '--cascade=orphan']));
  await eventually(async () => !(await alice.has('replicaset', 'rs', '-n', namespace)), {
    message: 'the ReplicaSet goes',
  });
});

test('a Pod is bound by no way that its guardrail does not see', async () => {
  const namespace = await cluster.namespace('bind');
  await guardTest(cluster, {
    'label-stays': deny({
      actions: ['LabelChange'],
      resources: PODS,
      objectSelector: { matchLabels: { protected: 'yes' } },
    }),
  });
  await alice.create(pod({ namespace, name: 'waiting', labels: { protected: 'yes' } }));
  const bound = await alice.kubectl(['create', '--raw', `/api/v1/namespaces/${namespace}/bindings`, '-f', '-'], {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: 'waiting', labels: { protected: 'no' } },
    target: { apiVersion: 'v1', kind: 'Node', name: 'nowhere' },
  });
  expectDenied(bound, 'label-stays', 'LabelChange');
});

test('what only deletions are guarded from can be changed while nobody answers', async () => {
  const namespace = await cluster.namespace('deletions');
  await guardTest(cluster, {
    'maps-stay': deny({
      actions: ['Delete'],
      resources: [{ apiGroups: [''], resources: ['configmaps', 'pods'] }],
      namespaces: { include: [namespace] },
    }),
  });
  await alice.create(configMap(namespace, 'kept'));
  await cluster.operator.kill();
  expectPassed(await alice.kubectl(['annotate', 'configmap', 'kept', 'a=b', '-n', namespace]));
  const removed = await alice.kubectl(['delete', 'configmap', 'kept', '-n', namespace]);
  expect(removed.stderr).toContain('failed calling webhook');
  await cluster.startOperator();
  expectDenied(await alice.kubectl(['delete', 'configmap', 'kept', '-n', namespace]), 'maps-stay', 'Delete');
});

test('a guardrail that could never be asked is refused', async () => {
  const { stderr, code } = await alice.kubectl(['create', '-f', '-'], {
    apiVersion: 'guardrails.dev/v1alpha1',
    kind: 'Guardrail',
    metadata: { name: 'never' },
    spec: deny({ actions: ['Delete'], resources: [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'] }] }),
  });
  expect(stderr).toContain('spec.match.resources: must not name what can not be guarded: leases.coordination.k8s.io');
  expect(code).toBe(1);
});

test('strangers have nothing judged and put nothing on record', async () => {
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'forged',
      operation: 'DELETE',
      resource: { group: '', version: 'v1', resource: 'secrets' },
      namespace: 'default',
      name: 'payroll',
      userInfo: { username: 'victim' },
      oldObject: { metadata: { name: 'payroll' } },
    },
  };
  for (const path of ['/validate/fail-0', '/x/validate/fail-0', '/validate-guardrail', '/']) {
    expect(await post(cluster.operator.port, path, JSON.stringify(review))).toBe(404);
  }
});

function post(port: number, path: string, body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = {
      port,
      path,
      method: 'POST',
      rejectUnauthorized: false,
      headers: { 'content-type': 'application/json' },
    };
    const call = request({ host: '127.0.0.1', ...options }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.once('error', reject);
    call.end(body);
  });
}

test('an API server starts without us, although everything is guarded and fails closed', async () => {
  await guardTest(cluster, {
    everything: deny({
      actions: ['Create', 'Update'],
      resources: [{ apiGroups: ['*'], resources: ['*'] }],
      subjects: { exclude: [{ kind: 'User', name: 'admin' }] },
    }),
  });
  // As an upgrade does, which brings a role: the API server makes it when it starts, and ends if it can't.
  await cluster.admin.must(['delete', 'clusterrole', 'system:basic-user']);
  await cluster.operator.kill();
  await cluster.controlPlane.killApiServer();
  await cluster.controlPlane.startApiServer();
  expect(await cluster.admin.has('clusterrole', 'system:basic-user')).toBe(true);
  await cluster.startOperator();
}, 90_000);
