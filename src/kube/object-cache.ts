import { asObject } from '../policy/json.ts';
import type { KubeObject } from '../policy/review.ts';

/** The objects of one resource, as a list and the events after it say. */
export class ObjectCache {
  #items = new Map<string, KubeObject>();

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
    return (
      this.#items.size !== previous.size ||
      ![...this.#items].every(([key, object]) => isSameVersion(previous.get(key), object))
    );
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
        this.#items.set(keyOf(metadata), withoutManagedFields(object));
        break;
      case 'DELETED':
        this.#items.delete(keyOf(metadata));
        break;
      default:
        throw new Error(`the watch sent an event of the unknown type ${String(type)}`);
    }
    return metadata.resourceVersion;
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
