import { isController } from '../controllers.ts';
import type { Change } from '../decision.ts';
import { diff, differs } from '../diff.ts';
import { isObject, numberAt, own, ownAt } from '../json.ts';
import { resourceKey } from '../resource-map.ts';
import type { GroupResource, KubeObject } from '../review.ts';
import type { Target } from '../target.ts';
import type { Action } from './action.ts';
import { ifAny } from './changes.ts';
import { selectionChange } from './selector-width.ts';

const PDB: readonly GroupResource[] = [{ group: 'policy', resource: 'poddisruptionbudgets' }];

/** A PodDisruptionBudget lets more disruptions happen. */
export const disruptionBudgetLoosen: Action = {
  name: 'DisruptionBudgetLoosen',
  implies: [],
  summary: 'A PodDisruptionBudget goes, or lets more Pods be evicted, or others than before.',
  resources: { builtIn: PDB, custom: () => false, text: 'poddisruptionbudgets' },
  routes: [
    { operation: 'UPDATE', subresource: '' },
    { operation: 'UPDATE', subresource: 'status', only: PDB },
    { operation: 'DELETE', subresource: '' },
  ],
  notes: [
    'An update loosens if it lowers `minAvailable`, raises `maxUnavailable`, puts one in the place of the other or a percentage in the place of a number (which is more depends on the number of Pods), selects other Pods, or sets `unhealthyPodEvictionPolicy` to `AlwaysAllow`.',
    'A budget under which anything could be disrupted is loosened neither by another bound nor by another selector. Nothing is loosened if nothing may be disrupted any more (`maxUnavailable: 0`, `minAvailable: 100%`), or if a `maxUnavailable` that is a number counts for more Pods than before, unless there are Pods that are no longer selected.',
    'The API server lets Pods be evicted by what the status of a budget says: a write to `/status` that allows more is judged. The counting of the disruption controller is no action.',
    'Creating a budget loosens nothing: a Pod of several budgets is not evicted at all.',
  ],
  unseen: [
    'A budget holds back evictions alone: Pods are deleted, and workloads scaled down, past it. Guard Delete and ScaleDown beside it.',
    'Labels that are taken off a Pod take it out of its budget: guard LabelChange of pods, and PodTemplateChange.',
  ],
  detect: ({ review, target }) => {
    if (resourceKey(review) !== 'poddisruptionbudgets.policy') return undefined;
    if (review.operation === 'DELETE') return [{ path: '$', from: target.old }];
    if (review.subresource !== 'status') return ifAny(specLoosened(target));
    return isController(review.subject, 'disruption-controller') ? undefined : ifAny(statusLoosened(target));
  },
};

const BOUNDS = ['minAvailable', 'maxUnavailable'] as const;

interface Bound {
  readonly field: (typeof BOUNDS)[number];
  readonly value: unknown;
}

/** What a budget demands; undefined if nothing, and then nothing may be disrupted. Only one of the two can be set. */
function boundOf(object: KubeObject | undefined): Bound | undefined {
  const found = BOUNDS.map((field) => ({ field, value: ownAt(object, ['spec', field]) }));
  return found.find(({ value }) => value !== undefined);
}

function specLoosened({ old, new: after }: Target): Change[] {
  const [before, bound] = [boundOf(old), boundOf(after)];
  const [selected, selector] = [old, after].map((object) => ownAt(object, ['spec', 'selector']));
  const changes: Change[] = isLooser(before, bound) ? boundChanges(old, after) : [];
  if (!allowsAll(before) && selected !== undefined) {
    const selection = selectionChange(selected, selector);
    // One of many is no more than one of few. A percentage of many, or all but one of many, can be all of the few.
    const isNumber = bound?.field === 'maxUnavailable' && typeof bound.value === 'number';
    const protectsMore = selection === 'More' && (isNumber || allowsNone(bound));
    if (selection !== 'Same' && !protectsMore) changes.push(...diff(selected, selector, '$.spec.selector'));
  }
  const [policyBefore, policy] = [old, after].map((object) => ownAt(object, ['spec', 'unhealthyPodEvictionPolicy']));
  if (isStrict(policyBefore) && !isStrict(policy)) {
    changes.push({ path: '$.spec.unhealthyPodEvictionPolicy', from: policyBefore, to: policy });
  }
  return changes;
}

const isStrict = (policy: unknown): boolean => policy === undefined || policy === 'IfHealthyBudget';

const boundChanges = (old: KubeObject | undefined, after: KubeObject | undefined): Change[] =>
  BOUNDS.map((field) => ({
    path: `$.spec.${field}`,
    from: ownAt(old, ['spec', field]),
    to: ownAt(after, ['spec', field]),
  })).filter(({ from, to }) => from !== to);

/** What can't be compared counts as looser. */
function isLooser(before: Bound | undefined, after: Bound | undefined): boolean {
  if (allowsNone(after) || allowsAll(before)) return false;
  if (before === undefined || after === undefined || before.field !== after.field) return true;
  if (!differs(before.value, after.value)) return false;
  const [from, to] = [sizeOf(before.value), sizeOf(after.value)];
  if (from === undefined || to === undefined || from.unit !== to.unit) return true;
  return after.field === 'minAvailable' ? to.size < from.size : to.size > from.size;
}

const allowsNone = (bound: Bound | undefined): boolean => bound === undefined || isAtEnd(bound, 'maxUnavailable');

const allowsAll = (bound: Bound | undefined): boolean => bound !== undefined && isAtEnd(bound, 'minAvailable');

/** Whether a bound is none of the field that is named, or all of the other. */
function isAtEnd({ field, value }: Bound, noneOf: Bound['field']): boolean {
  const size = sizeOf(value);
  return field === noneOf ? size?.size === 0 : size?.unit === '%' && size.size >= 100;
}

/** A number of Pods, or a percentage of them; undefined for what is neither. */
function sizeOf(value: unknown): { readonly unit: '' | '%'; readonly size: number } | undefined {
  if (typeof value === 'number') return { unit: '', size: value };
  const digits = typeof value === 'string' ? /^(\d{1,9})%$/.exec(value)?.[1] : undefined;
  return digits === undefined ? undefined : { unit: '%', size: Number(digits) };
}

/** The counts in a status by which the API server lets evictions pass, and the way in which each lets more pass. */
const COUNTS = [
  { field: 'disruptionsAllowed', looser: (from: number, to: number) => to > from },
  { field: 'currentHealthy', looser: (from: number, to: number) => to > from },
  { field: 'desiredHealthy', looser: (from: number, to: number) => to < from },
  { field: 'observedGeneration', looser: (from: number, to: number) => to > from },
] as const;

function statusLoosened({ old, new: after }: Target): Change[] {
  const changes: Change[] = COUNTS.flatMap(({ field, looser }) => {
    const from = numberAt(old, 'status', field) ?? 0;
    const to = numberAt(after, 'status', field) ?? 0;
    return looser(from, to) ? [{ path: `$.status.${field}`, from, to }] : [];
  });
  const [evicted, still] = [old, after].map((object) => ownAt(object, ['status', 'disruptedPods']));
  const forgotten = isObject(evicted) ? Object.keys(evicted).filter((name) => own(still, name) === undefined) : [];
  // They would count as healthy again, and others could go in their stead.
  if (forgotten.length > 0) changes.push({ path: '$.status.disruptedPods', from: evicted, to: still });
  return changes;
}
