import { describe, expect, test } from 'vitest';
import { serviceExpose } from '../../../../src/policy/actions/service-expose.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';
import { targetOf } from '../../../../src/policy/target.ts';
import { compiled, findingOf } from '../support/judge.ts';
import { review } from '../support/reviews.ts';

type Fields = Readonly<Record<string, unknown>>;

const CORE = { group: '', resource: 'services' };
const INGRESS = { group: 'networking.k8s.io', resource: 'ingresses' };
const gateway = (resource: string) => ({ group: 'gateway.networking.k8s.io', resource });

const exposes = (of: Review) =>
  serviceExpose.detect({ review: of, target: targetOf(of, undefined, undefined), info: undefined });

const reviewOf = (of: Partial<Review>, before: KubeObject | undefined, after: KubeObject): Review =>
  review({ ...of, ...(before === undefined ? { operation: 'CREATE' } : { oldObject: before }), object: after });

const isExposed = (of: Partial<Review>, before: KubeObject | undefined, after: KubeObject): boolean =>
  exposes(reviewOf(of, before, after)) !== undefined;

const port = (number: number, more: Fields = {}): Fields => ({
  port: number,
  targetPort: 8080,
  protocol: 'TCP',
  ...more,
});
const service = (spec: Fields, more: Fields = {}): KubeObject => ({
  spec: { type: 'ClusterIP', selector: { app: 'web' }, ports: [port(80)], ...spec },
  ...more,
});
const nodePort = (spec: Fields = {}): KubeObject =>
  service({ type: 'NodePort', ports: [port(80, { nodePort: 30_080 })], ...spec });
const balancer = (spec: Fields = {}, more: Fields = {}): KubeObject => service({ type: 'LoadBalancer', ...spec }, more);
const annotated = (annotations: Fields, spec: Fields = {}): KubeObject => balancer(spec, { metadata: { annotations } });
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const AWS_INTERNAL = 'service.beta.kubernetes.io/aws-load-balancer-internal';
const GKE_TYPE = 'networking.gke.io/load-balancer-type';

