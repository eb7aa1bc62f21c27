import type { Recorder } from '../../../../scripts/capture/recorder.ts';
import { eventually } from '../poll.ts';
import { type Api, MARK } from './api.ts';

const SOMEBODY = { username: 'somebody', groups: ['system:authenticated'] };

/** Gives everybody all rights: it is guardrails that are to refuse. */
export async function letEverybodyIn(api: Api): Promise<void> {
  await api.must({
    method: 'POST',
    path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    body: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'replay-everybody' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:authenticated' }],
    },
  });
  const call = { method: 'GET', path: '/api/v1/nodes', as: SOMEBODY } as const;
  await eventually(async () => (await api.send(call)).status === 200, { message: 'everybody has all rights' });
}

/** Has the API server send every marked request to the recorder too, whatever the guardrails make of it. */
export async function recordMarked(api: Api, recorder: Recorder): Promise<void> {
  await api.must({
    method: 'POST',
    path: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
    body: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'replay' },
      webhooks: [
        {
          name: 'replay.example.com',
          clientConfig: { url: recorder.url, caBundle: Buffer.from(recorder.caCertificate).toString('base64') },
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Fail',
          timeoutSeconds: 10,
          rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], scope: '*' }],
          matchConditions: [{ name: 'marked', expression: `'${MARK}' in request.userInfo.?extra.orValue({})` }],
        },
      ],
    },
  });
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe' } };
  const path = '/api/v1/namespaces/default/configmaps';
  const probe = { method: 'POST', path, query: [['dryRun', 'All']], body, as: SOMEBODY, mark: 'probe' } as const;
  await eventually(
    async () => {
      await api.must(probe);
      return await recorder.first(() => true, 200);
    },
    { message: 'marked requests are recorded' },
  );
  recorder.clear();
}
