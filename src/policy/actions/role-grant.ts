import type { Change } from '../decision.ts';
import { keySegment } from '../diff.ts';
import { listAt, own, stringAt, stringMapAt } from '../json.ts';
import { resourceKey } from '../resource-map.ts';
import type { KubeObject } from '../review.ts';
import type { Target } from '../target.ts';
import type { Action } from './action.ts';
import { canonical, onlyIn } from './canonical.ts';
import { ifAny } from './changes.ts';
import { grantedRights } from './role-rules.ts';
import { readSelector, selectorText } from './selector-width.ts';
import { wordsAt } from './words.ts';

/** What grants rights of each kind, by resource. */
const GRANTS: ReadonlyMap<string, (target: Target) => Change[]> = new Map([
  ['roles.rbac.authorization.k8s.io', byRole],
  ['clusterroles.rbac.authorization.k8s.io', byRole],
  ['rolebindings.rbac.authorization.k8s.io', byBinding],
  ['clusterrolebindings.rbac.authorization.k8s.io', byBinding],
]);

/** Somebody gets more rights. */
export const roleGrant: Action = {
  name: 'RoleGrant',
  implies: [],
  summary:
    'More rights are granted: a Role or ClusterRole has a rule that its rules did not cover, or is given to another by aggregation; a binding has a subject that it did not have.',
  resources: {
    builtIn: ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'].map((resource) => ({
      group: 'rbac.authorization.k8s.io',
      resource,
    })),
    custom: () => false,
    text: 'roles, clusterroles, rolebindings, clusterrolebindings',
  },
  routes: [
    { operation: 'CREATE', subresource: '' },
    { operation: 'UPDATE', subresource: '' },
  ],
  notes: [
    'A Role counts whether it is bound or not: a binding may be there before it. One that is created without rules, and a binding without subjects, grant nothing.',
    'Rules that say the same in other words, such as one rule in place of two, grant nothing.',
    'The controller that writes the rules of aggregated ClusterRoles, and the API server with its own roles, repeat what was granted before.',
  ],
  unseen: [
    'Aggregation is seen by labels whose name begins with `aggregate-to-`, and by aggregationRule; a ClusterRole that other labels select can get into an aggregated one unseen.',
    'Who is in a group, and what other authorizers and the flags of the API server allow, is not decided through the API.',
  ],
  detect: ({ review, target }) => {
    const grants = GRANTS.get(resourceKey(review));
    return grants && target.new !== undefined ? ifAny(grants(target)) : undefined;
  },
};

function byRole({ old, new: after }: Target): Change[] {
  return [
    ...grantedRights(listAt(old, 'rules'), listAt(after, 'rules')),
    ...aggregated(old, after),
    ...given(old, after),
  ];
}

/** The ClusterRole takes in the rules of others. */
function aggregated(old: KubeObject | undefined, after: KubeObject | undefined): Change[] {
  const selectors = (role: KubeObject | undefined) => listAt(role, 'aggregationRule', 'clusterRoleSelectors');
  return onlyIn(selectors(after), selectors(old)).map(({ index, item }) => ({
    path: `$.aggregationRule.clusterRoleSelectors[${index}]`,
    to: selectorText(readSelector(item)),
  }));
}

/** How labels are called by which one ClusterRole is taken into another. */
const AGGREGATE_TO = /^([^/]*\/)?aggregate-to-/;

/** The ClusterRole's rules are taken into another one. */
function given(old: KubeObject | undefined, after: KubeObject | undefined): Change[] {
  if (listAt(after, 'rules').length === 0 && own(after, 'aggregationRule') === undefined) return [];
  const before = stringMapAt(old, 'metadata', 'labels');
  return [...stringMapAt(after, 'metadata', 'labels')]
    .filter(([key, value]) => AGGREGATE_TO.test(key) && before.get(key) !== value)
    .map(([key, to]) => ({ path: `$.metadata.labels${keySegment(key)}`, from: before.get(key), to }));
}

function byBinding({ old, new: after }: Target): Change[] {
  // The role of a binding can't be changed; should it be, everybody in it gets another.
  const isSame = canonical(own(old, 'roleRef')) === canonical(own(after, 'roleRef'));
  const known = new Set(isSame ? listAt(old, 'subjects').map(subjectKey) : []);
  const subjects = listAt(after, 'subjects').filter((subject) => !known.has(subjectKey(subject)));
  if (subjects.length === 0) return [];
  return [
    { path: '$.roleRef.name', to: stringAt(after, 'roleRef', 'name') },
    ...subjects.map((subject) => ({ path: `$.subjects[${subjectText(subject)}]`, to: subject })),
  ];
}

const SUBJECT_KEYS = ['kind', 'apiGroup', 'namespace', 'name'];

const subjectKey = (subject: unknown): string =>
  JSON.stringify(SUBJECT_KEYS.map((key) => stringAt(subject, key) ?? ''));

const subjectText = (subject: unknown): string => wordsAt(subject, ['kind', 'namespace', 'name']);
