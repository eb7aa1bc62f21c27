import type { GuardrailAudit } from '../../src/api/v1alpha1.ts';
import type { Composition } from './guardrail-set.ts';

/** Operators that are measured, by the name of their set of guardrails. */
export interface OperatorVariant {
  readonly name: string;
  readonly title: string;
  readonly composition: Composition;
  /** `spec.audit.allowed` of all its guardrails; left out for the default. */
  readonly audit?: NonNullable<GuardrailAudit['allowed']>;
}

/** A hundred guardrails of which ten match: the rest are of other names, other people and other kinds. */
export const USUAL: Composition = { matching: 10, sameKind: 30, otherKinds: 60 };

/** A thousand guardrails of which ten match. */
export const THOUSAND: Composition = { matching: 10, sameKind: 330, otherKinds: 660 };

/** What has no guardrails. */
export const NONE = 'none';
export const NOOP = 'noop';
export const POLICIES_USUAL = 'policy-100-10';

/** Every set of guardrails that an operator of its own is measured with. */
export const OPERATORS = [
  { name: 'us-1', title: '1 guardrail, matches', composition: { matching: 1 }, audit: 'None' },
  { name: 'us-100', title: '100, all match', composition: { matching: 100 }, audit: 'None' },
  { name: 'us-1000', title: '1,000, all match', composition: { matching: 1_000 }, audit: 'None' },
  {
    name: 'us-100-others',
    title: '1 matches, 99 of other kinds',
    composition: { matching: 1, otherKinds: 99 },
    audit: 'None',
  },
  {
    name: 'us-1000-others',
    title: '1 matches, 999 of other kinds',
    composition: { matching: 1, otherKinds: 999 },
    audit: 'None',
  },
  { name: 'us-100-10', title: '100 of which 10 match', composition: USUAL, audit: 'None' },
  { name: 'us-100-10-log', title: '100 of which 10 match, audit Log', composition: USUAL, audit: 'Log' },
  { name: 'us-100-10-record', title: '100 of which 10 match, audit Record (default)', composition: USUAL },
] as const satisfies readonly OperatorVariant[];

/** The name of an operator's set. */
export type OperatorName = (typeof OPERATORS)[number]['name'];

/** Those that dry-run requests tell apart: such requests leave nothing in the audit trail, whatever `audit` says. */
export const THROUGH_API_SERVER: readonly OperatorName[] = [
  'us-1',
  'us-100',
  'us-1000',
  'us-100-others',
  'us-1000-others',
  'us-100-10',
];

const TITLES: ReadonlyMap<string, string> = new Map([
  [NONE, 'no policy'],
  [NOOP, 'no-op Node webhook'],
  [POLICIES_USUAL, 'ValidatingAdmissionPolicy, 100 of which 10 match'],
  ...OPERATORS.map(({ name, title }): [string, string] => [name, `kube-guardrails, ${title}`]),
]);

/** A variant in words. */
export const titleOf = (name: string): string => TITLES.get(name) ?? name;
