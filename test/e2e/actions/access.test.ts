import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SIGNING_REQUEST } from '../../../scripts/capture/scenes-delete.ts';
import type { GuardrailMatch, GuardrailSpec } from '../../../src/api/v1alpha1.ts';
import { expectDenied, expectPassed, lines } from '../support/decisions.ts';
import { GuardedCluster, type Manifest, type Person } from '../support/guarded-cluster.ts';
import type { CommandResult } from '../support/kubectl.ts';
import { configMap, pod } from '../support/workloads.ts';

const SCENE = ['net', 'expose', 'grant', 'proxy', 'debug', 'token', 'config'] as const;
const RBAC = 'rbac.authorization.k8s.io';
const CLUSTER_ROLES = [{ apiGroups: [RBAC], resources: ['clusterroles', 'clusterrolebindings'] }];
const CSRS = [{ apiGroups: ['certificates.k8s.io'], resources: ['certificatesigningrequests'] }];
const NODES = [{ apiGroups: [''], resources: ['nodes'] }];

const deny = (match: GuardrailMatch): GuardrailSpec => ({ enforcement: 'Deny', failurePolicy: 'Fail', match });

let cluster: GuardedCluster;
let alice: Person;
let ns: Readonly<Record<(typeof SCENE)[number], string>>;

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  const made = SCENE.map(async (name) => [name, await cluster.namespace(name)]);
  ns = Object.fromEntries(await Promise.all(made));
  alice = await cluster.person('alice', { grant: { clusterRole: 'cluster-admin' } });
  // What is there before them is made by admin.
  const byAlice = { subjects: { include: [{ kind: 'User' as const, name: 'alice' }] } };
  const within = (namespace: string) => ({ namespaces: { include: [namespace] }, ...byAlice });
  await cluster.guard({
    'no-loosen': deny({ actions: ['NetworkPolicyLoosen'], ...within(ns.net) }),
    'see-policies': { enforcement: 'Audit', match: { actions: ['NetworkPolicyChange'], ...within(ns.net) } },
    'no-expose': deny({ actions: ['ServiceExpose'], ...within(ns.expose) }),
    'no-grant': deny({ actions: ['RoleGrant'], ...within(ns.grant) }),
    'no-cluster-grant': deny({ actions: ['RoleGrant'], resources: CLUSTER_ROLES, ...byAlice }),
    'no-proxy': deny({ actions: ['Proxy'], names: ['web'], ...within(ns.proxy) }),
    'no-proxy-to-protected': deny({
      actions: ['Proxy'],
      objectSelector: { matchLabels: { protected: 'true' } },
      ...within(ns.proxy),
    }),
    'no-proxy-to-nodes': deny({ actions: ['Proxy'], resources: NODES }),
    'no-debug': deny({ actions: ['Debug'], ...within(ns.debug) }),
    'no-token': deny({ actions: ['TokenRequest'], names: ['robot*'], ...within(ns.token) }),
    'no-token-of-protected': deny({
      actions: ['TokenRequest'],
      objectSelector: { matchLabels: { protected: 'true' } },
      ...within(ns.token),
    }),
    'no-approval': deny({ actions: ['TokenRequest'], resources: CSRS }),
    'no-config': deny({ actions: ['ConfigChange'], ...within(ns.config) }),
  });
});
afterAll(() => cluster?.stop());

const json = (value: unknown): string => JSON.stringify(value);
const told = async (guardrail: string): Promise<string[]> => lines(await cluster.trail(guardrail));
const create = (object: Manifest): Promise<CommandResult> => alice.kubectl(['create', '-f', '-'], object);
const merge = (what: readonly string[], body: unknown, ...more: readonly string[]): Promise<CommandResult> =>
  alice.kubectl(['patch', ...what, '--type=merge', '-p', json(body), ...more]);