describe('a Service', () => {
  test.each<[string, KubeObject | undefined, KubeObject, boolean]>([
    ['of the inside that is created', undefined, service({}), false],
    ['without a type that is created', undefined, { spec: { ports: [port(80)] } }, false],
    ['that leads out by a name', undefined, service({ type: 'ExternalName', externalName: 'example.com' }), false],
    ['with a node port that is created', undefined, nodePort(), true],
    ['with a load balancer that is created', undefined, balancer(), true],
    ['with an external address that is created', undefined, service({ externalIPs: ['198.51.100.7'] }), true],
    ['that gets a node port', service({}), nodePort(), true],
    ['that gets a load balancer', nodePort(), balancer({ ports: [port(80, { nodePort: 30_080 })] }), true],
    ['that loses its load balancer', balancer({ ports: [port(80, { nodePort: 30_080 })] }), nodePort(), false],
    ['that goes back inside', nodePort(), service({}), false],
    ['that gets an external address', service({}), service({ externalIPs: ['198.51.100.7'] }), true],
    [
      'whose external addresses are reordered',
      service({ externalIPs: ['a', 'b'] }),
      service({ externalIPs: ['b', 'a'] }),
      false,
    ],
    ['that loses an external address', service({ externalIPs: ['a', 'b'] }), service({ externalIPs: ['b'] }), false],
    ['of the inside with one more port', service({}), service({ ports: [port(80), port(443)] }), false],
    ['of the inside with another selector', service({}), service({ selector: { app: 'db' } }), false],
    ['that is exposed, with one more port', balancer(), balancer({ ports: [port(80), port(443)] }), true],
    ['that is exposed, with one port less', balancer({ ports: [port(80), port(443)] }), balancer(), false],
    [
      'that is exposed, with its ports reordered',
      balancer({ ports: [port(80), port(443)] }),
      balancer({ ports: [port(443), port(80)] }),
      false,
    ],
    ['that is exposed, whose port is renamed', balancer(), balancer({ ports: [port(80, { name: 'http' })] }), false],
    [
      'that is exposed, with another node port',
      nodePort(),
      nodePort({ ports: [port(80, { nodePort: 30_081 })] }),
      true,
    ],
    [
      'that is exposed, with another port behind',
      balancer(),
      balancer({ ports: [port(80, { targetPort: 9090 })] }),
      true,
    ],
    ['that is exposed, with another selector', balancer(), balancer({ selector: { app: 'db' } }), true],
    ['that is exposed, without a selector', balancer(), balancer({ selector: null }), true],
    [
      'that is exposed, with a selector that asks for more',
      balancer(),
      balancer({ selector: { app: 'web', color: 'blue' } }),
      false,
    ],
    [
      'that is exposed, with a selector that asks for less',
      balancer({ selector: { app: 'web', color: 'blue' } }),
      balancer(),
      true,
    ],
    ['that is exposed, with a first selector', balancer({ selector: null }), balancer(), true],
    ['that is exposed, with sticky sessions', balancer(), balancer({ sessionAffinity: 'ClientIP' }), false],
    [
      'that is open to more sources',
      balancer({ loadBalancerSourceRanges: ['10.0.0.0/8'] }),
      balancer({ loadBalancerSourceRanges: ['10.0.0.0/8', '192.0.2.0/24'] }),
      true,
    ],
    ['that is open to all sources', balancer({ loadBalancerSourceRanges: ['10.0.0.0/8'] }), balancer(), true],
    [
      'that is open to fewer sources',
      balancer({ loadBalancerSourceRanges: ['10.0.0.0/8'] }),
      balancer({ loadBalancerSourceRanges: ['10.1.0.0/16'] }),
      false,
    ],
    ['that is open to some sources alone', balancer(), balancer({ loadBalancerSourceRanges: ['0.0.0.0/0'] }), false],
    [
      'whose sources are opened by the annotation',
      annotated({ [SOURCE_RANGES]: '10.0.0.0/8' }),
      annotated({ [SOURCE_RANGES]: '10.0.0.0/8, 0.0.0.0/0' }),
      true,
    ],
    [
      'whose annotation of sources does not count',
      annotated({ [SOURCE_RANGES]: '10.0.0.0/8' }, { loadBalancerSourceRanges: ['10.0.0.0/8'] }),
      balancer({ loadBalancerSourceRanges: ['10.0.0.0/8'] }),
      false,
    ],
    ['whose load balancer was internal', annotated({ [AWS_INTERNAL]: 'true' }), annotated({}), true],
    [
      'whose load balancer is told not to be internal',
      annotated({ [AWS_INTERNAL]: 'true' }),
      annotated({ [AWS_INTERNAL]: 'false' }),
      true,
    ],
    ['whose load balancer becomes internal', annotated({}), annotated({ [AWS_INTERNAL]: 'true' }), false],
    [
      'whose load balancer was internal by a type',
      annotated({ [GKE_TYPE]: 'Internal' }),
      annotated({ [GKE_TYPE]: 'External' }),
      true,
    ],
    ['with another annotation', annotated({}), annotated({ a: 'b' }), false],
    [
      'that is at another address',
      balancer({ loadBalancerIP: '198.51.100.7' }),
      balancer({ loadBalancerIP: '198.51.100.8' }),
      true,
    ],
    ['that lets go of its address', balancer({ loadBalancerIP: '198.51.100.7' }), balancer(), false],
  ])('%s', (_name, before, after, is) => expect(isExposed(CORE, before, after)).toBe(is));

  const at = (...ingress: readonly Fields[]): KubeObject => balancer({}, { status: { loadBalancer: { ingress } } });
  test.each<[string, KubeObject, KubeObject, boolean]>([
    ['a first address', balancer(), at({ ip: '198.51.100.7' }), true],
    ['a name', balancer(), at({ hostname: 'lb.example.com' }), true],
    ['one more address', at({ ip: 'a' }), at({ ip: 'a' }, { ip: 'b' }), true],
    ['the same address with its ports', at({ ip: 'a' }), at({ ip: 'a', ports: [{ port: 80 }] }), false],
    ['no address any more', at({ ip: 'a' }), balancer(), false],
    ['an annotation that goes', annotated({ [AWS_INTERNAL]: 'true' }), annotated({}), true],
  ])('a write to /status with %s', (_name, before, after, is) =>
    expect(isExposed({ ...CORE, subresource: 'status' }, before, after)).toBe(is),
  );

  test('is told with the ways in', () => {
    const told = (before: KubeObject | undefined, after: KubeObject) =>
      findingOf(compiled({ actions: ['ServiceExpose'] }), reviewOf(CORE, before, after))?.message;
    expect(told(service({}), nodePort())).toContain(': type ClusterIP -> NodePort, ports[80/TCP] 30080 to 80 to 8080');
    expect(told(balancer(), balancer({ selector: { app: 'db' } }))).toContain(': selector app=web -> app=db');
    const ranges = { loadBalancerSourceRanges: ['10.0.0.0/8'] };
    expect(told(balancer(ranges), balancer())).toContain(': loadBalancerSourceRanges 10.0.0.0/8 removed');
    expect(told(annotated({ [AWS_INTERNAL]: 'hunter2' }), annotated({}))).not.toContain('hunter2');
  });

  test('the same fields of another kind are not looked at', () =>
    expect(isExposed({ group: 'serving.knative.dev', resource: 'services' }, undefined, nodePort())).toBe(false));
});

