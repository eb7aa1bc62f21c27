import type { Change } from '../decision.ts';
import { diff, keySegment } from '../diff.ts';
import { isObject, own, stringMapAt } from '../json.ts';
import type { KubeObject } from '../review.ts';

/** The changes if there are any, else undefined: no change, no action. */
export function ifAny(changes: readonly Change[]): readonly Change[] | undefined {
  return changes.length > 0 ? changes : undefined;
}

/** What the server keeps for itself: a write that changes nothing else changes nothing. */
const BOOKKEEPING = new Set(['managedFields', 'resourceVersion', 'generation', 'creationTimestamp', 'selfLink']);

/**
 * The differences between two objects, another order of their lists among them, without the server's own bookkeeping.
 * `status` is part of them: where it is a subresource, the server has put the old one back before it asks, and where it is
 * none, it is content like any other.
 */
export function objectChanges(from: KubeObject | undefined, to: KubeObject | undefined): Change[] {
  return diff(essence(from), essence(to), '$', { ordered: true });
}

function essence(object: KubeObject | undefined): KubeObject | undefined {
  const metadata = own(object, 'metadata');
  if (object === undefined || !isObject(metadata)) return object;
  return { ...object, metadata: Object.fromEntries(Object.entries(metadata).filter(([key]) => !BOOKKEEPING.has(key))) };
}

/** The differences of labels or annotations, key by key, of the keys that count. */
export function mapChanges(
  part: 'labels' | 'annotations',
  from: KubeObject | undefined,
  to: KubeObject | undefined,
  counts: (key: string) => boolean = () => true,
): Change[] {
  const before = stringMapAt(from, 'metadata', part);
  const after = stringMapAt(to, 'metadata', part);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((key) => before.get(key) !== after.get(key) && counts(key))
    .map((key) => ({ path: `$.metadata.${part}${keySegment(key)}`, from: before.get(key), to: after.get(key) }));
}
