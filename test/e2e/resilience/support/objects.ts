import type { GuardrailMatch, GuardrailSpec } from '../../../../src/api/v1alpha1.ts';
import type { GuardedCluster, Manifest } from '../../support/guarded-cluster.ts';
import { eventually } from '../../support/poll.ts';
import type { HttpClient } from './http-client.ts';

/** A guardrail against the deletion of ConfigMaps whose name begins with `keep`. */
export const keepConfigMaps = (
  spec: Partial<GuardrailSpec> = {},
  match: Partial<GuardrailMatch> = {},
): GuardrailSpec => ({
  enforcement: 'Deny',
  failurePolicy: 'Fail',
  ...spec,
  match: {
    actions: ['Delete'],
    resources: [{ apiGroups: [''], resources: ['configmaps'] }],
    names: ['keep*'],
    ...match,
  },
});

export const configMap = (namespace: string, name: string, more: Manifest = {}): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  ...more,
});

/** A Deployment whose Pods nobody runs. */
export const deployment = (
  namespace: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace, labels },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'main', image: 'example.org/app:1' }] },
    },
  },
});

/** A namespace in which the controllers have made what they make in every namespace. */
export async function filledNamespace(cluster: GuardedCluster, prefix: string, labels = {}): Promise<string> {
  const name = await cluster.namespace(prefix, labels);
  await eventually(() => cluster.admin.has('configmap', 'kube-root-ca.crt', '-n', name), {
    message: `namespace ${name} is filled`,
  });
  return name;
}

/** How the API server answers the deletion of a ConfigMap, of which nothing comes. */
export async function dryDelete(client: HttpClient, namespace: string, name: string) {
  const { status, body } = await client.send('DELETE', `/api/v1/namespaces/${namespace}/configmaps/${name}?dryRun=All`);
  return { status, message: (body.message ?? '') as string };
}

/** Names in the order of their characters. */
export const sorted = (names: readonly string[]): string[] => names.toSorted((a, b) => (a < b ? -1 : 1));
