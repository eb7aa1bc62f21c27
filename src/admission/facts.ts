import { isTerminating } from '../policy/derived.ts';
import { type Fact, type Facts, NOT_ASKED } from '../policy/facts.ts';
import type { ObjectReference } from '../policy/object-reference.ts';
import type { Requirements } from '../policy/requirements.ts';
import type { KubeObject, Review } from '../policy/review.ts';
import { parentReference } from '../policy/target.ts';
import type { Lookup } from './ports.ts';
import type { Deadline } from './timeout.ts';

/** The namespaces as last seen. */
export interface NamespaceCache {
  get(name: string): KubeObject | undefined;
}

/** What is known only if it is looked up. */
export type LookedUp = Pick<Facts, 'parent' | 'namespace'>;

/** Finds out what the candidates need to know. Never throws: what can't be found out is a Failed fact. */
export async function gatherFacts(
  review: Review,
  needs: Requirements,
  namespaces: NamespaceCache,
  lookup: Lookup,
  deadline: Deadline,
): Promise<LookedUp> {
  const [parent, namespace] = await Promise.all([
    needs.parent ? lookUp(lookup, parentReference(review), deadline) : NOT_ASKED,
    needs.namespace ? namespaceFact(review, needs, namespaces, lookup, deadline) : NOT_ASKED,
  ]);
  return { parent, namespace };
}

/** A namespace that is not in the cache may be new: it is looked up, as one whose end matters and has not been seen. */
async function namespaceFact(
  { namespace: name }: Review,
  { freshNamespace }: Requirements,
  namespaces: NamespaceCache,
  lookup: Lookup,
  deadline: Deadline,
): Promise<Fact> {
  const cached = namespaces.get(name);
  if (cached !== undefined && (!freshNamespace || isTerminating(cached))) return { kind: 'Found', object: cached };
  return lookUp(lookup, { group: '', version: 'v1', resource: 'namespaces', namespace: '', name }, deadline);
}

/** Reads one object. Never throws: what can't be found out is a Failed fact. */
export async function lookUp(lookup: Lookup, reference: ObjectReference, { signal }: Deadline): Promise<Fact> {
  try {
    const object = await lookup.get(reference, signal);
    return object === undefined ? { kind: 'Missing' } : { kind: 'Found', object };
  } catch (error) {
    const { group, resource, name } = reference;
    const why = signal.aborted
      ? 'the time of the request ran out'
      : error instanceof Error
        ? error.message
        : 'unknown error';
    return { kind: 'Failed', error: `${resource}${group === '' ? '' : `.${group}`}/${name} could not be read: ${why}` };
  }
}
