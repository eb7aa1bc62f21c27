import { asObject, listAt, own } from '../policy/json.ts';
import type { KubeObject } from '../policy/review.ts';

/** The part of a CRD that is read: its schemas, which nobody asks for, can be a thousand times larger. */
export function crdEssence(crd: KubeObject): KubeObject {
  const { name, uid, resourceVersion, generation, deletionTimestamp } = asObject(crd.metadata);
  const spec = own(crd, 'spec');
  return {
    apiVersion: crd.apiVersion,
    kind: crd.kind,
    metadata: { name, uid, resourceVersion, generation, deletionTimestamp },
    spec: {
      group: own(spec, 'group'),
      names: pick(own(spec, 'names'), ['plural', 'kind']),
      scope: own(spec, 'scope'),
      versions: listAt(spec, 'versions').map((version) => pick(version, ['name', 'served', 'storage', 'subresources'])),
    },
    status: { conditions: listAt(crd, 'status', 'conditions').map((condition) => pick(condition, ['type', 'status'])) },
  };
}

function pick(object: unknown, keys: readonly string[]): KubeObject {
  return Object.fromEntries(keys.map((key) => [key, own(object, key)]));
}
