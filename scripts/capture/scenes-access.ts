import { configMap, pod } from './objects.ts';
import { controller, picked, type Scene } from './scene.ts';
import { SIGNING_REQUEST } from './scenes-delete.ts';
import { type Actor, NAMESPACE, type Stage } from './stage.ts';

const FROM_INPUT = ['-f', '-'];
const N = ['-n', NAMESPACE];

type Fields = Readonly<Record<string, unknown>>;

const object = (apiVersion: string, kind: string, name: string, body: Fields, metadata: Fields = {}) => ({
  apiVersion,
  kind,
  metadata: { name, namespace: NAMESPACE, ...metadata },
  ...body,
});

const put =
  (verb: 'create' | 'replace', actor: Actor) =>
  (...objects: readonly object[]) =>
  async (stage: Stage) => {
    for (const one of objects) await stage.kubectl(actor, [verb, ...FROM_INPUT], one);
  };

const given = put('create', 'admin');
const create = put('create', 'alice');
const replace = put('replace', 'alice');

/** One object in the place of another of its name. */
const become = (file: string, on: string, before: object, after: object): Scene => ({
  given: given(before),
  act: replace(after),
  keeps: { [file]: picked('UPDATE', { on, by: 'alice' }) },
});

const policy = (name: string, spec: Fields) =>
  object('networking.k8s.io/v1', 'NetworkPolicy', name, {
    spec: { podSelector: { matchLabels: { app: 'web' } }, ...spec },
  });

const FROM_SHOP = { from: [{ podSelector: { matchLabels: { app: 'shop' } } }], ports: [{ port: 8080 }] };
const FROM_OFFICE = { from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }], ports: [{ port: 443 }] };
const WIDER_OFFICE = { from: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 443 }] };

const becomePolicy = (name: string, before: Fields, after: Fields): Scene =>
  become(`networkpolicy-${name}`, 'networkpolicies', policy(name, before), policy(name, after));

const POLICIES: readonly Scene[] = [
  {
    act: create(policy('created', { ingress: [FROM_SHOP] })),
    keeps: { 'networkpolicy-create': picked('CREATE', { on: 'networkpolicies', by: 'alice' }) },
  },
  {
    act: create(policy('closed', { policyTypes: ['Ingress', 'Egress'] })),
    keeps: { 'networkpolicy-create-without-rules': picked('CREATE', { on: 'networkpolicies', by: 'alice' }) },
  },
  {
    given: given(policy('deleted', { ingress: [FROM_SHOP] })),
    act: (stage) => stage.kubectl('alice', ['delete', 'networkpolicy', 'deleted', ...N]),
    keeps: { 'networkpolicy-delete': picked('DELETE', { on: 'networkpolicies', by: 'alice' }) },
  },
  becomePolicy('rule-added', { ingress: [FROM_SHOP] }, { ingress: [FROM_SHOP, FROM_OFFICE] }),
  becomePolicy('rule-removed', { ingress: [FROM_SHOP, FROM_OFFICE] }, { ingress: [FROM_SHOP] }),
  becomePolicy('rules-reordered', { ingress: [FROM_SHOP, FROM_OFFICE] }, { ingress: [FROM_OFFICE, FROM_SHOP] }),
  becomePolicy('exception-removed', { ingress: [FROM_OFFICE] }, { ingress: [WIDER_OFFICE] }),
  becomePolicy('empty-rule', { ingress: [FROM_OFFICE] }, { ingress: [{}] }),
  becomePolicy('type-dropped', { policyTypes: ['Ingress', 'Egress'] }, { policyTypes: ['Ingress'] }),
  becomePolicy('selector-changed', {}, { podSelector: { matchLabels: { app: 'other' } } }),
];

const service = (name: string, spec: Fields = {}, metadata: Fields = {}) =>
  object(
    'v1',
    'Service',
    name,
    { spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }], ...spec } },
    metadata,
  );

const patchService = (name: string, before: object, spec: Fields): Scene => ({
  given: given(before),
  act: (stage) =>
    stage.kubectl('alice', ['patch', 'service', name, ...N, '--type=merge', '-p', JSON.stringify({ spec })]),
  keeps: { [`service-${name}`]: picked('UPDATE', { on: 'services', by: 'alice' }) },
});

const ingress = (name: string, paths: readonly string[]) =>
  object('networking.k8s.io/v1', 'Ingress', name, {
    spec: {
      rules: [
        {
          host: 'shop.example.com',
          http: {
            paths: paths.map((path) => ({
              path,
              pathType: 'Prefix',
              backend: { service: { name: 'web', port: { number: 80 } } },
            })),
          },
        },
      ],
    },
  });

