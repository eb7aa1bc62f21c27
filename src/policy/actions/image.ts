import type { Change } from '../decision.ts';
import { stringAt } from '../json.ts';
import { containerPairs, itemPairs, POD_BEARING, podBearingText, podSpecPairs } from '../pod-template.ts';
import type { Action } from './action.ts';
import { ifAny } from './changes.ts';
import { POD } from './resources.ts';

/** An image enters a pod template or a Pod. */
export const imageChange: Action = {
  name: 'ImageChange',
  implies: [],
  summary:
    'An image enters a pod template or a Pod: on create every image, on update what that container did not have before.',
  resources: { builtIn: POD_BEARING, custom: () => false, podBearing: true, text: podBearingText(POD_BEARING) },
  routes: [
    { operation: 'CREATE', subresource: '' },
    { operation: 'UPDATE', subresource: '' },
    { operation: 'UPDATE', subresource: 'ephemeralcontainers', only: POD },
  ],
  notes: [
    'Containers, init containers, ephemeral containers and image volumes are all looked at.',
    'Removing a container, or moving it within its list, brings no image in.',
  ],
  unseen: [
    'Another image under the same tag. The condition `images.withoutDigest` asks for digests.',
    'An image that other fields name, such as those of custom resources of which no guardrail tells podTemplatePath: Create and Update see these.',
  ],
  detect: (event) => ifAny(podSpecPairs(event).flatMap(imagesBroughtIn)),
};

function imagesBroughtIn(spec: Change): Change[] {
  return [
    ...containerPairs(spec).flatMap((container) => broughtIn(container, ['image'])),
    ...itemPairs(spec, 'volumes').flatMap((volume) => broughtIn(volume, ['image', 'reference'])),
  ];
}

function broughtIn({ path, from, to }: Change, keys: readonly string[]): Change[] {
  const before = stringAt(from, ...keys);
  const after = stringAt(to, ...keys);
  if (after === undefined || after === before) return [];
  return [{ path: [path, ...keys].join('.'), ...(before !== undefined && { from: before }), to: after }];
}