describe('NetworkPolicyLoosen', () => {
  const policy = (name: string, spec: Manifest): Manifest => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: ns.net },
    spec: { podSelector: {}, policyTypes: ['Ingress'], ...spec },
  });
  const from = (cidr: string): Manifest => ({ from: [{ ipBlock: { cidr } }] });

  test('is a policy that opens, whichever way', async () => {
    expectDenied(
      await create(policy('open', { ingress: [{}] })),
      'no-loosen',
      'NetworkPolicyLoosen',
      'of networkpolicies.networking.k8s.io/open in net-1: ingress[0] from everywhere on every port',
    );
    await cluster.admin.create(policy('office', { ingress: [from('10.0.0.0/8')] }));
    const at = ['networkpolicy', 'office', '-n', ns.net];
    const wider = policy('office', { ingress: [from('10.0.0.0/8'), from('192.0.2.0/24')] });
    const ways: readonly (readonly [CommandResult, string])[] = [
      [await alice.kubectl(['replace', '-f', '-'], wider), 'ingress[1] from 192.0.2.0/24 on every port'],
      [
        await alice.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], wider),
        'ingress[1] from 192.0.2.0/24',
      ],
      [await merge(at, { spec: { ingress: [from('0.0.0.0/0')] } }), 'ingress[0] from 0.0.0.0/0'],
      [
        await merge(at, { spec: { podSelector: { matchLabels: { app: 'web' } } } }),
        'podSelector everything -> app=web',
      ],
      [await merge(at, { spec: { policyTypes: ['Egress'] } }), 'policyTypes Ingress removed'],
      [await alice.kubectl(['delete', ...at]), 'networkpolicies.networking.k8s.io/office'],
      [
        await alice.kubectl(['delete', 'networkpolicies', '--all', '-n', ns.net]),
        'networkpolicies.networking.k8s.io/office',
      ],
    ];
    for (const [result, text] of ways) expectDenied(result, 'no-loosen', 'NetworkPolicyLoosen', text);
    expect((await cluster.read('networkpolicies.networking.k8s.io', ns.net, 'office')).spec.ingress).toHaveLength(1);
  });

  test('a policy that only closes is none, but a change', async () => {
    expectPassed(await create(policy('closed', {})));
    await cluster.admin.create(policy('two', { ingress: [from('10.0.0.0/8'), from('192.0.2.0/24')] }));
    const at = ['networkpolicy', 'two', '-n', ns.net];
    expectPassed(await merge(at, { spec: { ingress: [from('192.0.2.0/24'), from('10.0.0.0/8')] } }));
    expectPassed(await merge(at, { spec: { ingress: [from('10.1.0.0/16')] } }));
    expectPassed(await alice.kubectl(['label', ...at, 'a=b']));
    const seen = (await told('see-policies')).filter((line) => /\/(two|closed) by alice/.test(line));
    expect(seen).toEqual([
      'Audited NetworkPolicyChange of networkpolicies.networking.k8s.io/closed by alice',
      'Audited NetworkPolicyChange of networkpolicies.networking.k8s.io/two by alice: ' +
        '$.spec.ingress[0] from 192.0.2.0/24 on every port -> from 10.1.0.0/16 on every port, ' +
        '$.spec.ingress[1] from 10.0.0.0/8 on every port ->',
    ]);
  });
});

describe('ServiceExpose', () => {
  const service = (name: string, spec: Manifest = {}): Manifest => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: ns.expose },
    spec: { selector: { app: name }, ports: [{ port: 80 }], ...spec },
  });
  test('is every way that leads in from outside', async () => {
    const balanced = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false };
    await cluster.create(service('balanced', balanced));
    const ingress: Manifest = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'web', namespace: ns.expose },
      spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
    };
    expectPassed(await create(service('web')));
    const at = (name: string) => ['service', name, '-n', ns.expose];
    const address = { status: { loadBalancer: { ingress: [{ ip: '198.51.100.8' }] } } };
    const ways: readonly (readonly [CommandResult, string])[] = [
      [await create(service('node', { type: 'NodePort' })), 'of services/node in'],
      [await alice.kubectl(['expose', ...at('web'), '--name=out', '--type=NodePort']), 'of services/out in'],
      [await merge(at('web'), { spec: { type: 'LoadBalancer' } }), 'type ClusterIP -> LoadBalancer'],
      [await merge(at('web'), { spec: { externalIPs: ['198.51.100.7'] } }), 'externalIPs[198.51.100.7]'],
      [await merge(at('balanced'), address, '--subresource=status'), 'status.loadBalancer.ingress[198.51.100.8]'],
      [await merge(at('balanced'), { spec: { selector: { app: 'db' } } }), 'selector app=balanced -> app=db'],
      [await create(ingress), 'of ingresses.networking.k8s.io/web in'],
    ];
    for (const [result, text] of ways) expectDenied(result, 'no-expose', 'ServiceExpose', text);
    expect((await cluster.read('services', ns.expose, 'web')).spec.type).toBe('ClusterIP');
    expect((await cluster.read('services', ns.expose, 'balanced')).status).toEqual({ loadBalancer: {} });
  });

  test('is nothing that stays inside, or leads to less', async () => {
    const before = await cluster.decisions('no-expose');
    await cluster.create(service('was', { type: 'NodePort' }));
    const at = ['service', 'was', '-n', ns.expose];
    expectPassed(await merge(at, { spec: { sessionAffinity: 'ClientIP' } }));
    expectPassed(await merge(at, { status: { conditions: [] } }, '--subresource=status'));
    expectPassed(await merge(at, { spec: { type: 'ClusterIP' } }));
    expectPassed(await merge(at, { spec: { selector: { app: 'db' } } }));
    expect(await cluster.decisions('no-expose')).toEqual(before);
  });
});

