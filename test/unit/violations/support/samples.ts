import type { Decision, Finding } from '../../../../src/policy/decision.ts';
import type { Review } from '../../../../src/policy/review.ts';

/** A review of scaling deployment `web` in `shop`, with the given parts changed. */
export const review = (parts: Partial<Review> = {}): Review => ({
  uid: '7b1f9a3e-0c1d-4b52-a7a4-2d6b0a3c9f10',
  operation: 'UPDATE',
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  subresource: '',
  namespace: 'shop',
  name: 'web',
  subject: { username: 'alice', groups: ['dev', 'system:authenticated'] },
  dryRun: false,
  ...parts,
});

/** A denied finding on it, with the given parts changed. */
export const finding = (parts: Partial<Finding> = {}): Finding => ({
  guardrail: { name: 'no-sudden-scale-down', uid: '11111111-2222-3333-4444-555555555555', generation: 3 },
  severity: 'High',
  enforcement: 'Deny',
  auditAllowed: 'Record',
  outcome: 'Denied',
  reason: 'Tripped',
  action: 'ScaleDown',
  actions: ['ScaleDown', 'Update'],
  changes: [{ path: '$.spec.replicas', from: 10, to: 2 }],
  message: 'replicas 10 -> 2 (-80%).',
  targetUid: '99999999-aaaa-bbbb-cccc-dddddddddddd',
  ...parts,
});

/** The decision that findings make. */
export const decision = (...findings: readonly Finding[]): Decision => ({
  allowed: findings.every(({ outcome }) => outcome !== 'Denied'),
  findings,
});
