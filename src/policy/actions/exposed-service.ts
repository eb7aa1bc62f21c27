import type { Change } from '../decision.ts';
import { keySegment } from '../diff.ts';
import { isScalar, listAt, own, stringAt, stringListAt, stringMapAt } from '../json.ts';
import type { KubeObject } from '../review.ts';
import type { Target } from '../target.ts';
import { type AddressRange, isWithin, parseAddressRange } from './address-range.ts';
import { newWays, type WayIn } from './exposure.ts';
import { WorkLimit } from './work-limit.ts';

/** How far each type of Service reaches out. Others reach nowhere. */
const REACH: ReadonlyMap<string, number> = new Map([
  ['NodePort', 1],
  ['LoadBalancer', 2],
]);

/** What of a Service, before and after, can be reached from outside, and from where. */
export function exposedService({ old, new: after }: Target): Change[] {
  const isOut = isExposed(after);
  return [
    ...typeChange(old, after),
    ...newWays(externalAddresses(old), externalAddresses(after)),
    ...(isOut ? newWays(isExposed(old) ? ports(old) : [], ports(after)) : []),
    ...(isOut && isExposed(old) ? selectorChange(old, after) : []),
    ...(isBalanced(old) && isBalanced(after) ? balancerChanges(old, after) : []),
  ];
}

const typeOf = (service: KubeObject | undefined): string => stringAt(service, 'spec', 'type') ?? 'ClusterIP';
const reachOf = (service: KubeObject | undefined): number => REACH.get(typeOf(service)) ?? 0;
const isBalanced = (service: KubeObject | undefined): boolean => typeOf(service) === 'LoadBalancer';

function isExposed(service: KubeObject | undefined): boolean {
  return reachOf(service) > 0 || externalAddresses(service).length > 0;
}

function typeChange(old: KubeObject | undefined, after: KubeObject | undefined): Change[] {
  if (reachOf(after) <= reachOf(old)) return [];
  return [{ path: '$.spec.type', ...(old !== undefined && { from: typeOf(old) }), to: typeOf(after) }];
}

/** Every node takes traffic to these for the Service, whoever they belong to. */
function externalAddresses(service: KubeObject | undefined): WayIn[] {
  const external = stringListAt(service, 'spec', 'externalIPs').map((address) => ({
    key: address,
    path: `$.spec.externalIPs[${address}]`,
    text: address,
  }));
  const balanced = listAt(service, 'status', 'loadBalancer', 'ingress').flatMap((ingress) =>
    ['ip', 'hostname'].flatMap((key) => {
      const address = stringAt(ingress, key);
      return address === undefined
        ? []
        : [{ key: `status ${address}`, path: `$.status.loadBalancer.ingress[${address}]`, text: address }];
    }),
  );
  return [...external, ...balanced];
}

function ports(service: KubeObject | undefined): WayIn[] {
  return listAt(service, 'spec', 'ports').map((port) => {
    const [number, target, node] = ['port', 'targetPort', 'nodePort'].map((key) => own(port, key));
    const protocol = stringAt(port, 'protocol') ?? 'TCP';
    const route = [node, number, target].filter(isScalar);
    return {
      key: JSON.stringify([protocol, node, number, target]),
      path: `$.spec.ports[${String(isScalar(number) ? number : '')}/${protocol}]`,
      text: route.join(' to '),
    };
  });
}

/** Another selector leads those outside to other Pods; one that asks for more labels to fewer. */
function selectorChange(old: KubeObject | undefined, after: KubeObject | undefined): Change[] {
  const [before, now] = [old, after].map((service) => stringMapAt(service, 'spec', 'selector'));
  // Without a selector the endpoints are written by somebody else.
  const leadsOn =
    before !== undefined &&
    now !== undefined &&
    (before.size === 0 ? now.size === 0 : [...before].every(([key, value]) => now.get(key) === value));
  if (leadsOn) return [];
  return [{ path: '$.spec.selector', from: selectorText(before), to: selectorText(now) }];
}

const selectorText = (selector: ReadonlyMap<string, string> | undefined): string =>
  [...(selector ?? [])].map((pair) => pair.join('=')).join(', ');

/** What decides who can reach a load balancer that was there before. */
function balancerChanges(old: KubeObject | undefined, after: KubeObject | undefined): Change[] {
  const [from, to] = [old, after].map((service) => stringAt(service, 'spec', 'loadBalancerIP'));
  const elsewhere =
    to !== undefined && from !== to ? [{ path: '$.spec.loadBalancerIP', ...(from !== undefined && { from }), to }] : [];
  return [...sourceRangeChanges(old, after), ...elsewhere, ...noLongerInternal(old, after)];
}

const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';

/** The annotation counts where the field is empty. Empty is everywhere. */
function sourceRanges(service: KubeObject | undefined): string[] {
  const ranges = stringListAt(service, 'spec', 'loadBalancerSourceRanges');
  if (ranges.length > 0) return ranges;
  const annotation = annotationsOf(service).get(SOURCE_RANGES)?.trim() ?? '';
  return annotation === '' ? [] : annotation.split(',').map((range) => range.trim());
}

function sourceRangeChanges(old: KubeObject | undefined, after: KubeObject | undefined): Change[] {
  const [from, to] = [sourceRanges(old), sourceRanges(after)];
  const path = '$.spec.loadBalancerSourceRanges';
  if (from.length === 0) return [];
  if (to.length === 0) return [{ path, from }];
  const known = new Set(from);
  const before = from.map(parseAddressRange).filter((range) => range !== undefined);
  const limit = new WorkLimit();
  const isCovered = (range: AddressRange) => limit.some(before, (outer) => isWithin(range, outer));
  const added = to.filter((text) => {
    if (known.has(text)) return false;
    const range = parseAddressRange(text);
    return range === undefined || !isCovered(range);
  });
  return added.length === 0 ? [] : [{ path, to: added }];
}

const annotationsOf = (service: KubeObject | undefined) => stringMapAt(service, 'metadata', 'annotations');

/** The annotations by which the well-known clouds make a load balancer an internal one, with the values that do. */
const INTERNAL: ReadonlyMap<string, (value: string) => boolean> = new Map([
  ...[
    'service.beta.kubernetes.io/aws-load-balancer-internal',
    'service.beta.kubernetes.io/azure-load-balancer-internal',
    'service.beta.kubernetes.io/openstack-internal-load-balancer',
    'service.beta.kubernetes.io/oci-load-balancer-internal',
  ].map((key) => [key, (value: string) => value !== 'false' && value !== ''] as const),
  ['service.beta.kubernetes.io/aws-load-balancer-scheme', (value) => value === 'internal'],
  ['networking.gke.io/load-balancer-type', (value) => value === 'Internal'],
  ['cloud.google.com/load-balancer-type', (value) => value === 'Internal'],
  ['service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type', (value) => value === 'private'],
  ['service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type', (value) => value === 'intranet'],
]);

function noLongerInternal(old: KubeObject | undefined, after: KubeObject | undefined): Change[] {
  const [from, to] = [annotationsOf(old), annotationsOf(after)];
  return [...INTERNAL]
    .filter(([key, isInternal]) => isInternal(from.get(key) ?? '') && !isInternal(to.get(key) ?? ''))
    .map(([key]) => ({ path: `$.metadata.annotations${keySegment(key)}`, from: from.get(key), to: to.get(key) }));
}