describe('RoleGrant', () => {
  const role = (name: string, verbs: readonly string[]): Manifest => ({
    apiVersion: `${RBAC}/v1`,
    kind: 'Role',
    metadata: { name, namespace: ns.grant },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs }],
  });

  test('is a role or a binding that gives more', async () => {
    const bob = { apiGroup: RBAC, kind: 'User', name: 'bob' };
    const binding = (...subjects: readonly Manifest[]): Manifest => ({
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'readers', namespace: ns.grant },
      roleRef: { apiGroup: RBAC, kind: 'Role', name: 'reader' },
      subjects,
    });
    await cluster.create(role('reader', ['get', 'list']), binding(bob));
    const replace = (object: Manifest) => alice.kubectl(['replace', '-f', '-'], object);
    const bind = ['create', 'rolebinding', 'b', '-n', ns.grant, '--clusterrole=view', '--user=carol'];
    const all = '[{"op":"replace","path":"/rules/0/verbs","value":["*"]}]';
    const ways: readonly (readonly [CommandResult, string])[] = [
      [await create(role('other', ['get'])), 'rules[pods].verbs get'],
      [await replace(role('reader', ['delete', 'get'])), 'rules[pods].verbs delete'],
      [
        await alice.kubectl(['patch', 'role', 'reader', '-n', ns.grant, '--type=json', '-p', all]),
        'rules[pods].verbs *',
      ],
      [await alice.kubectl(bind), 'roleRef.name view, subjects[User carol]'],
      [await replace(binding(bob, { ...bob, name: 'carol' })), 'roleRef.name reader, subjects[User carol]'],
    ];
    for (const [result, text] of ways) expectDenied(result, 'no-grant', 'RoleGrant', text);

    expectPassed(await replace(role('reader', ['list', 'get'])));
    expectPassed(await replace(role('reader', ['list'])));
    expectPassed(await replace(binding()));
  });

  test('is one for the whole cluster too, and one by aggregation', async () => {
    const clusterRole = (verbs: readonly string[]): Manifest => ({
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'reader' },
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs }],
    });
    await cluster.create(clusterRole(['get', 'list']));
    const label = (text: string) => alice.kubectl(['label', 'clusterrole', 'reader', text]);
    const bind = ['create', 'clusterrolebinding', 'all', '--clusterrole=cluster-admin', '--group=everybody'];
    const ways: readonly (readonly [CommandResult, string])[] = [
      [await alice.kubectl(['replace', '-f', '-'], clusterRole(['get', 'watch'])), 'rules[secrets].verbs watch'],
      [
        await label(`${RBAC}/aggregate-to-view=true`),
        "metadata.labels['rbac.authorization.k8s.io/aggregate-to-view'] true",
      ],
      [await alice.kubectl(bind), 'roleRef.name cluster-admin, subjects[Group everybody]'],
    ];
    for (const [result, text] of ways) expectDenied(result, 'no-cluster-grant', 'RoleGrant', text);
    expectPassed(await label('team=shop'));
    expectPassed(await alice.kubectl(['replace', '-f', '-'], clusterRole(['list'])));
  });
});

describe('Proxy', () => {
  const raw = (path: string): Promise<CommandResult> => alice.kubectl(['get', '--raw', path]);
  const service = (name: string, labels: Manifest = {}): Manifest => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: ns.proxy, labels },
    spec: { ports: [{ port: 80 }] },
  });

  test('is every way to a Pod, a Service or a Node, whatever scheme and port are named', async () => {
    await cluster.create(
      service('web'),
      service('kept', { protected: 'true' }),
      service('other'),
      pod({ namespace: ns.proxy, name: 'web' }),
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } },
    );
    const path = `/api/v1/namespaces/${ns.proxy}`;
    for (const name of ['web', 'web:80', 'https:web:443']) {
      expectDenied(
        await raw(`${path}/services/${name}/proxy/hunter2?token=hunter2`),
        'no-proxy',
        'Proxy',
        `of services/web in ${ns.proxy}`,
      );
      expectDenied(await raw(`${path}/pods/${name}/proxy/`), 'no-proxy', 'Proxy', `of pods/web in ${ns.proxy}`);
    }
    expectDenied(await raw(`${path}/services/http:kept:80/proxy/`), 'no-proxy-to-protected', 'Proxy', 'services/kept');
    expectDenied(await raw('/api/v1/nodes/node-1/proxy/pods'), 'no-proxy-to-nodes', 'Proxy', 'of nodes/node-1');
    const other = await raw(`${path}/services/other/proxy/`);
    // It got past admission: the API server itself knows no endpoints of it.
    expect(other.stderr).toMatch(/^Error from server/);
    expect(other.stderr).not.toContain('Guardrail');
    expect(json(await cluster.records('no-proxy'))).not.toContain('hunter2');
  });
});

