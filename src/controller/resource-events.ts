import type { KubeObject } from '../policy/review.ts';

/** What happened to one object between two looks at all of them. */
export interface ObjectEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
}

type Objects = ReadonlyMap<string, KubeObject>;

/**
 * The events that lead from one state to another. Objects are compared by identity: whoever keeps them replaces what changes.
 * One that was deleted and made again under the same name is one event, as is everything that happened in between.
 */
export function resourceEvents(before: Objects, after: Objects): readonly ObjectEvent[] {
  const events: ObjectEvent[] = [];
  for (const [key, object] of before) {
    if (!after.has(key)) {
      events.push({ type: 'DELETED', object });
    }
  }
  for (const [key, object] of after) {
    const previous = before.get(key);
    if (previous === undefined) {
      events.push({ type: 'ADDED', object });
    } else if (previous !== object) {
      events.push({ type: 'MODIFIED', object });
    }
  }
  return events;
}