/** The API server wants a word of approval for what is called as its own. */
const GATEWAY_API = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'httproutes.gateway.networking.k8s.io',
    annotations: { 'api-approved.kubernetes.io': 'unapproved, for tests' },
  },
  spec: {
    group: 'gateway.networking.k8s.io',
    scope: 'Namespaced',
    names: { kind: 'HTTPRoute', listKind: 'HTTPRouteList', plural: 'httproutes', singular: 'httproute' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

const route = (name: string, backends: readonly string[]) =>
  object('gateway.networking.k8s.io/v1', 'HTTPRoute', name, {
    spec: {
      parentRefs: [{ name: 'front' }],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' } }],
          backendRefs: backends.map((backend) => ({ name: backend, port: 80 })),
        },
      ],
    },
  });

const EXPOSURES: readonly Scene[] = [
  {
    act: create(service('inside')),
    keeps: { 'service-create': picked('CREATE', { on: 'services', by: 'alice' }) },
  },
  {
    act: create(service('node-port', { type: 'NodePort', ports: [{ port: 80, targetPort: 8080, nodePort: 30_080 }] })),
    keeps: { 'service-create-node-port': picked('CREATE', { on: 'services', by: 'alice' }) },
  },
  patchService('external-address', service('external-address'), { externalIPs: ['198.51.100.7'] }),
  patchService('to-load-balancer', service('to-load-balancer'), {
    type: 'LoadBalancer',
    allocateLoadBalancerNodePorts: false,
  }),
  patchService('affinity', service('affinity', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }), {
    sessionAffinity: 'ClientIP',
  }),
  {
    given: given(service('balanced', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false })),
    act: (stage) =>
      stage.kubectl('alice', [
        'patch',
        'service',
        'balanced',
        ...N,
        '--subresource=status',
        '--type=merge',
        '-p',
        JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: '198.51.100.8' }] } } }),
      ]),
    keeps: { 'service-address-through-status': picked('UPDATE', { on: 'services/status', by: 'alice' }) },
  },
  {
    act: create(ingress('created', ['/'])),
    keeps: { 'ingress-create': picked('CREATE', { on: 'ingresses', by: 'alice' }) },
  },
  become('ingress-path-added', 'ingresses', ingress('path-added', ['/']), ingress('path-added', ['/', '/admin'])),
  become('ingress-path-removed', 'ingresses', ingress('path-off', ['/', '/admin']), ingress('path-off', ['/'])),
  {
    given: async (stage) => {
      await given(GATEWAY_API)(stage);
      await stage.until('admin', ['get', 'httproutes', ...N]);
    },
    act: create(route('created', ['web'])),
    keeps: { 'httproute-create': picked('CREATE', { on: 'httproutes', by: 'alice' }) },
  },
];

const RBAC = 'rbac.authorization.k8s.io/v1';
const READ_PODS = { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] };
const GET_PODS = { ...READ_PODS, verbs: ['get'] };
const LIST_PODS = { ...READ_PODS, verbs: ['list'] };
const READ_SECRETS = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };

const role = (name: string, rules: readonly Fields[]) => object(RBAC, 'Role', name, { rules });

const clusterRole = (name: string, rules: readonly Fields[], metadata: Fields = {}, more: Fields = {}) => ({
  apiVersion: RBAC,
  kind: 'ClusterRole',
  metadata: { name, ...metadata },
  rules,
  ...more,
});

const binding = (name: string, users: readonly string[]) =>
  object(RBAC, 'RoleBinding', name, {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: users.map((user) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user })),
  });

const becomeRole = (name: string, before: readonly Fields[], after: readonly Fields[]): Scene =>
  become(`role-${name}`, 'roles', role(name, before), role(name, after));

const becomeBinding = (name: string, before: readonly string[], after: readonly string[]): Scene =>
  become(`rolebinding-${name}`, 'rolebindings', binding(name, before), binding(name, after));

const AGGREGATED = clusterRole(
  'all-of-it',
  [],
  {},
  {
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'example.com/aggregate-to-all-of-it': 'true' } }] },
  },
);

