import type { Change } from '../decision.ts';
import { MAX_CHANGES } from '../diff.ts';
import { listAt, ownAt, stringAt } from '../json.ts';
import { resourceKey } from '../resource-map.ts';
import type { GroupResource, KubeObject } from '../review.ts';
import type { Action } from './action.ts';
import { ifAny } from './changes.ts';

const NODES: readonly GroupResource[] = [{ group: '', resource: 'nodes' }];

const UNSCHEDULABLE = ['spec', 'unschedulable'];

/** A Node takes no more Pods. */
export const cordon: Action = {
  name: 'Cordon',
  implies: ['Update'],
  summary: 'A Node takes no more Pods, as by kubectl cordon and kubectl drain.',
  resources: { builtIn: NODES, custom: () => false, text: 'nodes' },
  routes: [{ operation: 'UPDATE', subresource: '' }],
  notes: ['Uncordoning is no Cordon, and neither is a Node that is unschedulable from the start.'],
  unseen: [
    'A taint keeps Pods away as well: guard TaintChange beside it. The node controller takes the taint `node.kubernetes.io/unschedulable` off again where the Node is not cordoned.',
    'A kubelet that is stopped, or that says of itself that it is not ready.',
  ],
  detect: ({ review, target }) => {
    if (resourceKey(review) !== 'nodes.' || target.old === undefined || ownAt(target.new, UNSCHEDULABLE) !== true)
      return undefined;
    const from = ownAt(target.old, UNSCHEDULABLE) ?? false;
    return from === true ? undefined : [{ path: '$.spec.unschedulable', from, to: true }];
  },
};

/** The taints of a Node change. */
export const taintChange: Action = {
  name: 'TaintChange',
  implies: ['Update'],
  summary: 'A taint is put on a Node, taken off it, or has another value.',
  resources: { builtIn: NODES, custom: () => false, text: 'nodes' },
  routes: [{ operation: 'UPDATE', subresource: '' }],
  notes: [
    'A taint is known by its key and effect. Another order, or another time at which it was added, changes nothing.',
    'The taints that a kubelet registers its Node with are part of Create.',
    'The node controller turns the conditions of a Node into taints under `node.kubernetes.io/`. These writes of its own are never sent, to no guardrail: where a Node is lost, its Pods, the operator among them, must come up elsewhere without being asked about. The same taints from anybody else are judged.',
  ],
  unseen: ['The conditions that a kubelet reports, from which the node controller makes taints.'],
  detect: ({ review, target }) => {
    if (resourceKey(review) !== 'nodes.' || target.old === undefined || target.new === undefined) return undefined;
    return ifAny(taintChanges(target.old, target.new));
  },
};

function taintChanges(old: KubeObject, after: KubeObject): Change[] {
  const [from, to] = [taintsOf(old), taintsOf(after)];
  return [...new Set([...from.keys(), ...to.keys()])]
    .filter((key) => from.get(key) !== to.get(key))
    .slice(0, MAX_CHANGES)
    .map((key) => ({ path: '$.spec.taints', from: from.get(key), to: to.get(key) }));
}

/** The taints of a Node as kubectl writes them, such as `dedicated=db:NoSchedule`, by key and effect. */
function taintsOf(node: KubeObject): ReadonlyMap<string, string> {
  return new Map(
    listAt(node, 'spec', 'taints').map((taint) => {
      const [key = '', value = '', effect = ''] = ['key', 'value', 'effect'].map((field) => stringAt(taint, field));
      return [`${key}:${effect}`, `${key}${value === '' ? '' : `=${value}`}:${effect}`];
    }),
  );
}
