import { diff } from '../diff.ts';
import { removedFinalizers } from '../finalizers.ts';
import { ownAt } from '../json.ts';
import type { KubeObject } from '../review.ts';
import type { Action, Route } from './action.ts';
import { ifAny, mapChanges } from './changes.ts';
import { CSR, NAMESPACE, POD } from './resources.ts';
import { isRoutineAnnotation } from './routine-annotations.ts';

/**
 * Metadata can be written through every subresource whose body is the object itself, but for those of a Pod: of a write to
 * `/resize` or `/ephemeralcontainers` the API server takes none.
 */
const routes: readonly Route[] = [
  { operation: 'UPDATE', subresource: '' },
  { operation: 'UPDATE', subresource: 'status' },
  { operation: 'UPDATE', subresource: 'finalize', only: NAMESPACE },
  {
    operation: 'UPDATE',
    subresource: 'approval',
    only: CSR,
  },
];

/** Binding a Pod writes the Binding's labels and annotations over the Pod's. */
const BINDING: Route = { operation: 'CREATE', subresource: 'binding', only: POD };

/** A label is added, changed or removed. */
export const labelChange: Action = {
  name: 'LabelChange',
  implies: [],
  summary: 'A label is added, changed or removed, through the object or through its `/status`.',
  resources: 'any',
  routes: [...routes, BINDING],
  notes: [
    'Labels that a new object comes with are part of Create.',
    "A Binding's labels are written over those of the Pod that it binds.",
  ],
  unseen: ["The labels of a workload's pod template are no labels of the workload: guard PodTemplateChange beside it."],
  detect: ({ target }) =>
    bothThere(target.old, target.new) ? ifAny(mapChanges('labels', target.old, target.new)) : undefined,
};

/** An annotation is added, changed or removed. */
export const annotationChange: Action = {
  name: 'AnnotationChange',
  implies: [],
  summary: 'An annotation is added, changed or removed, through the object or through its `/status`.',
  resources: 'any',
  routes: [...routes, BINDING],
  notes: [
    'Annotations that a new object comes with are part of Create.',
    "A Binding's annotations are written over those of the Pod that it binds.",
    'Keys are told, values never: people keep secrets in them.',
    '`kubectl.kubernetes.io/last-applied-configuration` is left out: every `kubectl apply` rewrites it. Whoever edits it by hand can make the next `kubectl apply` of somebody else remove fields, or keep them; that apply is judged by what it does. Update sees the edit itself.',
    'What a controller of Kubernetes keeps in annotations of its own is left out where that controller writes it: the revision of a Deployment, the binding of volumes and claims, the trigger time of Endpoints, the ttl of a Node; of a Node also what its own kubelet says of attaching volumes. Anybody else who writes these changes an annotation.',
  ],
  unseen: [
    "The annotations of a workload's pod template are no annotations of the workload: guard PodTemplateChange beside it.",
  ],
  detect: ({ review, target }) => {
    if (!bothThere(target.old, target.new)) return undefined;
    const isRoutine = isRoutineAnnotation(review);
    return ifAny(mapChanges('annotations', target.old, target.new, (key) => !isRoutine(key)));
  },
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