const backend = (name: string): Fields => ({ service: { name, port: { number: 80 } } });
const path = (at: string, to = 'web'): Fields => ({ path: at, pathType: 'Prefix', backend: backend(to) });
const host = (name: string | undefined, ...paths: readonly Fields[]): Fields => ({
  ...(name !== undefined && { host: name }),
  ...(paths.length > 0 && { http: { paths } }),
});
const ingress = (rules: readonly Fields[], spec: Fields = {}, annotations: Fields = {}): KubeObject => ({
  metadata: { annotations },
  spec: { ingressClassName: 'inside', rules, ...spec },
});

describe('an Ingress', () => {
  const SHOP = host('shop.example.com', path('/'), path('/cart'));
  test.each<[string, KubeObject | undefined, KubeObject, boolean]>([
    ['that is created', undefined, ingress([SHOP]), true],
    ['that is created with a default backend alone', undefined, ingress([], { defaultBackend: backend('web') }), true],
    [
      'with its rules and paths reordered',
      ingress([SHOP, host('a', path('/'))]),
      ingress([host('a', path('/')), host('shop.example.com', path('/cart'), path('/'))]),
      false,
    ],
    [
      'with one more path',
      ingress([SHOP]),
      ingress([host('shop.example.com', path('/'), path('/cart'), path('/admin'))]),
      true,
    ],
    ['with one path less', ingress([SHOP]), ingress([host('shop.example.com', path('/cart'))]), false],
    ['with one more host', ingress([SHOP]), ingress([SHOP, host('b.example.com', path('/'))]), true],
    ['for every host', ingress([SHOP]), ingress([host(undefined, path('/'), path('/cart'))]), true],
    [
      'with another backend',
      ingress([SHOP]),
      ingress([host('shop.example.com', path('/', 'db'), path('/cart'))]),
      true,
    ],
    [
      'with another type of path',
      ingress([SHOP]),
      ingress([host('shop.example.com', { ...path('/'), pathType: 'Exact' }, path('/cart'))]),
      true,
    ],
    ['with a default backend', ingress([SHOP]), ingress([SHOP], { defaultBackend: backend('web') }), true],
    [
      'with one more host for the default backend',
      ingress([SHOP], { defaultBackend: backend('web') }),
      ingress([SHOP, host('b')], { defaultBackend: backend('web') }),
      true,
    ],
    ['in another class', ingress([SHOP]), ingress([SHOP], { ingressClassName: 'outside' }), true],
    [
      'in another class by annotation',
      ingress([SHOP]),
      ingress([SHOP], {}, { 'kubernetes.io/ingress.class': 'outside' }),
      true,
    ],
    ['with another annotation', ingress([SHOP]), ingress([SHOP], {}, { a: 'b' }), false],
    ['with a certificate', ingress([SHOP]), ingress([SHOP], { tls: [{ hosts: ['shop.example.com'] }] }), false],
  ])('%s', (_name, before, after, is) => expect(isExposed(INGRESS, before, after)).toBe(is));
});

