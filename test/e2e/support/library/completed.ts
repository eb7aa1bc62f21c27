import { SIGNING_REQUEST } from '../../../../scripts/capture/scenes-delete.ts';
import { isObject, listAt, own, ownAt, stringAt } from '../../../../src/policy/json.ts';
import type { Manifest } from '../guarded-cluster.ts';
import { IMAGE } from '../workloads.ts';

/** The class of claims that name none. They may grow. */
export const EXPANDABLE = 'replayed';

/** By what a workload without a selector selects its Pods. */
const SELECTED = { replayed: 'true' };

/**
 * An object of a test with what the API server wants it to have. What is there stays; what is added depends on the kind alone,
 * so that the old and the new object of a test differ in what the test says.
 */
export function completed(object: Manifest): Manifest {
  const complete = COMPLETE[stringAt(object, 'kind') ?? ''];
  return complete === undefined ? object : complete(object);
}

/** An object with what it lacks from another, all the way down. */
export function filled(object: Manifest, more: Manifest): Manifest {
  const both = Object.entries(object).map(([key, value]): [string, unknown] => {
    const other = own(more, key);
    return [key, isObject(value) && isObject(other) ? filled(value, other) : value];
  });
  return { ...more, ...Object.fromEntries(both) };
}

/** A Manifest with another value at some keys. */
function withAt(object: Manifest, keys: readonly string[], make: (value: unknown) => unknown): Manifest {
  const [key, ...rest] = keys;
  if (key === undefined) return object;
  const value = own(object, key);
  const made = rest.length === 0 ? make(value) : withAt(isObject(value) ? value : {}, rest, make);
  return made === undefined ? object : { ...object, [key]: made };
}

const objects = (value: unknown): readonly Manifest[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** Completes each thing of a list, where there is one. */
const each =
  (complete: (item: Manifest, index: number) => Manifest) =>
  (value: unknown): unknown =>
    value === undefined ? undefined : objects(value).map(complete);

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc'];
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];

function completeProbe(value: unknown): unknown {
  if (!isObject(value) || HANDLERS.some((handler) => own(value, handler) !== undefined)) return value;
  return { ...value, tcpSocket: { port: 80 } };
}

function completeContainer(container: Manifest, index: number): Manifest {
  const named = filled(container, { name: `container-${index}`, image: IMAGE });
  return PROBES.reduce((one, probe) => withAt(one, [probe], completeProbe), named);
}

const CONTAINER_LISTS = ['initContainers', 'ephemeralContainers'];

function completePodSpec(spec: unknown): Manifest {
  const containers = own(spec, 'containers') ?? [{ name: 'main' }];
  const account = own(spec, 'serviceAccountName') ?? own(spec, 'serviceAccount');
  const whole: Manifest = {
    ...(isObject(spec) ? spec : {}),
    containers,
    // The API server knows one account by both names, and would take the one that is stored.
    ...(account !== undefined && { serviceAccountName: account, serviceAccount: account }),
  };
  return ['containers', ...CONTAINER_LISTS].reduce((one, key) => withAt(one, [key], each(completeContainer)), whole);
}

const completeTemplate =
  (more: Manifest) =>
  (template: unknown): Manifest => {
    const whole = filled(isObject(template) ? template : {}, { metadata: more, spec: {} });
    return withAt(whole, ['spec'], completePodSpec);
  };

/** Workloads that select their Pods by labels. */
function completeWorkload(object: Manifest): Manifest {
  const isController = stringAt(object, 'kind') === 'ReplicationController';
  const given = isController ? ownAt(object, ['spec', 'selector']) : ownAt(object, ['spec', 'selector', 'matchLabels']);
  const labels = isObject(given) ? given : SELECTED;
  const selector = isController ? labels : { matchLabels: labels };
  const name = stringAt(object, 'metadata', 'name') ?? '';
  const service = stringAt(object, 'kind') === 'StatefulSet' ? { serviceName: name } : {};
  const whole = filled(object, { spec: { selector, ...service } });
  const templated = withAt(whole, ['spec', 'template'], completeTemplate({ labels }));
  return withAt(templated, ['spec', 'volumeClaimTemplates'], each(completeClaim));
}

