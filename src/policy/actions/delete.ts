import type { Change } from '../decision.ts';
import { isTerminating } from '../derived.ts';
import { finalizersOf, removedFinalizers } from '../finalizers.ts';
import { numberAt } from '../json.ts';
import { resourceKey } from '../resource-map.ts';
import type { Action, ActionEvent } from './action.ts';
import { WITH_CONTAINER } from './indirect-routes.ts';
import { CSR, NAMESPACE, POD } from './resources.ts';

/** After what a Pod is ended, and a Job with its Pods, or is deleted once it has finished. */
const DEADLINES: ReadonlyMap<string, readonly string[]> = new Map([
  ['pods.', ['activeDeadlineSeconds']],
  ['jobs.batch', ['activeDeadlineSeconds', 'ttlSecondsAfterFinished']],
]);

/** An object goes, or is made to go. */
export const remove: Action = {
  name: 'Delete',
  implies: [],
  summary:
    'The object goes: by DELETE, each object of a collection delete, by eviction, or by an update that makes it go.',
  resources: 'any',
  routes: [
    { operation: 'DELETE', subresource: '' },
    { operation: 'CREATE', subresource: 'eviction', only: POD },
    { operation: 'UPDATE', subresource: '' },
    // A write to `/resize` or `/ephemeralcontainers` leaves the metadata of a Pod as it is.
    { operation: 'UPDATE', subresource: 'status' },
    { operation: 'UPDATE', subresource: 'finalize', only: NAMESPACE },
    { operation: 'UPDATE', subresource: 'approval', only: CSR },
  ],
  indirect: WITH_CONTAINER,
  notes: [
    'An update is a Delete if it removes the last finalizer of a terminating object, also through `/status`, `/approval` and `namespaces/finalize`, or sets or shortens `spec.activeDeadlineSeconds` of a Pod or Job or `spec.ttlSecondsAfterFinished` of a Job.',
    'Deleting a Namespace or a CustomResourceDefinition is a Delete of what is in it: the operator looks for an object that the guardrail protects, and one is enough. It needs the right to list these (config/rbac/operator-lookup.yaml); where it can not find out, failurePolicy answers.',
  ],
  unseen: [
    'A Secret with a token of a ServiceAccount is deleted when its annotations name an account that is not there: guard AnnotationChange beside Delete.',
    'What is made in a Namespace after its deletion was let through goes with it.',
    'The garbage collector deletes objects whose owners do not exist: guard OwnerChange beside Delete.',
  ],
  detect: (event) => {
    const { review, target } = event;
    if (review.operation === 'DELETE' || review.subresource === 'eviction') return [{ path: '$', from: target.old }];
    return lastFinalizerRemoved(event) ?? deadlineShortened(event);
  },
};

/** A Pod is evicted. */
export const evict: Action = {
  name: 'Evict',
  implies: ['Delete'],
  summary: 'A Pod is deleted through the eviction API, as kubectl drain does.',
  resources: { builtIn: POD, custom: () => false, text: 'pods' },
  routes: [{ operation: 'CREATE', subresource: 'eviction' }],
  notes: [
    "A Pod that a controller deletes, or that its node's kubelet ends under pressure, is not evicted in this sense.",
  ],
  detect: ({ review, target }) => (review.subresource === 'eviction' ? [{ path: '$', from: target.old }] : undefined),
};

/** An object that is being deleted is gone the moment its last finalizer is: no DELETE follows. */
function lastFinalizerRemoved({ review, target }: ActionEvent): readonly Change[] | undefined {
  if (!isTerminating(target.old) || target.new === undefined) return undefined;
  if (finalizersOf(review, target.new).length > 0) return undefined;
  const removed = removedFinalizers(review, target);
  return removed.length > 0 ? removed : undefined;
}

function deadlineShortened({ review, target }: ActionEvent): readonly Change[] | undefined {
  const { old, new: after } = target;
  if (old === undefined) return undefined;
  const changes = (DEADLINES.get(resourceKey(review)) ?? []).flatMap((field): Change[] => {
    const [from, to] = [numberAt(old, 'spec', field), numberAt(after, 'spec', field)];
    if (to === undefined || (from !== undefined && to >= from)) return [];
    return [{ path: `$.spec.${field}`, from, to }];
  });
  return changes.length > 0 ? changes : undefined;
}
