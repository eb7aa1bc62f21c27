import type { Change } from '../decision.ts';
import { diff, keySegment } from '../diff.ts';
import { removedFinalizers } from '../finalizers.ts';
import { ownAt } from '../json.ts';
import type { KubeObject } from '../review.ts';
import { labelsOf } from '../target.ts';
import type { Action, Route } from './action.ts';
import { ifAny } from './changes.ts';
import { CSR, NAMESPACE, POD } from './resources.ts';

/** Metadata can be written through every subresource whose body is the object itself. */
const routes: readonly Route[] = [
  { operation: 'UPDATE', subresource: '' },
  { operation: 'UPDATE', subresource: 'status' },
  { operation: 'UPDATE', subresource: 'finalize', only: NAMESPACE },
  {
    operation: 'UPDATE',
    subresource: 'approval',
    only: CSR,
  },
  { operation: 'UPDATE', subresource: 'resize', only: POD },
  { operation: 'UPDATE', subresource: 'ephemeralcontainers', only: POD },
];

/** A label is added, changed or removed. */
export const labelChange: Action = {
  name: 'LabelChange',
  implies: [],
  summary: 'A label is added, changed or removed, through the object or through its `/status`.',
  resources: 'any',
  routes: [...routes, { operation: 'CREATE', subresource: 'binding', only: POD }],
  notes: [
    'Labels that a new object comes with are part of Create.',
    "A Binding's labels are written over those of the Pod that it binds.",
  ],
  detect: ({ target }) => (bothThere(target.old, target.new) ? labelChanges(target.old, target.new) : undefined),
};

/** A finalizer is removed. */
export const finalizerRemove: Action = {
  name: 'FinalizerRemove',
  implies: [],
  summary: 'A finalizer is removed: of the metadata, or of the spec of a Namespace.',
  resources: 'any',
  routes,
  notes: ['Removing the last finalizer of a terminating object is a Delete too.'],
  detect: ({ review, target }) => {
    if (!bothThere(target.old, target.new)) return undefined;
    return ifAny(removedFinalizers(review, target));
  },
};

/** The owners of an object change. */
export const ownerChange: Action = {
  name: 'OwnerChange',
  implies: [],
  summary: 'An ownerReference is added, changed or removed.',
  resources: 'any',
  routes,
  notes: [
    'It matters because the garbage collector deletes an object whose owners do not exist: adding such an owner deletes the object.',
  ],
  detect: ({ target }) => {
    if (!bothThere(target.old, target.new)) return undefined;
    const keys = ['metadata', 'ownerReferences'];
    return ifAny(diff(ownAt(target.old, keys) ?? [], ownAt(target.new, keys) ?? [], '$.metadata.ownerReferences'));
  },
};

const bothThere = (from: KubeObject | undefined, to: KubeObject | undefined): boolean =>
  from !== undefined && to !== undefined;

function labelChanges(from: KubeObject | undefined, to: KubeObject | undefined): readonly Change[] | undefined {
  const before = labelsOf(from);
  const after = labelsOf(to);
  const changes: Change[] = [];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    if (before.get(key) !== after.get(key)) {
      changes.push({ path: `$.metadata.labels${keySegment(key)}`, from: before.get(key), to: after.get(key) });
    }
  }
  return ifAny(changes);
}