const ref = (name: string, more: Fields = {}): Fields => ({ name, port: 80, weight: 1, ...more });
const routeRule = (at: string, backendRefs: readonly Fields[], more: Fields = {}): Fields => ({
  matches: [{ path: { type: 'PathPrefix', value: at } }],
  backendRefs,
  ...more,
});
const route = (spec: Fields): KubeObject => ({
  spec: { parentRefs: [{ name: 'front' }], rules: [routeRule('/', [ref('web')])], ...spec },
});
const rules = (...all: readonly Fields[]): KubeObject => route({ rules: all });

describe('a route of the Gateway API', () => {
  test.each<[string, KubeObject | undefined, KubeObject, boolean]>([
    ['that is created', undefined, route({}), true],
    [
      'with another order of rules',
      rules(routeRule('/', [ref('a')]), routeRule('/b', [ref('b')])),
      rules(routeRule('/b', [ref('b')]), routeRule('/', [ref('a')])),
      false,
    ],
    ['on one more Gateway', route({}), route({ parentRefs: [{ name: 'front' }, { name: 'public' }] }), true],
    ['on another listener', route({}), route({ parentRefs: [{ name: 'front', sectionName: 'public' }] }), true],
    ['on one Gateway less', route({ parentRefs: [{ name: 'front' }, { name: 'public' }] }), route({}), false],
    ['with one more hostname', route({ hostnames: ['a'] }), route({ hostnames: ['a', 'b'] }), true],
    ['with one hostname less', route({ hostnames: ['a', 'b'] }), route({ hostnames: ['b'] }), false],
    ['with every hostname', route({ hostnames: ['a'] }), route({}), true],
    ['with some hostnames alone', route({}), route({ hostnames: ['a'] }), false],
    ['with one more backend', route({}), rules(routeRule('/', [ref('web'), ref('db')])), true],
    [
      'with other weights',
      rules(routeRule('/', [ref('web'), ref('canary')])),
      rules(routeRule('/', [ref('web', { weight: 90 }), ref('canary', { weight: 10 })])),
      false,
    ],
    [
      'with a backend that had no weight',
      rules(routeRule('/', [ref('web'), ref('db', { weight: 0 })])),
      rules(routeRule('/', [ref('web'), ref('db')])),
      true,
    ],
    [
      'with a backend of another namespace',
      route({}),
      rules(routeRule('/', [ref('web', { namespace: 'other' })])),
      true,
    ],
    ['with one more match', route({}), rules(routeRule('/', [ref('web')]), routeRule('/admin', [ref('web')])), true],
    [
      'with a match that goes',
      rules(routeRule('/', [ref('web')]), routeRule('/admin', [ref('web')])),
      route({}),
      false,
    ],
    [
      'with its rules joined',
      rules(routeRule('/', [ref('a')]), routeRule('/', [ref('b')])),
      rules(routeRule('/', [ref('a'), ref('b')])),
      false,
    ],
    [
      'with a filter less',
      rules(routeRule('/', [ref('web')], { filters: [{ type: 'ExtensionRef' }] })),
      route({}),
      true,
    ],
    [
      'with a header more in answers',
      route({}),
      rules(routeRule('/', [ref('web')], { filters: [{ type: 'ResponseHeaderModifier' }] })),
      false,
    ],
    [
      'with a mirror',
      route({}),
      rules(
        routeRule('/', [ref('web')], {
          filters: [{ type: 'RequestMirror', requestMirror: { backendRef: ref('db') } }],
        }),
      ),
      true,
    ],
    [
      'with a timeout',
      route({}),
      rules(routeRule('/', [ref('web')], { timeouts: { request: '1s' }, name: 'a' })),
      false,
    ],
  ])('%s', (_name, before, after, is) => {
    for (const kind of ['httproutes', 'grpcroutes', 'tcproutes', 'tlsroutes', 'udproutes']) {
      expect(isExposed(gateway(kind), before, after)).toBe(is);
    }
  });
});

