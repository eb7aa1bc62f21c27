import type { FieldManagerRule, GuardrailMatch, LabelSelector, ResourceRule, SubjectMatcher } from '../api/v1alpha1.ts';
import type { FieldErrors } from './field-error.ts';
import { compileGlobs, type Glob } from './glob.ts';
import { stringAt } from './json.ts';
import { type CompiledLabelSelector, compileLabelSelector } from './label-selector.ts';
import type { GroupResource, Review, Subject } from './review.ts';

/** The compiled static part of a match: all that can be told from the review alone, and the two selectors. */
export interface CompiledMatch {
  readonly names: Glob | undefined;
  readonly namespaces: Glob | undefined;
  /** Undefined for everybody. */
  readonly subjects: ((subject: Subject) => boolean) | undefined;
  /** Undefined for every field manager, and for reviews that name none. */
  readonly fieldManagers: ((fieldManager: string | undefined) => boolean) | undefined;
  readonly namespaceSelector: CompiledLabelSelector | undefined;
  readonly objectSelector: CompiledLabelSelector | undefined;
  readonly guardsSelectors: boolean;
  readonly includeStatus: boolean;
  readonly judgesDerived: boolean;
}

/** Compiles what a guardrail matches on, but for its actions and resources. */
export function compileMatch(match: GuardrailMatch, errors: FieldErrors): CompiledMatch {
  const { names, namespaces, subjects, fieldManagers } = match;
  const selector = (value: LabelSelector | undefined, field: string) =>
    value === undefined ? undefined : compileLabelSelector(value, `spec.match.${field}`, errors);
  return {
    names: names === undefined ? undefined : compileGlobs(names),
    namespaces: namespaces === undefined ? undefined : compileNamespaces(namespaces.include, namespaces.exclude),
    subjects: compileSubjects(
      checkSubjects(subjects?.include, 'spec.match.subjects.include', errors),
      checkSubjects(subjects?.exclude, 'spec.match.subjects.exclude', errors) ?? [],
    ),
    fieldManagers: fieldManagers === undefined ? undefined : compileFieldManagers(fieldManagers),
    namespaceSelector: selector(match.namespaceSelector, 'namespaceSelector'),
    objectSelector: selector(match.objectSelector, 'objectSelector'),
    guardsSelectors: match.selectorProtection !== 'None',
    includeStatus: match.includeStatus === true,
    judgesDerived: match.derived === 'Include',
  };
}

/** Whether resource rules name a resource. */
export function rulesName(rules: readonly ResourceRule[], { group, resource }: GroupResource): boolean {
  return rules.some(
    ({ apiGroups, resources }) =>
      (apiGroups.includes('*') || apiGroups.includes(group)) &&
      (resources.includes('*') || resources.includes(resource)),
  );
}

/** Whether a review is of a Namespace itself, which is judged by its own name and labels. */
export function isNamespace({ group, resource }: GroupResource): boolean {
  return group === '' && resource === 'namespaces';
}

/** The name of the namespace that a review is judged by: its own for a Namespace, "" for other cluster-scoped objects. */
export function namespaceName(review: Review): string {
  return isNamespace(review) ? review.name : review.namespace;
}

function compileNamespaces(include: readonly string[] | undefined, exclude: readonly string[] | undefined): Glob {
  const included = include === undefined ? () => true : compileGlobs(include);
  const excluded = compileGlobs(exclude ?? []);
  return (name) => name !== '' && included(name) && !excluded(name);
}

/**
 * The field manager that a request names; undefined if it names none. A client names whatever it likes, and deletions and
 * connections name none.
 */
export function fieldManagerOf({ options }: Review): string | undefined {
  const name = stringAt(options, 'fieldManager');
  return name === '' ? undefined : name;
}

function compileFieldManagers({ include, exclude }: FieldManagerRule): CompiledMatch['fieldManagers'] {
  const included = include === undefined ? undefined : compileGlobs(include);
  const excluded = compileGlobs(exclude ?? []);
  // No name is like no glob, not even `*`.
  return (name) => (name === undefined ? included === undefined : (included?.(name) ?? true) && !excluded(name));
}

/** Notes each subject that can't be meant: one that matches nobody would leave somebody out, or let somebody pass. */
function checkSubjects(
  subjects: readonly SubjectMatcher[] | undefined,
  field: string,
  errors: FieldErrors,
): readonly SubjectMatcher[] | undefined {
  for (const [index, { kind, namespace }] of (subjects ?? []).entries()) {
    if ((kind === 'ServiceAccount') === (namespace !== undefined)) continue;
    errors.add(`${field}[${index}].namespace`, 'must be set for a ServiceAccount, and only there');
  }
  return subjects;
}

function compileSubjects(
  include: readonly SubjectMatcher[] | undefined,
  exclude: readonly SubjectMatcher[],
): CompiledMatch['subjects'] {
  if (include === undefined && exclude.length === 0) return undefined;
  const included = include?.map(compileSubject);
  const excluded = exclude.map(compileSubject);
  return (subject) =>
    (included === undefined || included.some((is) => is(subject))) && !excluded.some((is) => is(subject));
}

function compileSubject({ kind, name, namespace }: SubjectMatcher): (subject: Subject) => boolean {
  const matchesName = compileGlobs([name]);
  switch (kind) {
    case 'User':
      return ({ username }) => matchesName(username);
    case 'Group':
      return ({ groups }) => groups.some(matchesName);
    case 'ServiceAccount': {
      const matchesNamespace = compileGlobs([namespace ?? '']);
      return ({ username }) => {
        const account = serviceAccountOf(username);
        return account !== undefined && matchesNamespace(account.namespace) && matchesName(account.name);
      };
    }
    default:
      throw new Error(`unknown kind of subject ${kind satisfies never}`);
  }
}

/** The service account that a user name stands for, or undefined if it is a person's or a node's. */
export function serviceAccountOf(username: string): { readonly namespace: string; readonly name: string } | undefined {
  const [system, kind, namespace, name, ...more] = username.split(':');
  if (system !== 'system' || kind !== 'serviceaccount' || more.length > 0) return undefined;
  return namespace && name ? { namespace, name } : undefined;
}
