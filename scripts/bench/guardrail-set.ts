import type { Guardrail, GuardrailAudit, GuardrailSpec } from '../../src/api/v1alpha1.ts';
import { OTHER_KINDS, RESTRICTIONS, RULES, type Rule } from './rules.ts';

/** How many guardrails of which sort. */
export interface Composition {
  /** They match the release, and don't trip. At least one. */
  readonly matching: number;
  /** On Deployments, but of other names or other people. */
  readonly sameKind?: number;
  readonly otherKinds?: number;
}

/** The label by which the guardrails of a set are found. */
export const SET_LABEL = 'bench.guardrails.dev/set';

/** A ValidatingAdmissionPolicy and its binding. */
export interface Policy {
  readonly policy: object;
  readonly binding: object;
}

interface Member {
  readonly rule: Rule;
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly match?: Partial<GuardrailSpec['match']>;
  readonly condition?: string;
}

const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments' };

function members({ matching, sameKind = 0, otherKinds = 0 }: Composition): Member[] {
  const ruleOf = (number: number): Rule => pick(RULES, number)(number);
  return [
    ...times(matching, (number) => ({ rule: ruleOf(number), resource: DEPLOYMENTS })),
    ...times(sameKind, (number) => {
      const { match, cel } = pick(RESTRICTIONS, number);
      return { rule: ruleOf(number), resource: DEPLOYMENTS, match, condition: cel };
    }),
    ...times(otherKinds, (number) => ({ rule: LABELLED, resource: pick(OTHER_KINDS, number) })),
  ];
}

/** A rule that any kind can have. */
const LABELLED: Rule = {
  actions: ['Update', 'Delete'],
  when: [{ field: { path: "$.metadata.labels['example.com/freeze']", operator: 'Exists' } }],
  cel: "!object.metadata.?labels['example.com/freeze'].hasValue()",
};

/** The Guardrails of a set. `audit` is left out of them if it is undefined: then they have its default. */
export function guardrailsOf(
  set: string,
  composition: Composition,
  audit: GuardrailAudit['allowed'] | undefined,
): Guardrail[] {
  return members(composition).map(({ rule, resource, match }, index) => ({
    apiVersion: 'guardrails.dev/v1alpha1',
    kind: 'Guardrail',
    metadata: { name: nameOf(set, index), labels: { [SET_LABEL]: set } },
    spec: {
      description: 'One of many, to see what many cost.',
      enforcement: 'Deny',
      failurePolicy: 'Fail',
      match: {
        actions: rule.actions,
        resources: [{ apiGroups: [resource.group], resources: [resource.resource] }],
        ...match,
      },
      when: [...rule.when],
      message: '{{ $.target.metadata.name }} may not be changed so; ask the platform team.',
      ...(audit !== undefined && { audit: { allowed: audit } }),
    },
  }));
}

/** The same rules as ValidatingAdmissionPolicies. */
export function policiesOf(set: string, composition: Composition): Policy[] {
  return members(composition).map(({ rule, resource, condition }, index) => {
    const name = nameOf(set, index);
    return {
      policy: {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name, labels: { [SET_LABEL]: set } },
        spec: {
          failurePolicy: 'Fail',
          matchConstraints: {
            resourceRules: [
              {
                apiGroups: [resource.group],
                apiVersions: [resource.version],
                operations: ['UPDATE'],
                resources: [resource.resource],
              },
            ],
          },
          ...(condition !== undefined && { matchConditions: [{ name: 'restriction', expression: condition }] }),
          validations: [{ expression: rule.cel, message: 'may not be changed so; ask the platform team' }],
        },
      },
      binding: {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name, labels: { [SET_LABEL]: set } },
        spec: { policyName: name, validationActions: ['Deny'] },
      },
    };
  });
}

const nameOf = (set: string, index: number): string => `${set}-${String(index).padStart(4, '0')}`;

function pick<T>(items: readonly T[], index: number): T {
  const item = items[index % items.length];
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
}

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
