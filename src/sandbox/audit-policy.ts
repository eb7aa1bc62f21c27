import { stringify } from 'yaml';

/** How much kube-apiserver's audit log says of each request. */
export const AUDIT_LEVELS = ['Metadata', 'RequestResponse'] as const;

/** One of `AUDIT_LEVELS`. */
export type AuditLevel = (typeof AUDIT_LEVELS)[number];

/** Returns the text of the audit policy that logs every request once, when it is answered, at that level. */
export const auditPolicyText = (level: AuditLevel): string =>
  stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level }],
  });
