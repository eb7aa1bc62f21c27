import { CRD } from './actions/resources.ts';
import { type AutoscalerBounds, readAutoscaler } from './autoscaler.ts';
import { canJudge } from './candidate.ts';
import type { LoadedGuardrail } from './compiled-guardrail.ts';
import { listAt, own, ownAt, stringAt } from './json.ts';
import { fieldManagerOf, isNamespace } from './match.ts';
import { isNeverSent } from './never-sent.ts';
import type { PolicyIndex } from './policy-index.ts';
import { isPossiblyCustom, type ResourceInfo, type ResourceMap, resourceKey } from './resource-map.ts';
import type { KubeObject, Review } from './review.ts';
import { replicasPath } from './target.ts';
import { targetName } from './target-name.ts';

/**
 * What a request to one object does to others, which no request of its own tells in time: an autoscaler's bounds to what
 * it scales, the end of a Namespace or of a CustomResourceDefinition to what goes with it.
 */
export type Effect =
  | { readonly kind: 'Scale'; readonly bounds: AutoscalerBounds; readonly scaled: ResourceInfo }
  | {
      readonly kind: 'Content';
      readonly resources: readonly ResourceInfo[];
      readonly namespace: string;
      /** Nobody can read them. */
      readonly isUnserved?: true;
    };

/** What a review does to others; undefined for most reviews, which do nothing to others. */
export function effectOf(review: Review, resources: ResourceMap): Effect | undefined {
  if (review.subresource !== '') return undefined;
  if (review.operation === 'DELETE') return contentOf(review, resources);
  if (review.operation === 'CREATE' || review.operation === 'UPDATE') return scaleOf(review, resources);
  return undefined;
}

function contentOf(review: Review, resources: ResourceMap): Effect | undefined {
  if (isNamespace(review)) {
    const namespaced = [...resources.values()].filter(
      (info) => info.namespaced && !info.isReadOnly && !isNeverSent(info),
    );
    return { kind: 'Content', resources: namespaced, namespace: review.name };
  }
  if (!CRD.some(({ group, resource }) => group === review.group && resource === review.resource)) return undefined;
  const resource = stringAt(review.oldObject, 'spec', 'names', 'plural');
  const group = stringAt(review.oldObject, 'spec', 'group');
  if (resource === undefined || group === undefined) return undefined;
  const info = resources.get(resourceKey({ group, resource }));
  const isServed = listAt(review.oldObject, 'spec', 'versions').some((version) => own(version, 'served') === true);
  if (info !== undefined && isPossiblyCustom(info) && isServed)
    return { kind: 'Content', resources: [info], namespace: '' };
  if (info !== undefined && !isPossiblyCustom(info)) return undefined;
  // Objects are kept in a version that nobody is served. They go all the same, and nobody can look at them.
  const unserved: ResourceInfo = {
    group,
    resource,
    version: '*',
    kind: stringAt(review.oldObject, 'spec', 'names', 'kind') ?? '',
    namespaced: stringAt(review.oldObject, 'spec', 'scope') !== 'Cluster',
    isCustom: true,
    subresources: new Set(),
  };
  return { kind: 'Content', resources: [unserved], namespace: '', isUnserved: true };
}

/** An autoscaler scales at once where its bounds, as they are now, leave out the present number of replicas. */
function scaleOf(review: Review, resources: ResourceMap): Effect | undefined {
  const bounds = readAutoscaler(review, review.object);
  if (bounds === undefined) return undefined;
  const before = readAutoscaler(review, review.oldObject);
  if (before !== undefined && isSame(bounds, before)) return undefined;
  const scaled = [...resources.values()].find(({ group, kind }) => group === bounds.group && kind === bounds.kind);
  return scaled && { kind: 'Scale', bounds, scaled };
}

const isSame = (a: AutoscalerBounds, b: AutoscalerBounds): boolean =>
  a.group === b.group && a.kind === b.kind && a.name === b.name && a.min === b.min && a.max === b.max;

