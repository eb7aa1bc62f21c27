import type { Change } from './decision.ts';
import { listAt, own, ownAt } from './json.ts';
import type { SimpleJsonPath } from './json-path.ts';
import { alignLists } from './named-list.ts';
import { resourceKey } from './resource-map.ts';
import type { GroupResource } from './review.ts';
import type { Target } from './target.ts';

/** Where each built-in kind that bears Pods keeps the template: metadata and the pod spec. A Pod is its own. */
const TEMPLATE: ReadonlyMap<string, readonly string[]> = new Map([
  ['pods.', []],
  ['podtemplates.', ['template']],
  ['replicationcontrollers.', ['spec', 'template']],
  ['deployments.apps', ['spec', 'template']],
  ['statefulsets.apps', ['spec', 'template']],
  ['daemonsets.apps', ['spec', 'template']],
  // What a StatefulSet or DaemonSet is rolled back to: its controller makes Pods of it.
  ['controllerrevisions.apps', ['data', 'spec', 'template']],
  ['replicasets.apps', ['spec', 'template']],
  ['jobs.batch', ['spec', 'template']],
  ['cronjobs.batch', ['spec', 'jobTemplate', 'spec', 'template']],
]);

/** The resources that bear Pods. */
export const POD_BEARING: readonly GroupResource[] = [...TEMPLATE.keys()].map((key) => {
  const dot = key.indexOf('.');
  return { resource: key.slice(0, dot), group: key.slice(dot + 1) };
});

/** What has no template that could change: a Pod has none, and the data of a ControllerRevision is immutable. */
const IMMUTABLE: ReadonlySet<string> = new Set(['pods.', 'controllerrevisions.apps']);

/** The resources whose template an update can change. */
export const TEMPLATE_BEARING: readonly GroupResource[] = POD_BEARING.filter(
  (resource) => !IMMUTABLE.has(resourceKey(resource)),
);

/** Resources that bear Pods in words, for docs/actions.md. */
export function podBearingText(resources: readonly GroupResource[]): string {
  return `${resources.map(({ resource }) => resource).join(', ')}, and custom resources of which a guardrail tells podTemplatePath`;
}

/** What the pod templates of an object are read from. */
export interface PodBearer {
  readonly review: GroupResource;
  readonly target: Target;
  /** Where a custom resource keeps its templates. */
  readonly podTemplate?: SimpleJsonPath | undefined;
}

/** Every pod template of an object before and after, with its metadata. Empty for what bears no Pods. */
export function templatePairs({ review, target, podTemplate }: PodBearer): readonly Change[] {
  const keys = TEMPLATE.get(resourceKey(review));
  if (keys === undefined) return podTemplate?.pairs(target.old, target.new) ?? [];
  return [{ path: ['$', ...keys].join('.'), from: ownAt(target.old, keys), to: ownAt(target.new, keys) }];
}

/** The templates that an update changes: of what is there before and after, and is neither a Pod nor immutable. */
export function updatedTemplatePairs(bearer: PodBearer): readonly Change[] {
  const { review, target } = bearer;
  const isImmutable = IMMUTABLE.has(resourceKey(review));
  return isImmutable || target.old === undefined || target.new === undefined ? [] : templatePairs(bearer);
}

/** Every pod spec of an object before and after. */
export function podSpecPairs(bearer: PodBearer): Change[] {
  return templatePairs(bearer).map(specOf);
}

/** The pod spec of a template. */
export function specOf({ path, from, to }: Change): Change {
  return { path: `${path}.spec`, from: own(from, 'spec'), to: own(to, 'spec') };
}

/** Everywhere that a container can stand in a pod spec. */
const CONTAINER_LISTS = ['containers', 'initContainers', 'ephemeralContainers'] as const;

/** The containers of a pod spec before and after, of all lists. One that moves to another list goes and comes. */
export function containerPairs(spec: Change): Change[] {
  return CONTAINER_LISTS.flatMap((list) => itemPairs(spec, list));
}

/** The items of a list before and after, paired by name. */
export function itemPairs({ path, from, to }: Change, key: string): Change[] {
  return alignLists(listAt(from, key), listAt(to, key)).map((item) => ({
    path: `${path}.${key}[${item.label}]`,
    from: item.from ?? undefined,
    to: item.to ?? undefined,
  }));
}
