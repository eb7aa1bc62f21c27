import type { GuardrailSpec, WhenEntry } from '../../src/api/v1alpha1.ts';

/** A rule as both languages say it. */
export interface Rule {
  readonly actions: GuardrailSpec['match']['actions'];
  readonly when: readonly WhenEntry[];
  /** The same for ValidatingAdmissionPolicy: true if the request may pass. */
  readonly cel: string;
}

/**
 * The rules on Deployments, each for its number, so that no two of one kind are equal. All match the release that is
 * measured, and none trips on it. The first trips on the collapse.
 */
export const RULES: readonly ((number: number) => Rule)[] = [
  (number) => ({
    actions: ['ScaleDown'],
    when: [{ change: { type: 'Decreased', byMoreThan: `${50 + (number % 30)}%` } }],
    cel: `(oldObject.spec.replicas - object.spec.replicas) * 100 <= oldObject.spec.replicas * ${50 + (number % 30)}`,
  }),
  (number) => ({
    actions: ['ImageChange'],
    when: [{ images: { notFrom: [`mirror-${number}.example.com/*`, 'registry.example.com/*'] } }],
    cel:
      "(object.spec.template.spec.containers + object.spec.template.spec.?initContainers.orValue([])).all(c, c.image.startsWith('" +
      `mirror-${number}.example.com/') || c.image.startsWith('registry.example.com/'))`,
  }),
  () => ({
    actions: ['Update'],
    when: [{ field: { path: '$.spec.template.spec.containers[*].resources.limits.memory', operator: 'DoesNotExist' } }],
    cel: 'object.spec.template.spec.containers.all(c, has(c.resources.limits) && "memory" in c.resources.limits)',
  }),
  () => ({
    actions: ['Update'],
    when: [{ change: { path: '$.spec.strategy.type', type: 'Changed' } }],
    cel: 'object.spec.strategy.type == oldObject.spec.strategy.type',
  }),
  (number) => ({
    actions: ['Update'],
    when: [
      { field: { path: "$.metadata.labels['example.com/freeze']", operator: 'Equals', values: [`wave-${number}`] } },
    ],
    cel: `object.metadata.?labels['example.com/freeze'].orValue('') != 'wave-${number}'`,
  }),
];

/** What keeps a guardrail on Deployments from matching the release. */
export interface Restriction {
  readonly match: Partial<GuardrailSpec['match']>;
  /** The same for ValidatingAdmissionPolicy, as a match condition. */
  readonly cel: string;
}

/** By its name, and by who acts. */
export const RESTRICTIONS: readonly Restriction[] = [
  { match: { names: ['search-*'] }, cel: "object.metadata.name.startsWith('search-')" },
  {
    match: { subjects: { include: [{ kind: 'Group', name: 'contractors' }] } },
    cel: "'contractors' in request.userInfo.groups",
  },
];

/** Other kinds that people guard. */
export const OTHER_KINDS: readonly { readonly group: string; readonly version: string; readonly resource: string }[] = [
  { group: 'apps', version: 'v1', resource: 'statefulsets' },
  { group: 'apps', version: 'v1', resource: 'daemonsets' },
  { group: 'batch', version: 'v1', resource: 'cronjobs' },
  { group: '', version: 'v1', resource: 'services' },
  { group: '', version: 'v1', resource: 'persistentvolumeclaims' },
  { group: 'networking.k8s.io', version: 'v1', resource: 'networkpolicies' },
  { group: 'networking.k8s.io', version: 'v1', resource: 'ingresses' },
  { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'rolebindings' },
];
