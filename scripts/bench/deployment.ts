import { hash } from 'node:crypto';

/** The namespace in which everything happens. */
export const NAMESPACE = 'bench';

/** The Deployment that is updated. */
export const NAME = 'checkout';

type Fields = { readonly [key: string]: unknown };

const ENVIRONMENT: Fields = {
  CACHE_URL:
    'rediss://checkout-cache-0.checkout-cache.bench.svc:6379,rediss://checkout-cache-1.checkout-cache.bench.svc:6379',
  FEATURES: 'express-pay,gift-cards,split-shipment,address-check,one-page,loyalty-points,price-guarantee,store-pickup',
  PAYMENT_URL: 'https://payment-gateway.payments.svc:8443/v3/authorise?retries=3&timeout=2500ms&idempotent=true',
  QUEUE_URL: 'amqps://orders.messaging.svc:5671/checkout?heartbeat=30&prefetch=64&confirm=true',
};

/** By its digest, as production runs it. */
function image(name: string, tag: string): string {
  return `registry.example.com/${name}:${tag}@sha256:${hash('sha256', `${name}:${tag}`)}`;
}

const probe = (path: string): Fields => ({
  httpGet: { path, port: 'http', scheme: 'HTTP' },
  periodSeconds: 10,
  timeoutSeconds: 2,
  successThreshold: 1,
  failureThreshold: 3,
});

const resources = (cpu: string, memory: string): Fields => ({
  requests: { cpu, memory },
  limits: { memory },
});

const PROXY_ARGUMENTS = [
  '--config-path=/etc/envoy/bootstrap.yaml',
  '--service-cluster=checkout.bench',
  '--service-node=sidecar~checkout~bench.svc.cluster.local',
  '--drain-time-s=45',
  '--parent-shutdown-time-s=60',
  '--log-level=warning',
  '--log-format=[%Y-%m-%dT%T.%e%z][%l][%n] %v',
  '--concurrency=2',
  '--disable-hot-restart',
];

const MIGRATE_SCRIPT = [
  'set -eu',
  'until /app/checkout db ping --timeout 2s; do echo "waiting for the database"; sleep 1; done',
  '/app/checkout db migrate --lock-timeout 30s --statement-timeout 5m --dry-run=false',
  '/app/checkout db verify --schema /app/schema.sql --allow-newer',
  'if [ "$(/app/checkout db count orders --older-than 400d)" -gt 0 ]; then',
  '  /app/checkout db archive orders --older-than 400d --to s3://archive-of-orders/checkout --batch 5000 --pause 200ms',
  'fi',
  '/app/checkout queue declare --exchange checkout --durable --dead-letter checkout-dead --max-length 100000',
  '/app/checkout cache warm --keys-file /app/warm-keys.txt --parallel 4 || echo "the cache stays cold"',
].join('\n');

function containers(tag: string) {
  return [
    {
      name: 'web',
      image: image('shop/checkout', tag),
      args: ['serve', '--config=/etc/checkout/config.yaml', '--listen=0.0.0.0:8080', '--graceful-stop=40s'],
      ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
      env: [
        ...Object.entries(ENVIRONMENT).map(([name, value]) => ({ name, value })),
        { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'checkout-db', key: 'password' } } },
      ],
      resources: resources('250m', '512Mi'),
      readinessProbe: probe('/readyz'),
      securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
      volumeMounts: [{ name: 'config', mountPath: '/etc/checkout', readOnly: true }],
    },
    {
      name: 'proxy',
      image: image('mesh/envoy', 'v1.33.2'),
      args: PROXY_ARGUMENTS,
      resources: resources('100m', '128Mi'),
    },
  ];
}

const ANNOTATIONS: Fields = {
  'example.com/contact': 'payments@example.com',
  'example.com/runbook': 'https://runbooks.example.com/shop/checkout#what-to-do-when-orders-do-not-come-through',
  'example.com/purpose':
    'Takes the order from the basket to the payment. Stateless; scales with the number of visitors. Needs the cache, the order queue and the payment gateway. Does not need the catalogue.',
};

/** A workload as teams have them: three containers, a probe, limits and a volume. */
function deployment(replicas: number, tag: string) {
  const labels = { app: NAME, team: 'payments', tier: 'gold' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: NAME,
      namespace: NAMESPACE,
      labels: { ...labels, 'app.kubernetes.io/name': NAME, 'app.kubernetes.io/part-of': 'shop' },
      annotations: { ...ANNOTATIONS, 'example.com/release': tag },
    },
    spec: {
      replicas,
      revisionHistoryLimit: 5,
      selector: { matchLabels: { app: NAME } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: NAME,
          terminationGracePeriodSeconds: 45,
          initContainers: [
            {
              name: 'migrate',
              image: image('shop/checkout', tag),
              command: ['/bin/sh', '-c', MIGRATE_SCRIPT],
            },
          ],
          containers: containers(tag),
          volumes: [{ name: 'config', configMap: { name: 'checkout-config' } }],
        },
      },
    },
  };
}

/** As it is created. */
export const CREATED = deployment(10, '1.42.0');

/** The images of the release. */
export const RELEASE_IMAGES: readonly string[] = [image('shop/checkout', '1.43.0'), image('mesh/envoy', 'v1.33.2')];

/** A Deployment as the API server returns it, as far as it is changed here. */
export type Stored = typeof CREATED;

/**
 * The update that is measured: a release brings a new image, takes one replica, and says so in an annotation. No guardrail
 * of the benchmark trips on it.
 */
export const released = (stored: Stored): object => changed(stored, 9, '1.43.0');

/** An update that trips the first guardrail of every set: by it is seen whether they are in force. */
export const collapsed = (stored: Stored): object => changed(stored, 1, '1.42.0');

/** What a client sends that has read the object and changed it. The server's own bookkeeping and status are not its business. */
function changed({ apiVersion, kind, metadata, spec }: Stored, replicas: number, tag: string): object {
  const { name, namespace, labels, annotations } = metadata;
  const { template } = spec;
  const withImage = <T extends { readonly name: string; readonly image: string }>(container: T): T =>
    container.name === 'proxy' ? container : { ...container, image: image('shop/checkout', tag) };
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, labels, annotations: { ...annotations, 'example.com/release': tag } },
    spec: {
      ...spec,
      replicas,
      template: {
        ...template,
        spec: {
          ...template.spec,
          initContainers: template.spec.initContainers.map(withImage),
          containers: template.spec.containers.map(withImage),
        },
      },
    },
  };
}
