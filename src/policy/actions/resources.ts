import type { GroupResource } from '../review.ts';

/** The resources that have routes of their own. */

export const POD: readonly GroupResource[] = [{ group: '', resource: 'pods' }];
export const NAMESPACE: readonly GroupResource[] = [{ group: '', resource: 'namespaces' }];
export const CSR: readonly GroupResource[] = [{ group: 'certificates.k8s.io', resource: 'certificatesigningrequests' }];