describe('Debug', () => {
  test('is an ephemeral container, and nothing else that is written to a Pod', async () => {
    await cluster.create(pod({ namespace: ns.debug, name: 'web' }));
    const debug = ['debug', 'web', '-n', ns.debug, '--image=busybox:1', '-c', 'shell', '--profile=general'];
    expectDenied(await alice.kubectl(debug), 'no-debug', 'Debug', 'ephemeralContainers[shell].image busybox:1');
    expectPassed(await alice.kubectl(['label', 'pod', 'web', '-n', ns.debug, 'a=b']));
    expect(await told('no-debug')).toEqual([
      'Denied Debug of pods/web via ephemeralcontainers by alice: $.spec.ephemeralContainers[shell].image -> busybox:1',
    ]);
  });
});

describe('TokenRequest', () => {
  const account = (name: string, labels: Manifest = {}): Manifest => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: ns.token, labels },
  });
  const secret = (name: string, of: string): Manifest => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: ns.token, annotations: { 'kubernetes.io/service-account.name': of } },
    type: 'kubernetes.io/service-account-token',
  });

  test('is a token by /token or by a Secret, and no other Secret', async () => {
    await cluster.create(account('robot'), account('kept', { protected: 'true' }), account('free'));
    const token = (name: string) => alice.kubectl(['create', 'token', name, '-n', ns.token]);
    expectDenied(
      await token('robot'),
      'no-token',
      'TokenRequest',
      `of serviceaccounts/robot in ${ns.token}: audiences`,
    );
    expectDenied(await token('kept'), 'no-token-of-protected', 'TokenRequest', 'serviceaccounts/kept');
    expectPassed(await token('free'));
    expectDenied(await create(secret('robot-token', 'robot')), 'no-token', 'TokenRequest', 'of secrets/robot-token');
    expectPassed(
      await alice.kubectl([
        'create',
        'secret',
        'generic',
        'robot-data',
        '-n',
        ns.token,
        '--from-literal=token=hunter2',
      ]),
    );
    expect(json(await cluster.trail('no-token'))).not.toContain('hunter2');
  });

  test('is the approval of a certificate, and not its denial', async () => {
    const csr = (name: string): Manifest => ({
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name },
      spec: { request: SIGNING_REQUEST, signerName: 'example.com/nobody', usages: ['client auth'] },
    });
    await cluster.create(csr('wanted'));
    expectDenied(
      await alice.kubectl(['certificate', 'approve', 'wanted']),
      'no-approval',
      'TokenRequest',
      'signerName example.com/nobody',
    );
    expectPassed(await alice.kubectl(['certificate', 'deny', 'wanted']));
  });
});

describe('ConfigChange', () => {
  test('is other data, by any way, and is told without it', async () => {
    await cluster.create(configMap(ns.config, 'a', { data: { key: 'hunter2' } }), {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a', namespace: ns.config },
      stringData: { key: 'hunter2' },
    });
    const of = (kind: string) => [kind, 'a', '-n', ns.config];
    const ways: readonly (readonly [CommandResult, string])[] = [
      [await merge(of('configmap'), { data: { key: 'hunter3' } }), 'of configmaps/a in'],
      [await merge(of('configmap'), { binaryData: { more: 'aHVudGVyMw==' } }), 'binaryData.more'],
      [await merge(of('secret'), { stringData: { key: 'hunter3' } }), 'of secrets/a in'],
      [await merge(of('secret'), { data: null }), 'data.key'],
      [
        await alice.kubectl(
          ['apply', '--server-side', '-f', '-'],
          configMap(ns.config, 'a', { data: { other: 'hunter3' } }),
        ),
        'data.other',
      ],
    ];
    for (const [result, text] of ways) {
      expectDenied(result, 'no-config', 'ConfigChange', text);
      expect(result.stderr).not.toMatch(/hunter[23]|aHVudGVy/);
    }
    for (const kind of ['configmap', 'secret']) expectPassed(await alice.kubectl(['label', ...of(kind), 'a=b']));
    expectPassed(await create(configMap(ns.config, 'b', { data: { key: 'value' } })));
    expect(json(await cluster.trail('no-config'))).not.toMatch(/hunter[23]|aHVudGVy/);
  });
});
