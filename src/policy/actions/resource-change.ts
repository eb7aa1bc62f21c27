import type { ActionType } from '../../api/v1alpha1.ts';
import type { Change } from '../decision.ts';
import { differs } from '../diff.ts';
import { ownAt } from '../json.ts';
import { itemPairs, podBearingText, podSpecPairs, TEMPLATE_BEARING } from '../pod-template.ts';
import { resourceKey } from '../resource-map.ts';
import type { GroupResource } from '../review.ts';
import type { Action, ActionEvent, ResourceSet, Route } from './action.ts';
import { ifAny } from './changes.ts';
import { type AmountChange, at, bothWays, mapAmounts, podAmounts, resourceAmounts } from './resource-amounts.ts';
import { POD } from './resources.ts';

const CLAIM: readonly GroupResource[] = [{ group: '', resource: 'persistentvolumeclaims' }];
const QUOTA: readonly GroupResource[] = [{ group: '', resource: 'resourcequotas' }];
const LIMIT_RANGE: readonly GroupResource[] = [{ group: '', resource: 'limitranges' }];

const BUILT_IN = [...POD, ...TEMPLATE_BEARING, ...CLAIM, ...LIMIT_RANGE, ...QUOTA];

const resources: ResourceSet = {
  builtIn: BUILT_IN,
  custom: () => false,
  podBearing: true,
  text: podBearingText(BUILT_IN),
};

const routes: readonly Route[] = [
  { operation: 'UPDATE', subresource: '' },
  { operation: 'UPDATE', subresource: 'resize', only: POD },
  // Admission counts against the hard values that the status repeats, until the controller writes them anew.
  { operation: 'UPDATE', subresource: 'status', only: QUOTA },
  { operation: 'DELETE', subresource: '', only: [...LIMIT_RANGE, ...QUOTA] },
];

const notes = [
  'Quantities are compared by value: 1000m is 1, and 1Gi is 1024Mi.',
  'All containers are compared by name, the resources of the Pod as a whole and the claims of ephemeral volumes too. A container that is added brings in what it asks for and may use, which is everything where it has no limit; one that is removed takes that along. So one that is renamed is both an increase and a decrease.',
  'A limit that is removed, or of 0 (which limits nothing), is an increase, a request that is removed a decrease; where a higher limit then stands in for the request it is an increase too.',
  'Of a PersistentVolumeClaim, the storage that it requests is compared.',
  'A LimitRange or ResourceQuota that allows more, or is deleted, is an increase, one that allows less a decrease; a change of what a ResourceQuota counts (`scopeSelector`) may be either, and is both. A write to the `/status` of a ResourceQuota counts where it departs from its spec.',
  'Creating something is no ResourceChange: neither a workload with whatever it asks for, nor a LimitRange or ResourceQuota. Create sees them.',
];

const unseen = [
  'More Pods of the same size are ScaleUp.',
  'The `used` of the status of a ResourceQuota: it can not be told from what the controllers write all the time.',
  'What a Pod gets by resource claims, by the overhead of a runtime class, or by a volume without a size limit: PodTemplateChange sees these.',
];

/** Requests or limits change. */
export const resourceChange = row('ResourceChange', [], 'Requests, limits or quotas change.', () => true);

/** Requests or limits go up. */
export const resourceIncrease = row(
  'ResourceIncrease',
  ['ResourceChange'],
  'More may be used or is asked for: requests, limits or quotas go up, or a limit is removed.',
  ({ isIncrease }) => isIncrease,
);

/** Requests or limits go down. */
export const resourceDecrease = row(
  'ResourceDecrease',
  ['ResourceChange'],
  'Less may be used or is asked for: requests, limits or quotas go down, or a request is removed.',
  ({ isDecrease }) => isDecrease,
);

function row(
  name: ActionType,
  implies: readonly ActionType[],
  summary: string,
  is: (amount: AmountChange) => boolean,
): Action {
  return {
    name,
    implies,
    summary,
    resources,
    routes,
    notes,
    unseen,
    detect: (event) =>
      ifAny(
        amountsOf(event)
          .filter(is)
          .map(({ change }) => change),
      ),
  };
}

/** How each kind that bears no Pods is read. */
const READERS: ReadonlyMap<string, (event: ActionEvent) => AmountChange[]> = new Map([
  ['persistentvolumeclaims.', ({ target }) => resourceAmounts(pair(target, ['spec', 'resources']))],
  ['limitranges.', ({ target }) => itemPairs(pair(target, ['spec']), 'limits').flatMap(limitAmounts)],
  ['resourcequotas.', quotaAmounts],
]);

/** These are judged when they go as well. */
const BOUNDS: ReadonlySet<string> = new Set(['limitranges.', 'resourcequotas.']);

function amountsOf(event: ActionEvent): AmountChange[] {
  const { old, new: after } = event.target;
  const key = resourceKey(event.review);
  if (old === undefined || (after === undefined && !BOUNDS.has(key))) return [];
  return READERS.get(key)?.(event) ?? podSpecPairs(event).flatMap(podAmounts);
}

const pair = ({ old, new: after }: ActionEvent['target'], keys: readonly string[]): Change => ({
  path: ['$', ...keys].join('.'),
  from: ownAt(old, keys),
  to: ownAt(after, keys),
});

/** What one item of a LimitRange bounds. */
const LIMITS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

function limitAmounts(item: Change): AmountChange[] {
  return LIMITS.flatMap((key) => mapAmounts(at(item, key)));
}

function quotaAmounts({ review, target }: ActionEvent): AmountChange[] {
  if (review.subresource === 'status') {
    const written = pair(target, ['status', 'hard']);
    // What the controller writes is what the spec says.
    const isRoutine = mapAmounts({ ...written, from: ownAt(target.new, ['spec', 'hard']) }).length === 0;
    return isRoutine ? [] : mapAmounts(written);
  }
  const selector = pair(target, ['spec', 'scopeSelector']);
  const counts = target.new !== undefined && differs(selector.from, selector.to) ? [bothWays(selector)] : [];
  return [...mapAmounts(pair(target, ['spec', 'hard'])), ...counts];
}
