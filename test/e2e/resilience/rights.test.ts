import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GuardedCluster } from '../support/guarded-cluster.ts';
import { eventually } from '../support/poll.ts';
import { configMap, deployment, filledNamespace, keepConfigMaps } from './support/objects.ts';
import { onPort } from './support/operators.ts';
import { logLines } from './support/probes.ts';

const OPERATOR = '--as=system:serviceaccount:guardrails-system:guardrails-operator';

let cluster: GuardedCluster;

beforeAll(async () => {
  cluster = await GuardedCluster.start();
});

afterAll(() => cluster.stop());

describe('the rights of config/rbac', () => {
  test('are enough: nothing that the operator does is forbidden', async () => {
    const { admin } = cluster;
    const namespace = await filledNamespace(cluster, 'rights', { env: 'production' });
    await cluster.guard({
      // Looks up what a subresource belongs to, and the namespace.
      scale: {
        enforcement: 'Deny',
        failurePolicy: 'Fail',
        match: {
          actions: ['ScaleDown'],
          objectSelector: { matchLabels: { guarded: 'yes' } },
          namespaceSelector: { matchLabels: { env: 'production' } },
        },
      },
      shells: {
        enforcement: 'Deny',
        failurePolicy: 'Fail',
        match: { actions: ['Exec', 'Evict'], objectSelector: { matchLabels: { guarded: 'yes' } } },
      },
      kept: keepConfigMaps({}, { namespaces: { include: ['rights-*'] } }),
      labels: {
        enforcement: 'Audit',
        match: { actions: ['LabelChange'], resources: [{ apiGroups: [''], resources: ['namespaces'] }] },
      },
    });
    const workloads = ['Deployment', 'StatefulSet', 'ReplicaSet'].map((kind) => ({
      ...deployment(namespace, kind.toLowerCase(), { guarded: 'yes' }),
      kind,
    }));
    const { spec } = deployment(namespace, 'rc') as {
      spec: { replicas: number; template: { metadata: { labels: object } } };
    };
    const controller = {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'replicationcontroller', namespace, labels: { guarded: 'yes' } },
      spec: { replicas: 2, selector: spec.template.metadata.labels, template: spec.template },
    };
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'shell', namespace, labels: { guarded: 'yes' } },
      spec: { containers: [{ name: 'main', image: 'example.org/app:1' }] },
    };
    await admin.create(...workloads, controller, pod, configMap(namespace, 'keep'));
    const refused = async (guardrail: string, ...args: string[]): Promise<void> => {
      const { stderr } = await admin.kubectl(['-n', namespace, ...args]);
      expect(stderr).toContain(`Guardrail "${guardrail}" denied`);
    };
    for (const kind of ['deployment', 'statefulset', 'replicaset', 'replicationcontroller']) {
      await refused('scale', 'scale', kind, kind, '--replicas=1');
    }
    await refused('shells', 'exec', 'shell', '--', 'ls');
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'shell', namespace } };
    const evicted = await admin.kubectl(
      ['create', '--raw', `/api/v1/namespaces/${namespace}/pods/shell/eviction`, '-f', '-'],
      eviction,
    );
    expect(evicted.stderr).toContain('Guardrail "shells" denied Evict');
    // Twice, so that the count of a record is written too.
    await refused('kept', 'delete', 'configmap', 'keep');
    await refused('kept', 'delete', 'configmap', 'keep');
    await admin.must(['label', 'namespace', namespace, 'a=b']);
    const records = await cluster.trail('kept');
    expect(records.reduce((sum, { status }) => sum + (status?.count ?? 1), 0)).toBe(2);
    await cluster.trail('labels');
    await admin.must(['delete', 'validatingwebhookconfiguration', 'guardrails.dev']);
    await eventually(
      async () => (await admin.kubectl(['get', 'validatingwebhookconfiguration', 'guardrails.dev'])).code === 0,
      {
        message: 'the configuration is repaired',
      },
    );
    await eventually(async () => (await admin.get('guardrail', 'scale')).status.counts?.denied > 0, {
      timeoutMs: 40_000,
      message: 'counts are written',
    });
    const { port } = cluster.operator;
    const first = cluster.operator;
    await cluster.operator.stop();
    await cluster.startOperator(onPort(port));
    for (const operator of [first, cluster.operator]) {
      expect(logLines(operator).filter((line) => /403|forbidden/i.test(JSON.stringify(line)))).toEqual([]);
    }
  });

  test.each([
    'create secrets -n guardrails-system',
    'get secrets/guardrails-webhook-certificates -n guardrails-system',
    'get configmaps/guardrails-operator -n guardrails-system',
    'create guardrailviolations.guardrails.dev -A',
    'delete guardrailviolations.guardrails.dev -A',
    'patch guardrails.guardrails.dev --subresource=status',
    'patch validatingwebhookconfigurations/guardrails.dev',
    'get pods -A',
    'get deployments.apps -A',
  ])('allow it to: %s', async (question) => {
    expect(await canI(question)).toBe('yes');
  });

  test.each([
    'get secrets -n guardrails-system',
    'get secrets/other -n guardrails-system',
    'get secrets/guardrails-webhook-certificates -n default',
    'list secrets -n guardrails-system',
    'list secrets -A',
    'watch secrets -A',
    'get secrets -n kube-system',
    'update secrets/other -n guardrails-system',
    'delete secrets/guardrails-webhook-certificates -n guardrails-system',
    'get configmaps -n default',
    'get configmaps/other -n guardrails-system',
    'update configmaps/guardrails-operator -n guardrails-system',
    'create pods -n guardrails-system',
    'delete pods -A',
    'create pods --subresource=exec -A',
    'create pods --subresource=eviction -A',
    'patch deployments.apps -A',
    'update deployments.apps --subresource=scale -A',
    'create deployments.apps -A',
    'delete deployments.apps -A',
    'patch statefulsets.apps -A',
    'patch namespaces',
    'create namespaces',
    'delete namespaces',
    'create guardrails.guardrails.dev',
    'update guardrails.guardrails.dev',
    'patch guardrails.guardrails.dev',
    'delete guardrails.guardrails.dev',
    'update guardrailviolations.guardrails.dev -A',
    'patch guardrailviolations.guardrails.dev -A',
    'delete validatingwebhookconfigurations/guardrails.dev',
    'patch validatingwebhookconfigurations/foreign.example.org',
    'patch mutatingwebhookconfigurations/guardrails.dev',
    'create serviceaccounts --subresource=token -n guardrails-system',
    'create clusterrolebindings.rbac.authorization.k8s.io',
    'create rolebindings.rbac.authorization.k8s.io -n guardrails-system',
    'impersonate users',
    'patch customresourcedefinitions.apiextensions.k8s.io',
    'delete validatingadmissionpolicies.admissionregistration.k8s.io',
    'list nodes',
  ])('do not allow it to: %s', async (question) => {
    expect(await canI(question)).toBe('no');
  });

  async function canI(question: string): Promise<string> {
    const { stdout } = await cluster.admin.kubectl(['auth', 'can-i', ...question.split(' '), OPERATOR]);
    return stdout.trim();
  }
});

test('nobody but the operator writes records, not even the admin', async () => {
  const namespace = await filledNamespace(cluster, 'forged');
  await cluster.guard({ 'forged-kept': keepConfigMaps({}, { namespaces: { include: ['forged-*'] } }) });
  await cluster.admin.create(configMap(namespace, 'keep'));
  await cluster.admin.kubectl(['delete', 'configmap', 'keep', '-n', namespace]);
  const [record] = await cluster.trail('forged-kept');
  const name = record?.metadata?.name ?? '';
  const forged = { ...record, metadata: { name: 'forged', namespace } };
  const results = [
    await cluster.admin.kubectl(['create', '-f', '-'], forged),
    await cluster.admin.kubectl(['delete', 'guardrailviolation', name, '-n', namespace]),
    await cluster.admin.kubectl(['label', 'guardrailviolation', name, '-n', namespace, 'a=b']),
    await cluster.admin.kubectl([
      'patch',
      'guardrailviolation',
      name,
      '-n',
      namespace,
      '--subresource=status',
      '--type=merge',
      '-p',
      '{"status":{"count":9}}',
    ]),
  ];
  for (const { code, stderr } of results) {
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('written by the operator alone'),
    });
  }
});