const GRANTS: readonly Scene[] = [
  {
    act: create(role('created', [READ_PODS])),
    keeps: { 'role-create': picked('CREATE', { on: 'roles', by: 'alice' }) },
  },
  becomeRole('widened', [READ_PODS], [READ_PODS, READ_SECRETS]),
  becomeRole('narrowed', [READ_PODS, READ_SECRETS], [READ_PODS]),
  becomeRole('reworded', [GET_PODS, LIST_PODS], [READ_PODS]),
  {
    act: create(binding('created', ['bob'])),
    keeps: { 'rolebinding-create': picked('CREATE', { on: 'rolebindings', by: 'alice' }) },
  },
  becomeBinding('subject-added', ['bob'], ['carol', 'bob']),
  becomeBinding('subject-removed', ['bob', 'carol'], ['carol']),
  {
    given: given(AGGREGATED, clusterRole('some-of-it', [READ_SECRETS])),
    act: (stage) =>
      stage.kubectl('alice', ['label', 'clusterrole', 'some-of-it', 'example.com/aggregate-to-all-of-it=true']),
    keeps: {
      'clusterrole-aggregated-by-label': picked('UPDATE', { on: 'clusterroles', by: 'alice' }),
      'clusterrole-rules-by-aggregation-controller': picked('UPDATE', {
        on: 'clusterroles',
        by: controller('clusterrole-aggregation-controller'),
        name: 'all-of-it',
      }),
    },
  },
];

const csr = (name: string) => ({
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name },
  spec: { request: SIGNING_REQUEST, signerName: 'example.com/nobody', usages: ['client auth'] },
});

const decide = (decision: 'approve' | 'deny', file: string): Scene => ({
  given: given(csr(decision)),
  act: (stage) => stage.kubectl('alice', ['certificate', decision, decision]),
  keeps: { [file]: picked('UPDATE', { on: 'certificatesigningrequests/approval', by: 'alice' }) },
});

const NODE = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } };

const CREDENTIALS: readonly Scene[] = [
  {
    act: (stage) => stage.kubectl('alice', ['create', 'token', 'ci', ...N, '--audience=vault', '--duration=2h']),
    keeps: { 'token-request': picked('CREATE', { on: 'serviceaccounts/token', by: 'alice' }) },
  },
  {
    given: async (stage) => {
      await stage.attempt('admin', ['create', ...FROM_INPUT], NODE);
      await given(pod('tokened', { nodeName: 'node-1', tolerations: [{ operator: 'Exists' }] }))(stage);
    },
    act: async (stage) => {
      const uid = await stage.kubectl('admin', ['get', 'pod', 'tokened', ...N, '-o', 'jsonpath={.metadata.uid}']);
      const bound = ['--bound-object-kind=Pod', '--bound-object-name=tokened', `--bound-object-uid=${uid}`];
      await stage.attempt('node-1', ['create', 'token', 'default', ...N, ...bound]);
    },
    keeps: { 'token-request-by-kubelet': picked('CREATE', { on: 'serviceaccounts/token', by: 'system:node:node-1' }) },
  },
  {
    act: create(
      object(
        'v1',
        'Secret',
        'long-lived',
        { type: 'kubernetes.io/service-account-token' },
        {
          annotations: { 'kubernetes.io/service-account.name': 'ci' },
        },
      ),
    ),
    keeps: { 'secret-create-account-token': picked('CREATE', { on: 'secrets', by: 'alice' }) },
  },
  decide('approve', 'csr-approve'),
  decide('deny', 'csr-deny'),
];

const proxied = (file: string, on: string, path: string): Scene => ({
  given: async (stage) => {
    await stage.attempt('admin', ['create', ...FROM_INPUT], NODE);
    await stage.attempt('admin', ['create', ...FROM_INPUT], service('proxied'));
    await stage.attempt('admin', ['create', ...FROM_INPUT], pod('proxied'));
  },
  act: (stage) => stage.attempt('alice', ['get', '--raw', path]),
  keeps: { [file]: picked('CONNECT', { on, by: 'alice' }) },
});

const OF_SHOP = `/api/v1/namespaces/${NAMESPACE}`;

const PROXIES: readonly Scene[] = [
  proxied('pod-proxy', 'pods/proxy', `${OF_SHOP}/pods/proxied:8080/proxy/admin?token=hunter2-5ecret`),
  proxied('service-proxy', 'services/proxy', `${OF_SHOP}/services/proxied/proxy/`),
  proxied('service-proxy-with-scheme', 'services/proxy', `${OF_SHOP}/services/https:proxied:80/proxy/`),
  proxied('node-proxy', 'nodes/proxy', '/api/v1/nodes/node-1/proxy/pods'),
];

const CONFIGS: readonly Scene[] = [
  {
    given: given(configMap('frozen')),
    act: (stage) =>
      stage.kubectl('alice', ['patch', 'configmap', 'frozen', ...N, '--type=merge', '-p', '{"immutable":true}']),
    keeps: { 'configmap-made-immutable': picked('UPDATE', { on: 'configmaps', by: 'alice' }) },
  },
];

/** What decides who may reach what. */
export const ACCESS: readonly Scene[] = [...POLICIES, ...EXPOSURES, ...GRANTS, ...CREDENTIALS, ...PROXIES, ...CONFIGS];
