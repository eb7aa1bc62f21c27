import type { Change } from '../decision.ts';
import { listAt, ownAt, stringListAt } from '../json.ts';
import { resourceKey } from '../resource-map.ts';
import type { KubeObject } from '../review.ts';
import type { Action, ActionEvent, ResourceSet, Route } from './action.ts';
import { canonical } from './canonical.ts';
import { ifAny } from './changes.ts';
import { remove } from './delete.ts';
import { DIRECTIONS, type Direction, ruleChanges, widened } from './network-rules.ts';
import { readSelector, selectorText, selectsNoMore } from './selector-width.ts';

const resources: ResourceSet = {
  builtIn: [{ group: 'networking.k8s.io', resource: 'networkpolicies' }],
  custom: () => false,
  text: 'networkpolicies',
};

const routes: readonly Route[] = [
  { operation: 'CREATE', subresource: '' },
  { operation: 'UPDATE', subresource: '' },
  { operation: 'DELETE', subresource: '' },
];

const unseen: readonly string[] = [
  'Policies select by labels: a Pod or Namespace whose labels change can come under another policy. Guard LabelChange beside it.',
  'The policies of other APIs (AdminNetworkPolicy, Cilium, Calico) are custom resources: guard Create, Update and Delete of these.',
];

const notes: readonly string[] = ['Another order of rules, peers or ports means the same and is no change.'];

/** A NetworkPolicy is created, changed or deleted. */
export const networkPolicyChange: Action = {
  name: 'NetworkPolicyChange',
  implies: [],
  summary: 'A NetworkPolicy is created, deleted, or changed in what it selects or lets through.',
  resources,
  routes,
  unseen,
  notes: [...notes, 'Labels and annotations of a policy are not part of what it lets through.'],
  detect: (event) => (isNetworkPolicy(event) ? (wholePolicy(event) ?? specChanges(event)) : undefined),
};

/** A NetworkPolicy lets more through. */
export const networkPolicyLoosen: Action = {
  name: 'NetworkPolicyLoosen',
  implies: ['NetworkPolicyChange'],
  summary:
    'A NetworkPolicy lets more through: it is deleted, no longer covers Pods or a direction, or has a rule that allows what its rules did not.',
  resources,
  routes,
  unseen,
  notes: [
    ...notes,
    'Policies add up: one that is created with a rule, or comes to select more Pods, opens for what other policies have isolated. One without rules only closes.',
    'What can not be shown to let no more through counts as letting more through, such as another label in a selector.',
  ],
  detect: (event) => {
    const { review, target } = event;
    if (!isNetworkPolicy(event)) return undefined;
    if (review.operation === 'CREATE') return ifAny(loosened(undefined, target.new));
    return remove.detect(event) ?? ifAny(loosened(target.old, target.new));
  },
};

const isNetworkPolicy = ({ review }: ActionEvent): boolean =>
  resourceKey(review) === 'networkpolicies.networking.k8s.io';

function wholePolicy(event: ActionEvent): readonly Change[] | undefined {
  if (event.review.operation === 'CREATE') return [{ path: '$', to: event.target.new }];
  return remove.detect(event);
}

function specChanges({ target: { old, new: after } }: ActionEvent): readonly Change[] | undefined {
  const [from, to] = [old, after].map((policy) => listAt(policy, 'spec', 'policyTypes'));
  return ifAny([
    ...selectorChanges(old, after),
    ...(canonical(from) === canonical(to) ? [] : [{ path: '$.spec.policyTypes', from, to }]),
    ...DIRECTIONS.flatMap((direction) => {
      const [gone, come] = [old, after].map((policy) => listAt(policy, 'spec', direction.rules));
      return ruleChanges(gone ?? [], come ?? [], direction);
    }),
  ]);
}

function selectorChanges(old: KubeObject | undefined, after: KubeObject | undefined): Change[] {
  const selectors = [selectorOf(old), selectorOf(after)] as const;
  if (canonical(selectors[0]) === canonical(selectors[1])) return [];
  const [from, to] = selectors.map((selector) => selectorText(readSelector(selector)));
  return from === to ? [] : [{ path: '$.spec.podSelector', from, to }];
}

/** One that is not there selects every Pod, as an empty one does. */
const selectorOf = (policy: KubeObject | undefined): unknown => ownAt(policy, ['spec', 'podSelector']) ?? {};

/** What lets more through. Without an old policy, every rule does. */
function loosened(old: KubeObject | undefined, after: KubeObject | undefined): Change[] {
  return [
    ...loosenedSelector(old, after),
    ...DIRECTIONS.flatMap((direction) => {
      const from = rulesIn(old, direction);
      const to = rulesIn(after, direction);
      if (from === undefined) return widened([], to ?? [], direction);
      if (to === undefined) return [{ path: '$.spec.policyTypes', from: direction.type }];
      return widened(from, to, direction);
    }),
  ];
}

/** The rules for a direction; undefined if the policy says nothing of it, and so isolates nothing in it. */
function rulesIn(policy: KubeObject | undefined, { type, rules }: Direction): readonly unknown[] | undefined {
  if (policy === undefined) return undefined;
  const list = listAt(policy, 'spec', rules);
  const types = stringListAt(policy, 'spec', 'policyTypes');
  // As the API server defaults it: ingress always, egress where there are rules for it.
  const isCovered = types.length > 0 ? types.includes(type) : type === 'Ingress' || list.length > 0;
  return isCovered ? list : undefined;
}

/** Fewer Pods are isolated, or more are let what the rules allow. */
function loosenedSelector(old: KubeObject | undefined, after: KubeObject | undefined): Change[] {
  if (old === undefined) return [];
  const allows = DIRECTIONS.some((direction) => (rulesIn(after, direction) ?? []).length > 0);
  const onlyCloses = !allows && selectsNoMore(readSelector(selectorOf(old)), readSelector(selectorOf(after)));
  return onlyCloses ? [] : selectorChanges(old, after);
}
