import { isScalar, listAt, own } from '../json.ts';
import type { KubeObject } from '../review.ts';
import type { Action } from './action.ts';
import { ifAny } from './changes.ts';
import { POD } from './resources.ts';

const EPHEMERAL = 'ephemeralcontainers';

/** A debug container is added to a Pod. */
export const debug: Action = {
  name: 'Debug',
  implies: [],
  summary: 'An ephemeral container is added to a running Pod, as kubectl debug does.',
  resources: { builtIn: POD, custom: () => false, text: 'pods' },
  routes: [{ operation: 'UPDATE', subresource: EPHEMERAL, only: POD }],
  notes: ['Its image is an ImageChange too.'],
  unseen: [
    '`kubectl debug node/...` and `kubectl debug --copy-to` create a Pod: Create, ImageChange and, with what they ask for, PrivilegeIncrease.',
    'What is then run in the container by attaching to it is an Attach.',
  ],
  detect: ({ review, target }) => {
    if (review.subresource !== EPHEMERAL) return undefined;
    const known = new Set(containersOf(target.old).map(nameOf));
    const added = containersOf(target.new).filter((container) => !known.has(nameOf(container)));
    return ifAny(
      added.map((container) => ({
        path: `$.spec.ephemeralContainers[${nameOf(container)}].image`,
        to: own(container, 'image'),
      })),
    );
  },
};

const containersOf = (pod: KubeObject | undefined): readonly unknown[] => listAt(pod, 'spec', 'ephemeralContainers');

function nameOf(container: unknown): string {
  const name = own(container, 'name');
  return isScalar(name) ? String(name) : '';
}
