import type { Action } from './action.ts';
import { ifAny, objectChanges } from './changes.ts';
import { BY_AUTOSCALER } from './indirect-routes.ts';
import { CSR, NAMESPACE, POD } from './resources.ts';

/** An object comes into being. */
export const create: Action = {
  name: 'Create',
  implies: [],
  summary: 'The object comes into being, by create or by an apply that creates.',
  resources: 'any',
  routes: [{ operation: 'CREATE', subresource: '' }],
  notes: [],
  detect: ({ target }) => [{ path: '$', to: target.new }],
};

/** Any write that changes an object. */
export const update: Action = {
  name: 'Update',
  implies: [],
  summary: 'Any write that changes the object: to itself or to a subresource of it.',
  resources: 'any',
  routes: [
    { operation: 'UPDATE', subresource: '' },
    { operation: 'UPDATE', subresource: 'scale' },
    { operation: 'UPDATE', subresource: 'resize', only: POD },
    { operation: 'UPDATE', subresource: 'ephemeralcontainers', only: POD },
    { operation: 'CREATE', subresource: 'binding', only: POD },
    { operation: 'UPDATE', subresource: 'finalize', only: NAMESPACE },
    { operation: 'UPDATE', subresource: 'approval', only: CSR },
    { operation: 'UPDATE', subresource: 'status', onlyWithStatus: true },
  ],
  indirect: BY_AUTOSCALER,
  notes: [
    'A write that changes nothing, such as a repeated apply, is not an Update.',
    'A write to `/status` is an Update only for guardrails with `includeStatus`; what it does to labels, finalizers and owners is judged by the actions on metadata without it.',
  ],
  detect: ({ target }) => ifAny(objectChanges(target.old, target.new)),
};
