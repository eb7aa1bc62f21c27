import { isObject, own, ownAt, stringAt, stringMapAt } from './json.ts';
import type { Labels } from './label-selector.ts';
import type { ObjectReference } from './object-reference.ts';
import type { ResourceInfo } from './resource-map.ts';
import type { KubeObject, Review } from './review.ts';

/**
 * What a review acts on, as if it had been done to the object itself: an eviction reads as the Pod's deletion, a write to
 * /scale as the parent's with other replicas. So a rule sees one effect by whatever route it comes.
 */
export interface Target {
  /** The object before; undefined when it comes into being. */
  readonly old?: KubeObject;
  /** The object after; undefined when it goes. */
  readonly new?: KubeObject;
}

/** Subresources whose body is the object itself; all others carry a body of their own kind. */
const OWN_BODY: ReadonlySet<string> = new Set(['', 'status', 'finalize', 'approval', 'resize', 'ephemeralcontainers']);

/** Whether the review's body is of another kind than the object that it acts on, which then has to be looked up. */
export function hasForeignBody(review: Review): boolean {
  return !OWN_BODY.has(review.subresource);
}

/** The object that a review with a foreign body acts on. */
export function parentReference(review: Review): ObjectReference {
  const { group, version, resource, namespace, name } = review;
  return { group, version, resource, namespace, name };
}

/**
 * The target of a review. `parent` is the looked-up object of a review with a foreign body; where nobody needed it, the
 * target holds what the review itself tells.
 */
export function targetOf(review: Review, parent: KubeObject | undefined, info: ResourceInfo | undefined): Target {
  if (!hasForeignBody(review)) return { ...defined('old', review.oldObject), ...defined('new', review.object) };
  const known = parent ?? nameOnly(review);
  switch (review.subresource) {
    case 'eviction':
      return { old: known };
    case 'scale':
      return scaled(review, known, replicasPath(info, review.version));
    case 'binding':
      return { old: known, new: bound(known, review.object) };
    default:
      return { old: known, new: known };
  }
}

/** Where the replicas of a resource stand in a version: at spec.replicas, unless a custom resource says otherwise. */
export function replicasPath(info: ResourceInfo | undefined, version: string): readonly string[] {
  return info?.replicasPaths?.get(version) ?? info?.replicasPath ?? ['spec', 'replicas'];
}

/** The labels of an object; none if there is no object. */
export function labelsOf(object: KubeObject | undefined): Labels {
  return stringMapAt(object, 'metadata', 'labels');
}

/** The uid of the target, where it is known. */
export function uidOf({ old, new: after }: Target): string | undefined {
  return stringAt(old, 'metadata', 'uid') ?? stringAt(after, 'metadata', 'uid');
}

function nameOnly(review: Review): KubeObject {
  // Of a Scale, which the server made of the parent. What a client sent proves nothing.
  const uid = stringAt(review.oldObject, 'metadata', 'uid');
  return { metadata: { name: review.name, namespace: review.namespace, ...(uid !== undefined && { uid }) } };
}

function scaled(review: Review, parent: KubeObject, path: readonly string[]): Target {
  const replicas = (scale: KubeObject | undefined) => ownAt(scale, ['spec', 'replicas']) ?? 0;
  return {
    old: setAt(parent, path, replicas(review.oldObject)),
    new: setAt(parent, path, replicas(review.object)),
  };
}

/** Binding a Pod sets its node, and writes the Binding's labels and annotations over the Pod's. */
function bound(pod: KubeObject, binding: KubeObject | undefined): KubeObject {
  const parts = ['labels', 'annotations'] as const;
  return parts.reduce(
    (object, part) => {
      const added = ownAt(binding, ['metadata', part]);
      if (!isObject(added) || Object.keys(added).length === 0) return object;
      const before = ownAt(object, ['metadata', part]);
      return setAt(object, ['metadata', part], { ...(isObject(before) && before), ...added });
    },
    setAt(pod, ['spec', 'nodeName'], ownAt(binding, ['target', 'name'])),
  );
}

/** A copy of an object with another value at the keys. Keys are defined as own ones, so `__proto__` is a key like any. */
function setAt(object: KubeObject, keys: readonly string[], value: unknown): KubeObject {
  const [key, ...rest] = keys;
  if (key === undefined) return object;
  const inner = own(object, key);
  const next = rest.length === 0 ? value : setAt(isObject(inner) ? inner : {}, rest, value);
  return Object.fromEntries([...Object.entries(object).filter(([name]) => name !== key), [key, next]]);
}

function defined<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}