const RUN_ONCE = { restartPolicy: 'Never' };
const completeJobTemplate = (template: unknown): Manifest =>
  completeTemplate({})(filled(isObject(template) ? template : {}, { spec: RUN_ONCE }));

function completeClaim(claim: Manifest): Manifest {
  const resources = { requests: { storage: '1Gi' } };
  const spec = { accessModes: ['ReadWriteOnce'], storageClassName: EXPANDABLE, resources };
  return filled(claim, { spec });
}

const VOLUME_FIELDS = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
]);

function completeVolume(volume: Manifest): Manifest {
  const spec = own(volume, 'spec');
  const hasSource = isObject(spec) && Object.keys(spec).some((key) => !VOLUME_FIELDS.has(key));
  const source = hasSource ? {} : { csi: { driver: 'disks.example.com', volumeHandle: 'disk-1' } };
  return filled(volume, { spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, ...source } });
}

function completeService(service: Manifest): Manifest {
  const isName = stringAt(service, 'spec', 'type') === 'ExternalName';
  const whole = filled(service, { spec: isName ? {} : { ports: [{ port: 80 }] } });
  const ports = listAt(whole, 'spec', 'ports');
  if (ports.length < 2) return whole;
  return withAt(
    whole,
    ['spec', 'ports'],
    each((port) => filled(port, { name: `port-${own(port, 'port')}` })),
  );
}

const BACKEND = { service: { name: 'web', port: { number: 80 } } };

function completeIngress(ingress: Manifest): Manifest {
  const hasRules = listAt(ingress, 'spec', 'rules').length > 0;
  const whole = filled(ingress, { spec: hasRules ? {} : { defaultBackend: BACKEND } });
  const completePath = (path: Manifest) => filled(path, { path: '/', pathType: 'Prefix', backend: BACKEND });
  return withAt(
    whole,
    ['spec', 'rules'],
    each((rule) => withAt(rule, ['http', 'paths'], each(completePath))),
  );
}

const CERTIFICATE_USAGES: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/kubelet-serving': ['digital signature', 'server auth'],
};

function completeSigningRequest(csr: Manifest): Manifest {
  const signerName = stringAt(csr, 'spec', 'signerName') ?? 'example.com/signer';
  const usages = CERTIFICATE_USAGES[signerName] ?? ['digital signature', 'client auth'];
  const whole = filled(csr, { spec: { signerName, usages } });
  const conditions = each((condition) => filled(condition, { status: 'True', reason: 'ByHand', message: 'by hand' }));
  const decided = withAt(whole, ['status', 'conditions'], conditions);
  return withAt(decided, ['spec', 'request'], () => SIGNING_REQUEST);
}

/** What the types of Secrets must have. */
const SECRET_DATA: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

function completeSecret(secret: Manifest): Manifest {
  const keys = SECRET_DATA[stringAt(secret, 'type') ?? ''] ?? [];
  return keys.length === 0 ? secret : filled(secret, { data: Object.fromEntries(keys.map((key) => [key, 'eA=='])) });
}

