import { asObject } from '../policy/json.ts';
import type { KubeObject } from '../policy/review.ts';

/** Told that an object, by its key, is now so, or is there no longer. */
export type ObjectListener = (key: string, object: KubeObject | undefined) => void;

/** The objects of one resource, as a list and the events after it say. */
export class ObjectCache {
  readonly #onObject: ObjectListener;
  #items = new Map<string, KubeObject>();

  /** `onObject` is told of each object that comes, changes or goes. */
  constructor(onObject: ObjectListener = () => undefined) {
    this.#onObject = onObject;
  }

  /** The objects by `namespace/name`, or `name` if cluster-scoped. */
  items(): ReadonlyMap<string, KubeObject> {
    return this.#items;
  }

  /** Takes a list for the whole truth. Returns whether anything differs from before. */
  replace(objects: Iterable<KubeObject>): boolean {
    const previous = this.#items;
    this.#items = new Map();
    for (const object of objects) {
      this.#items.set(keyOf(metadataOf(object)), withoutManagedFields(object));
    }
    const changed = [...this.#items].filter(([key, object]) => !isSameVersion(previous.get(key), object));
    const gone = [...previous.keys()].filter((key) => !this.#items.has(key));
    for (const [key, object] of changed) this.#onObject(key, object);
    for (const key of gone) this.#onObject(key, undefined);
    return changed.length > 0 || gone.length > 0;
  }

  /** Takes one watch event in. Returns the resourceVersion that the cache is at now. Throws for what is no event. */
  apply(type: unknown, object: KubeObject): string {
    const metadata = metadataOf(object);
    if (metadata.resourceVersion === '' || (type !== 'BOOKMARK' && metadata.name === '')) {
      throw new Error('the watch sent an event without the metadata of an object');
    }
    switch (type) {
      case 'BOOKMARK':
        break;
      case 'ADDED':
      case 'MODIFIED':
        this.#set(keyOf(metadata), withoutManagedFields(object));
        break;
      case 'DELETED':
        this.#items.delete(keyOf(metadata));
        this.#onObject(keyOf(metadata), undefined);
        break;
      default:
        throw new Error(`the watch sent an event of the unknown type ${String(type)}`);
    }
    return metadata.resourceVersion;
  }

  #set(key: string, object: KubeObject): void {
    this.#items.set(key, object);
    this.#onObject(key, object);
  }
}

interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

function metadataOf(object: KubeObject): Metadata {
  const metadata = asObject(object.metadata);
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return {
    name: text(metadata.name),
    namespace: text(metadata.namespace),
    uid: text(metadata.uid),
    resourceVersion: text(metadata.resourceVersion),
  };
}

const keyOf = ({ namespace, name }: Metadata): string => (namespace === '' ? name : `${namespace}/${name}`);

// They are often the larger half of an object, and nobody asks for them.
function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = asObject(object.metadata);
  return { ...object, metadata };
}

function isSameVersion(a: KubeObject | undefined, b: KubeObject): boolean {
  if (a === undefined) {
    return false;
  }
  const [left, right] = [metadataOf(a), metadataOf(b)];
  return left.uid === right.uid && left.resourceVersion === right.resourceVersion && left.resourceVersion !== '';
}
