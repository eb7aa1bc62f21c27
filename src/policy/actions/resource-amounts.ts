import type { Change } from '../decision.ts';
import { differs, keySegment } from '../diff.ts';
import { isObject, own, ownAt } from '../json.ts';
import { containerPairs, itemPairs } from '../pod-template.ts';
import { parseQuantity } from '../quantity.ts';
import { openEnd } from '../resource-bounds.ts';

/** A change of what may be used or is asked for. What can't be compared goes both ways. */
export interface AmountChange {
  readonly change: Change;
  readonly isIncrease: boolean;
  readonly isDecrease: boolean;
}

/** What changes in the requests and limits of a pod spec: of its containers, of the Pod as a whole, of the volumes it asks for. */
export function podAmounts(spec: Change): AmountChange[] {
  const whole = at(spec, 'resources');
  const isBounded = (resource: string) => limitOf(whole.to, resource) !== undefined;
  const wasBounded = (resource: string) => limitOf(whole.from, resource) !== undefined;
  return [
    ...containerPairs(spec).flatMap((container) => {
      const resources = at(container, 'resources');
      if (container.from === undefined) return newcomer(resources, isBounded);
      if (container.to === undefined) return newcomer(swapped(resources), wasBounded).map(mirrored);
      return resourceAmounts(resources);
    }),
    ...resourceAmounts(whole),
    ...itemPairs(spec, 'volumes').flatMap(volumeAmounts),
  ];
}

/** What changes in `resources` that stand both before and after. */
export function resourceAmounts(resources: Change): AmountChange[] {
  const { from, to } = resources;
  const requests = entries(at(resources, 'requests')).flatMap(({ resource, ...request }) =>
    requestAmounts(request, limitOf(from, resource), limitOf(to, resource)),
  );
  const limits = entries(at(resources, 'limits')).flatMap(({ resource, path }) =>
    amount({ path, from: limitOf(from, resource), to: limitOf(to, resource) }),
  );
  return [...limits, ...requests];
}

/** What changes in a map of quantities, of which the path says what they bound. */
export function mapAmounts(map: Change): AmountChange[] {
  return entries(map).flatMap(amount);
}

/** A change of which nobody can say which way it goes. */
export const bothWays = (change: Change): AmountChange => ({ change, isIncrease: true, isDecrease: true });

/** What a container may use without limit, if nothing is said. */
const UNLIMITED = ['cpu', 'memory'] as const;

/** Where a limit of 0 limits nothing: the kubelet takes it for none. */
const ZERO_IS_NONE: ReadonlySet<string> = new Set([...UNLIMITED, 'ephemeral-storage']);

function limitOf(resources: unknown, resource: string): unknown {
  const limit = ownAt(resources, ['limits', resource]);
  return ZERO_IS_NONE.has(resource) && parseQuantity(limit) === 0n ? undefined : limit;
}

/**
 * What a container brings that was not there: from nothing to what it asks for and may use. What it leaves open goes from
 * nothing to everything: else a container of another name, without limits, would be a way around.
 */
function newcomer(resources: Change, isBounded: (resource: string) => boolean): AmountChange[] {
  const { path, to } = resources;
  const asked = brought(entries(at(resources, 'requests')));
  const names = new Set([...UNLIMITED, ...keysOf(own(to, 'limits'))]);
  const allowed = [...names].flatMap((resource): AmountChange[] => {
    const limit = limitOf(to, resource);
    if (limit === undefined ? isBounded(resource) : parseQuantity(limit) === 0n) return [];
    return [up({ path: `${path}.limits${keySegment(resource)}`, from: 0, to: limit })];
  });
  return [...allowed, ...asked];
}

/** What is asked for and was not there at all. */
const brought = (requests: readonly Change[]): AmountChange[] =>
  requests.filter(({ to }) => parseQuantity(to) !== 0n).map(({ path, to }) => up({ path, from: 0, to }));

const up = (change: Change): AmountChange => ({ change, isIncrease: true, isDecrease: false });
const swapped = ({ path, from, to }: Change): Change => ({ path, from: to, to: from });
const mirrored = ({ change, isIncrease, isDecrease }: AmountChange): AmountChange => ({
  change: swapped(change),
  isIncrease: isDecrease,
  isDecrease: isIncrease,
});

/**
 * A request that is not set is what the limit is. One that is taken away is less that is asked for, and more where the limit
 * that takes its place is higher.
 */
function requestAmounts(request: Change, limitBefore: unknown, limitAfter: unknown): AmountChange[] {
  const { path, from, to } = request;
  if (from === undefined) return amount({ path, from: limitBefore, to });
  if (to !== undefined || limitAfter === undefined) return amount(request);
  return [...amount(request), ...amount({ path, from, to: limitAfter }).filter(({ isIncrease }) => isIncrease)];
}

/** A Pod with an ephemeral volume brings a claim with it. */
function volumeAmounts(volume: Change): AmountChange[] {
  const keys = ['ephemeral', 'volumeClaimTemplate', 'spec', 'resources'];
  const resources: Change = {
    path: [volume.path, ...keys].join('.'),
    from: ownAt(volume.from, keys),
    to: ownAt(volume.to, keys),
  };
  if (resources.from === undefined) return brought(entries(at(resources, 'requests')));
  if (resources.to === undefined) return brought(entries(at(swapped(resources), 'requests'))).map(mirrored);
  return resourceAmounts(resources);
}

/** A change of one quantity: none, or one. */
function amount(change: Change): AmountChange[] {
  const { path, from, to } = change;
  if (from === to) return [];
  const end = openEnd(path);
  const isFloor = end === -1n;
  const before = from === undefined && isFloor ? 0n : parseQuantity(from);
  const after = to === undefined && isFloor ? 0n : parseQuantity(to);
  if (before !== undefined && after !== undefined) {
    return before === after ? [] : [{ change, isIncrease: after > before, isDecrease: after < before }];
  }
  if (!differs(from, to)) return [];
  const isOpen = end === 1n && (from === undefined || to === undefined);
  if (!isOpen) return [bothWays(change)];
  return [{ change, isIncrease: to === undefined, isDecrease: from === undefined }];
}

/** The quantities of a map before and after, by the resource that they are of. */
function entries({ path, from, to }: Change): (Change & { readonly resource: string })[] {
  return [...new Set([...keysOf(from), ...keysOf(to)])].map((resource) => ({
    resource,
    path: path + keySegment(resource),
    from: own(from, resource),
    to: own(to, resource),
  }));
}

const keysOf = (map: unknown): string[] => (isObject(map) ? Object.keys(map) : []);

/** What stands below a key, before and after. */
export function at({ path, from, to }: Change, key: string): Change {
  return { path: path + keySegment(key), from: own(from, key), to: own(to, key) };
}
