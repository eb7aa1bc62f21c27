import type { GroupResource } from '../review.ts';

/** The resources that have routes of their own. */

export const POD: readonly GroupResource[] = [{ group: '', resource: 'pods' }];
export const NAMESPACE: readonly GroupResource[] = [{ group: '', resource: 'namespaces' }];
export const CSR: readonly GroupResource[] = [{ group: 'certificates.k8s.io', resource: 'certificatesigningrequests' }];
export const CRD: readonly GroupResource[] = [{ group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' }];
export const HORIZONTAL_POD_AUTOSCALER: readonly GroupResource[] = [
  { group: 'autoscaling', resource: 'horizontalpodautoscalers' },
];
/** KEDA's autoscaler, which makes a HorizontalPodAutoscaler of its own. */
export const SCALED_OBJECT: readonly GroupResource[] = [{ group: 'keda.sh', resource: 'scaledobjects' }];
