import type { Change } from '../decision.ts';
import { diff } from '../diff.ts';
import { isObject, own } from '../json.ts';
import type { KubeObject } from '../review.ts';

/** The changes if there are any, else undefined: no change, no action. */
export function ifAny(changes: readonly Change[]): readonly Change[] | undefined {
  return changes.length > 0 ? changes : undefined;
}

/** What the server keeps for itself: a write that changes nothing else changes nothing. */
const BOOKKEEPING = new Set(['managedFields', 'resourceVersion', 'generation', 'creationTimestamp', 'selfLink']);

/** The differences between two objects, without the server's own bookkeeping; `status` only if it is asked for. */
export function objectChanges(from: KubeObject | undefined, to: KubeObject | undefined, withStatus: boolean): Change[] {
  return diff(essence(from, withStatus), essence(to, withStatus), '$');
}

function essence(object: KubeObject | undefined, withStatus: boolean): KubeObject | undefined {
  if (object === undefined) return undefined;
  const metadata = own(object, 'metadata');
  return without(
    { ...object, ...(isObject(metadata) && { metadata: without(metadata, BOOKKEEPING) }) },
    withStatus ? NONE : STATUS,
  );
}

const NONE: ReadonlySet<string> = new Set();
const STATUS: ReadonlySet<string> = new Set(['status']);

function without(object: KubeObject, keys: ReadonlySet<string>): KubeObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.has(key)));
}