const listener = (name: string, number: number, more: Fields = {}): Fields => ({
  name,
  port: number,
  protocol: 'HTTPS',
  ...more,
});
const listening = (listeners: readonly Fields[], spec: Fields = {}): KubeObject => ({
  spec: { gatewayClassName: 'inside', listeners, ...spec },
});

describe('a Gateway, or a set of listeners', () => {
  test.each<[string, KubeObject | undefined, KubeObject, boolean]>([
    ['that is created', undefined, listening([listener('web', 443)]), true],
    [
      'with one more listener',
      listening([listener('web', 443)]),
      listening([listener('web', 443), listener('admin', 8443)]),
      true,
    ],
    [
      'with one listener less',
      listening([listener('web', 443), listener('admin', 8443)]),
      listening([listener('web', 443)]),
      false,
    ],
    ['with a listener of another name', listening([listener('web', 443)]), listening([listener('https', 443)]), false],
    ['with a certificate', listening([listener('web', 443)]), listening([listener('web', 443, { tls: {} })]), false],
    [
      'for every hostname',
      listening([listener('web', 443, { hostname: 'a' })]),
      listening([listener('web', 443)]),
      true,
    ],
    [
      'for routes of all namespaces',
      listening([listener('web', 443)]),
      listening([listener('web', 443, { allowedRoutes: { namespaces: { from: 'All' } } })]),
      true,
    ],
    [
      'of another class',
      listening([listener('web', 443)]),
      listening([listener('web', 443)], { gatewayClassName: 'outside' }),
      true,
    ],
    ['at one more address', listening([]), listening([], { addresses: [{ value: '198.51.100.7' }] }), true],
    [
      'on another Gateway',
      listening([], { parentRef: { name: 'a' } }),
      listening([], { parentRef: { name: 'b' } }),
      true,
    ],
  ])('%s', (_name, before, after, is) => {
    for (const kind of ['gateways', 'listenersets']) expect(isExposed(gateway(kind), before, after)).toBe(is);
  });
});

describe('a ReferenceGrant', () => {
  const FROM = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'front' };
  const grant = (from: readonly Fields[], to: readonly Fields[]): KubeObject => ({ spec: { from, to } });
  const TO = { group: '', kind: 'Service', name: 'web' };
  test.each<[string, KubeObject | undefined, KubeObject, boolean]>([
    ['that is created', undefined, grant([FROM], [TO]), true],
    ['to one more namespace', grant([FROM], [TO]), grant([FROM, { ...FROM, namespace: 'other' }], [TO]), true],
    ['to every Service', grant([FROM], [TO]), grant([FROM], [{ group: '', kind: 'Service' }]), true],
    ['to one namespace less', grant([FROM, { ...FROM, namespace: 'other' }], [TO]), grant([FROM], [TO]), false],
  ])('%s', (_name, before, after, is) => expect(isExposed(gateway('referencegrants'), before, after)).toBe(is));
});

test('types that the API does not allow are read without a word, and so is what is huge', { timeout: 60_000 }, () => {
  const huge = Array.from({ length: 5_000 }, (_, index) => routeRule(`/${index}`, [ref('web')]));
  const wide = [{ matches: huge, backendRefs: huge, filters: huge }];
  for (const odd of [1, 'a', null, {}, [1, null, [], { http: 1, from: 1 }], huge, wide]) {
    const object = {
      spec: {
        type: odd,
        ports: odd,
        rules: odd,
        externalIPs: odd,
        listeners: odd,
        from: odd,
        hostnames: odd,
        parentRef: odd,
      },
    };
    for (const of of [CORE, INGRESS, ...['httproutes', 'gateways', 'referencegrants'].map(gateway)]) {
      const start = process.cpuUsage();
      expect(() => exposes(reviewOf(of, { spec: {} }, object))).not.toThrow();
      expect(process.cpuUsage(start).user / 1_000).toBeLessThan(2_000);
    }
  }
});
