import type { Manifest } from './guarded-cluster.ts';

/** How a workload is to be made. */
export interface WorkloadOptions {
  readonly namespace: string;
  readonly name: string;
  readonly replicas?: number;
  readonly image?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

const API_VERSIONS = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  ReplicaSet: 'apps/v1',
  ReplicationController: 'v1',
} as const;

/** The built-in kinds that have replicas. */
export type WorkloadKind = keyof typeof API_VERSIONS;

/** Where nothing is pulled from, since no Pod ever runs. */
export const IMAGE = 'registry.example.com/web:1';

/** The spec of a Pod with one container, `main`. */
export const podSpec = (image: string = IMAGE): Manifest => ({ containers: [{ name: 'main', image }] });

/** A Pod that nobody owns. It is never scheduled. */
export const pod = ({ namespace, name, image, labels = {} }: WorkloadOptions): Manifest => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels },
  spec: podSpec(image),
});

/** A workload whose Pods carry the label `app`, with its name, and no other. */
export function workload(kind: WorkloadKind, options: WorkloadOptions): Manifest {
  const { namespace, name, replicas = 1, image, labels = {} } = options;
  const app = { app: name };
  return {
    apiVersion: API_VERSIONS[kind],
    kind,
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      selector: kind === 'ReplicationController' ? app : { matchLabels: app },
      ...(kind === 'StatefulSet' && { serviceName: name }),
      template: { metadata: { labels: app }, spec: podSpec(image) },
    },
  };
}

/** A ConfigMap, with no more than is given. */
export const configMap = (
  namespace: string,
  name: string,
  {
    data,
    ...metadata
  }: { readonly data?: Manifest; readonly labels?: Manifest; readonly finalizers?: readonly string[] } = {},
): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, ...metadata },
  ...(data && { data }),
});