function completeDefinition(crd: Manifest): Manifest {
  const [plural = '', ...group] = (stringAt(crd, 'metadata', 'name') ?? '').split('.');
  const kind = stringAt(crd, 'spec', 'names', 'kind') ?? plural;
  const version = { name: 'v1', served: true, storage: true };
  const names = { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` };
  const metadata = { annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' } };
  const whole = filled(crd, {
    metadata,
    spec: { group: group.join('.'), scope: 'Namespaced', names, versions: [version] },
  });
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return withAt(
    whole,
    ['spec', 'versions'],
    each((one, index) => filled(one, { served: true, storage: index === 0, schema })),
  );
}

/** What alone may scale to zero. */
const metrics = [
  {
    type: 'External',
    external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '1' } },
  },
];

function completeRole(role: Manifest): Manifest {
  const ruled = withAt(
    role,
    ['rules'],
    each((rule) =>
      own(rule, 'nonResourceURLs') === undefined
        ? filled(rule, { apiGroups: [''], resources: ['pods'], verbs: ['get'] })
        : filled(rule, { verbs: ['get'] }),
    ),
  );
  return withAt(ruled, ['aggregationRule'], (rule) =>
    isObject(rule) ? filled(rule, { clusterRoleSelectors: [{ matchLabels: SELECTED }] }) : undefined,
  );
}

function completeBinding(binding: Manifest): Manifest {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
  const whole = filled(binding, { roleRef });
  return withAt(
    whole,
    ['subjects'],
    each((subject) =>
      stringAt(subject, 'kind') === 'ServiceAccount' ? subject : filled(subject, { apiGroup: roleRef.apiGroup }),
    ),
  );
}

/** A delete is no action that guardrails in tests judge. */
const PASSING_TEST = {
  request: {
    operation: 'DELETE',
    resource: { version: 'v1', resource: 'configmaps' },
    oldObject: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web', namespace: 'shop' } },
  },
  expect: 'NotMatched',
};

function completeGuardrail(guardrail: Manifest): Manifest {
  const spec = { enforcement: 'Audit', failurePolicy: 'Ignore', match: { actions: ['Exec'] } };
  return withAt(
    filled(guardrail, { spec }),
    ['spec', 'tests'],
    each((test) => filled(test, PASSING_TEST)),
  );
}

const RECORD = {
  decision: 'Denied',
  guardrail: { name: 'no-exec', uid: '1', generation: 1 },
  severity: 'High',
  enforcement: 'Deny',
  action: { type: 'Exec', types: ['Exec'], operation: 'CONNECT', resource: 'pods', target: 'pods/web' },
  subject: { username: 'jane' },
  time: '2026-03-02T10:00:00.000000Z',
  operatorInstance: 'one',
  sequence: 1,
};

const by = (more: Manifest) => (object: Manifest) => filled(object, more);

const COMPLETE: Readonly<Record<string, (object: Manifest) => Manifest>> = {
  Deployment: completeWorkload,
  StatefulSet: completeWorkload,
  DaemonSet: completeWorkload,
  ReplicaSet: completeWorkload,
  ReplicationController: completeWorkload,
  Pod: (pod) => withAt(pod, ['spec'], completePodSpec),
  Job: (job) => withAt(job, ['spec', 'template'], completeJobTemplate),
  CronJob: (cronJob) =>
    withAt(
      filled(cronJob, { spec: { schedule: '0 0 1 1 *' } }),
      ['spec', 'jobTemplate', 'spec', 'template'],
      completeJobTemplate,
    ),
  PersistentVolumeClaim: completeClaim,
  PersistentVolume: completeVolume,
  StorageClass: by({ provisioner: 'disks.example.com' }),
  VolumeAttachment: by({
    spec: { attacher: 'disks.example.com', nodeName: 'node-a', source: { persistentVolumeName: 'disk-1' } },
  }),
  Service: completeService,
  Ingress: completeIngress,
  IngressClass: by({ spec: { controller: 'example.com/ingress' } }),
  NetworkPolicy: by({ spec: { podSelector: {} } }),
  HorizontalPodAutoscaler: (autoscaler) =>
    filled(autoscaler, { spec: { maxReplicas: 10, ...(autoscaler.apiVersion === 'autoscaling/v2' && { metrics }) } }),
  PodDisruptionBudget: by({ spec: { selector: { matchLabels: SELECTED } } }),
  PriorityClass: by({ value: 1000 }),
  RuntimeClass: by({ handler: 'runc' }),
  CertificateSigningRequest: completeSigningRequest,
  Secret: completeSecret,
  TokenRequest: by({ spec: {} }),
  Binding: by({ target: { kind: 'Node', name: 'node-a' } }),
  CustomResourceDefinition: completeDefinition,
  ClusterRole: completeRole,
  Role: completeRole,
  ClusterRoleBinding: completeBinding,
  RoleBinding: completeBinding,
  Guardrail: completeGuardrail,
  GuardrailViolation: by({ spec: RECORD }),
};
