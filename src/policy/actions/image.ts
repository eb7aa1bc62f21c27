import type { Change } from '../decision.ts';
import { POD_BEARING, podImages } from '../pod-template.ts';
import type { Action } from './action.ts';

/** An image enters a pod template or a Pod. */
export const imageChange: Action = {
  name: 'ImageChange',
  implies: [],
  summary:
    'An image enters a pod template or a Pod: on create every image, on update what that container did not have before.',
  resources: {
    builtIn: POD_BEARING,
    custom: () => false,
    text: POD_BEARING.map(({ resource }) => resource).join(', '),
  },
  routes: [
    { operation: 'CREATE', subresource: '' },
    { operation: 'UPDATE', subresource: '' },
    { operation: 'UPDATE', subresource: 'ephemeralcontainers', only: [{ group: '', resource: 'pods' }] },
  ],
  notes: [
    'Containers, init containers, ephemeral containers and image volumes are all looked at.',
    'Removing a container, or moving it within its list, brings no image in.',
    'Static Pods of a kubelet are not seen: the API server only mirrors them.',
  ],
  detect: ({ review, target }) => {
    const before = new Map(podImages(review, target.old).map(({ path, image }) => [path, image]));
    const changes: Change[] = [];
    for (const { path, image } of podImages(review, target.new)) {
      const from = before.get(path);
      if (from !== image) changes.push({ path, ...(from !== undefined && { from }), to: image });
    }
    return changes.length > 0 ? changes : undefined;
  },
};
