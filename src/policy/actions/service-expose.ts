import { resourceKey } from '../resource-map.ts';
import type { GroupResource } from '../review.ts';
import type { Action } from './action.ts';
import { ifAny } from './changes.ts';
import { exposedByGrant, exposedListeners, exposedRoute } from './exposed-gateway.ts';
import { exposedIngress } from './exposed-ingress.ts';
import { exposedService } from './exposed-service.ts';
import type { Exposure } from './exposure.ts';

const SERVICE: readonly GroupResource[] = [{ group: '', resource: 'services' }];

/** How each kind lets the outside in. */
const EXPOSURES: readonly (readonly [GroupResource, Exposure])[] = [
  ...SERVICE.map((resource) => [resource, exposedService] as const),
  [{ group: 'networking.k8s.io', resource: 'ingresses' }, exposedIngress],
  ...gatewayApi(['httproutes', 'grpcroutes', 'tcproutes', 'tlsroutes', 'udproutes'], exposedRoute),
  ...gatewayApi(['gateways', 'listenersets'], exposedListeners),
  ...gatewayApi(['referencegrants'], exposedByGrant),
];

function gatewayApi(resources: readonly string[], exposure: Exposure): (readonly [GroupResource, Exposure])[] {
  return resources.map((resource) => [{ group: 'gateway.networking.k8s.io', resource }, exposure]);
}

const EXPOSURE_OF: ReadonlyMap<string, Exposure> = new Map(
  EXPOSURES.map(([resource, exposure]) => [resourceKey(resource), exposure]),
);

/** A Service can be reached from outside. */
export const serviceExpose: Action = {
  name: 'ServiceExpose',
  implies: [],
  summary:
    'More can be reached from outside, or from more of it: through a Service of type NodePort or LoadBalancer or with external addresses, an Ingress, or a Gateway and its routes.',
  resources: {
    builtIn: EXPOSURES.map(([resource]) => resource),
    custom: () => false,
    text: 'services, ingresses, and the routes, Gateways, ListenerSets and ReferenceGrants of the Gateway API',
  },
  routes: [
    { operation: 'CREATE', subresource: '' },
    { operation: 'UPDATE', subresource: '' },
    { operation: 'UPDATE', subresource: 'status', only: SERVICE },
  ],
  notes: [
    'Of a Service that is exposed already, a new port, node port or selector counts, as do wider `loadBalancerSourceRanges`, and a load balancer that was internal by the annotation of a well-known cloud.',
    'An address in `status.loadBalancer` takes traffic as an external address does. The service controller writes it as well; other programs that do so have to be excluded by `subjects`.',
  ],
  unseen: [
    'A Service of type ExternalName leads out, not in. Endpoints, and the labels of Pods, decide where an exposed Service leads: guard Update and LabelChange of these.',
    'A path or match that is taken away counts for nothing, even if a wider one then answers for it.',
    "Host ports and host networking of Pods, the annotations of ingress controllers and the clouds' other settings are not looked at.",
    'OpenShift Routes and the resources of meshes and ingress controllers are custom resources: guard Create and Update of these.',
  ],
  detect: ({ review, target }) => {
    const exposure = EXPOSURE_OF.get(resourceKey(review));
    return exposure && target.new !== undefined ? ifAny(exposure(target)) : undefined;
  },
};
