import type { ResourceRule } from '../api/v1alpha1.ts';
import { rulesName } from './match.ts';
import type { GroupResource } from './review.ts';

/** What no guardrail can judge, and why. `resource` "*" is every resource of the group. */
const NEVER_SENT: readonly { readonly group: string; readonly resource: string; readonly why: string }[] = [
  ...[
    'validatingwebhookconfigurations',
    'mutatingwebhookconfigurations',
    'validatingadmissionpolicies',
    'validatingadmissionpolicybindings',
    'mutatingadmissionpolicies',
    'mutatingadmissionpolicybindings',
  ].map((resource) => ({
    group: 'admissionregistration.k8s.io',
    resource,
    why: 'the API server sends them to no webhook',
  })),
  { group: 'coordination.k8s.io', resource: 'leases', why: 'the cluster could not stay alive' },
  { group: '', resource: 'events', why: 'they would drown what matters' },
  { group: 'events.k8s.io', resource: 'events', why: 'they would drown what matters' },
  ...['tokenreviews', 'selfsubjectreviews'].map((resource) => ({
    group: 'authentication.k8s.io',
    resource,
    why: 'nobody could log in',
  })),
  ...['subjectaccessreviews', 'localsubjectaccessreviews', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews'].map(
    (resource) => ({ group: 'authorization.k8s.io', resource, why: 'nobody could be authorised' }),
  ),
];

/** The resources that rules name, not by a wildcard, and that are never sent; each with the reason. */
export function neverSent(rules: readonly ResourceRule[]): string[] {
  const exact = rules.map(({ apiGroups, resources }) => ({
    apiGroups: apiGroups.filter((group) => group !== '*'),
    resources: resources.filter((resource) => resource !== '*'),
  }));
  return NEVER_SENT.filter((one) => rulesName(exact, one)).map(
    ({ group, resource, why }) => `${resource}${group === '' ? '' : `.${group}`} (${why})`,
  );
}

/** Whether no guardrail can judge a resource, by whatever wildcard it is named. */
export function isNeverSent({ group, resource }: GroupResource): boolean {
  return NEVER_SENT.some((one) => one.group === group && one.resource === resource);
}
