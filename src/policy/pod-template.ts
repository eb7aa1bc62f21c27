import { listAt, ownAt, stringAt } from './json.ts';
import { resourceKey } from './resource-map.ts';
import type { GroupResource, KubeObject } from './review.ts';

/** Where each built-in kind that bears Pods keeps the pod spec. */
const POD_SPEC: ReadonlyMap<string, readonly string[]> = new Map([
  ['pods.', ['spec']],
  ['podtemplates.', ['template', 'spec']],
  ['replicationcontrollers.', ['spec', 'template', 'spec']],
  ['deployments.apps', ['spec', 'template', 'spec']],
  ['statefulsets.apps', ['spec', 'template', 'spec']],
  ['daemonsets.apps', ['spec', 'template', 'spec']],
  // What a StatefulSet or DaemonSet is rolled back to: its controller makes Pods of it.
  ['controllerrevisions.apps', ['data', 'spec', 'template', 'spec']],
  ['replicasets.apps', ['spec', 'template', 'spec']],
  ['jobs.batch', ['spec', 'template', 'spec']],
  ['cronjobs.batch', ['spec', 'jobTemplate', 'spec', 'template', 'spec']],
]);

/** The resources that bear Pods. */
export const POD_BEARING: readonly GroupResource[] = [...POD_SPEC.keys()].map((key) => {
  const dot = key.indexOf('.');
  return { resource: key.slice(0, dot), group: key.slice(dot + 1) };
});

/** One image that an object would run or mount. */
export interface PodImage {
  /** A JSONPath with the container's name. */
  readonly path: string;
  readonly image: string;
}

/** Everywhere that a container can stand in a pod spec. */
const CONTAINER_LISTS = ['containers', 'initContainers', 'ephemeralContainers'] as const;

/** Every image of an object that bears Pods: of all container lists, and of image volumes. Empty for other kinds. */
export function podImages(resource: GroupResource, object: KubeObject | undefined): PodImage[] {
  const keys = POD_SPEC.get(resourceKey(resource));
  if (keys === undefined) return [];
  const spec = ownAt(object, keys);
  const at = `$.${keys.join('.')}`;
  const images: PodImage[] = [];
  for (const list of CONTAINER_LISTS) {
    for (const container of listAt(spec, list)) {
      const image = stringAt(container, 'image');
      if (image !== undefined) images.push({ path: `${at}.${list}[${nameOf(container)}].image`, image });
    }
  }
  for (const volume of listAt(spec, 'volumes')) {
    const image = stringAt(volume, 'image', 'reference');
    if (image !== undefined) images.push({ path: `${at}.volumes[${nameOf(volume)}].image.reference`, image });
  }
  return images;
}

const nameOf = (item: unknown): string => stringAt(item, 'name') ?? '';