/** The version in which an object of a resource is read. */
export function readVersion({ version, servedVersion }: ResourceInfo): string {
  return version === '*' ? (servedVersion ?? version) : version;
}

/**
 * The review that an autoscaler stands for: the same subject writes to the `/scale` of what is scaled. `scaled` is that object
 * as it is; undefined stands for one that is not known. Returns undefined if its replicas stay as they are.
 */
export function scaleView(
  review: Review,
  { bounds, scaled: info }: Extract<Effect, { kind: 'Scale' }>,
  scaled: KubeObject | undefined,
): Review | undefined {
  const version = readVersion(info);
  const view = { ...asked(review), ...pick(info), version, subresource: 'scale', name: bounds.name };
  if (scaled === undefined) return { ...view, operation: 'UPDATE' };
  const found = ownAt(scaled, replicasPath(info, version));
  const from = typeof found === 'number' ? found : info.isCustom ? 0 : 1;
  const to = Math.min(Math.max(from, bounds.min), bounds.max);
  if (to === from || (from === 0 && bounds.sparesZero)) return undefined;
  const uid = stringAt(scaled, 'metadata', 'uid');
  const metadata = { name: bounds.name, namespace: review.namespace, ...(uid !== undefined && { uid }) };
  const scale = (replicas: number) => ({ metadata, spec: { replicas } });
  return { ...view, operation: 'UPDATE', oldObject: scale(from), object: scale(to) };
}

/** The review that the end of a container stands for: the same subject deletes an object in it. */
export function contentView(review: Review, info: ResourceInfo, item: KubeObject): Review {
  return {
    ...asked(review),
    ...pick(info),
    version: readVersion(info),
    operation: 'DELETE',
    subresource: '',
    namespace: stringAt(item, 'metadata', 'namespace') ?? '',
    name: stringAt(item, 'metadata', 'name') ?? '',
    oldObject: item,
  };
}

/** Why something is judged that nobody named. */
export function causeOf(review: Review, effect: Effect): string {
  const via = targetName(review, review.name);
  return effect.kind === 'Scale' ? `It would be scaled by ${via}` : `It would go with ${via}`;
}

/** The guardrails of a group that may protect objects of a resource which go with their container. */
export function protectors(index: PolicyIndex, info: ResourceInfo, groupId: string, review: Review): LoadedGuardrail[] {
  const route = { ...pick(info), operation: 'DELETE', subresource: '' } as const;
  return index
    .candidates(route, groupId)
    .filter((guardrail) => deletes(guardrail) && canJudge(guardrail, route) && mayMatch(guardrail, review));
}

/** Only a Delete is said to come by the end of a container: other actions that a DELETE can be are not asked about. */
const deletes = ({ scope }: LoadedGuardrail): boolean => scope.actions.some(({ name }) => name === 'Delete');

/** By what is the same of all objects in the container: who deletes it, with what, and which namespace they are in. */
function mayMatch(guardrail: LoadedGuardrail, review: Review): boolean {
  if (guardrail.kind === 'Broken') return true;
  const { subjects, fieldManagers, namespaces } = guardrail.match;
  return (
    (subjects === undefined || subjects(review.subject)) &&
    (fieldManagers === undefined || fieldManagers(fieldManagerOf(review))) &&
    (!isNamespace(review) || namespaces === undefined || namespaces(review.name))
  );
}

/** Whether the metadata of an object is all that a guardrail reads of it when it is deleted. */
export function readsMetadataAlone(guardrail: LoadedGuardrail): boolean {
  return guardrail.kind === 'Broken' || !guardrail.hasConditions;
}

/** Who asks for what, without the objects of the request. */
function asked({ uid, subject, options, dryRun, namespace }: Review) {
  return { uid, subject, dryRun, namespace, ...(options !== undefined && { options }) };
}

const pick = ({ group, resource }: ResourceInfo) => ({ group, resource });
