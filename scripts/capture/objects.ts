import { NAMESPACE } from './stage.ts';

/** A seeded secret: it stands wherever people put secrets, and must never come out again. */
export const SECRET = 'hunter2-5ecret';

type Fields = { readonly [key: string]: unknown };

const meta = (name: string, more: Fields = {}): Fields => ({
  name,
  namespace: NAMESPACE,
  labels: { app: name, tier: 'gold' },
  ...more,
});

const containers = (image: string): Fields[] => [
  {
    name: 'web',
    image,
    env: [{ name: 'PASSWORD', value: SECRET }],
    resources: { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '500m' } },
    ports: [{ containerPort: 8080 }],
  },
  { name: 'proxy', image: 'envoyproxy/envoy:v1.30.0' },
];

const podSpec = (image: string): Fields => ({
  terminationGracePeriodSeconds: 30,
  initContainers: [{ name: 'init', image: 'busybox:1.36' }],
  containers: containers(image),
});

const template = (name: string, image: string): Fields => ({
  metadata: { labels: { app: name } },
  spec: podSpec(image),
});

export const IMAGE = 'registry.example.com/shop/web:1.0.0';

/** A workload of one of the kinds that scale. */
export function workload(kind: 'Deployment' | 'StatefulSet' | 'ReplicaSet', name: string, replicas = 4, image = IMAGE) {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: meta(name),
    spec: {
      replicas,
      ...(kind === 'StatefulSet' && { serviceName: name }),
      selector: { matchLabels: { app: name } },
      template: template(name, image),
    },
  };
}

export const replicationController = (name: string, replicas = 4) => ({
  apiVersion: 'v1',
  kind: 'ReplicationController',
  metadata: meta(name),
  spec: { replicas, selector: { app: name }, template: template(name, IMAGE) },
});

export const pod = (name: string, more: Fields = {}, metadata: Fields = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: meta(name, metadata),
  spec: { ...podSpec(IMAGE), ...more },
});

export const job = (name: string, more: Fields = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: meta(name),
  spec: { template: { spec: { ...podSpec(IMAGE), restartPolicy: 'Never' } }, ...more },
});

export const cronJob = (name: string, image = IMAGE) => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: meta(name),
  spec: {
    schedule: '0 0 1 1 *',
    jobTemplate: { spec: { template: { spec: { ...podSpec(image), restartPolicy: 'Never' } } } },
  },
});

export const widget = (name: string, size: number, metadata: Fields = {}) => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: meta(name, metadata),
  spec: { pool: { size }, replicas: 1 },
});

export const configMap = (name: string, metadata: Fields = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: meta(name, metadata),
  data: { password: SECRET },
});

export const secret = (name: string, value = SECRET) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: meta(name),
  stringData: { password: value },
});

export const claim = (name: string) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: meta(name),
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
});

export const namespaceObject = (name: string, more: Fields = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { env: 'production' }, ...more },
});

/** An owner that does not exist: the garbage collector deletes what it owns. */
export const ABSENT_OWNER = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: 'absent',
  uid: '11111111-2222-4333-8444-555555555555',
};
