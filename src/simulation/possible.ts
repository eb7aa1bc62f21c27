import { DecodeError } from '../admission/decode.ts';
import { stringAt } from '../policy/json.ts';
import { isNamespace } from '../policy/match.ts';
import { isNeverSent } from '../policy/never-sent.ts';
import { type ResourceInfo, type ResourceMap, resourceKey } from '../policy/resource-map.ts';
import type { Review } from '../policy/review.ts';
import { hasForeignBody } from '../policy/target.ts';
import { BUILT_IN_GROUPS, groupOf } from './resources.ts';

/**
 * Throws DecodeError, with what is wrong, if the API server would never send such a request, as far as that can be told: of
 * resources of groups that nobody has told of, nothing is known. A test of a request that can't be would prove nothing.
 */
export function checkPossible(review: Review, resources: ResourceMap): void {
  if (isNeverSent(review)) throw new DecodeError(`request.resource: ${review.resource} are never sent to a webhook`);
  const info = resources.get(resourceKey(review));
  if (info === undefined) {
    checkGroup(review, resources);
  } else {
    checkResource(review, info);
    checkKinds(review, info);
  }
  checkObjects(review);
}

function checkGroup({ group, resource }: Review, resources: ResourceMap): void {
  if (!BUILT_IN_GROUPS.has(group)) return;
  const elsewhere = [...resources.values()].find((info) => info.resource === resource);
  const hint =
    elsewhere === undefined
      ? 'name it in plural and lower case, such as deployments'
      : `${resource} are of the group "${elsewhere.group}"`;
  throw new DecodeError(`request.resource: there is no ${resource} in the group "${group}": ${hint}`);
}

function checkResource(review: Review, info: ResourceInfo): void {
  const { resource, version, subresource, namespace } = review;
  if (info.version !== '*' && version !== info.version) {
    throw new DecodeError(
      `request.resource.version must be ${info.version}: in that the webhook is asked of ${resource}`,
    );
  }
  if (subresource !== '' && !info.subresources.has(subresource)) {
    const known = [...info.subresources].join(', ') || 'none';
    throw new DecodeError(`request.subresource must be one that ${resource} have (${known}), not "${subresource}"`);
  }
  if (!info.namespaced && namespace !== '' && !isNamespace(review)) {
    throw new DecodeError(`request.namespace must not be set: ${resource} are in no namespace`);
  }
  if (info.namespaced && namespace === '') {
    throw new DecodeError(`request.namespace must be set: ${resource} are in a namespace`);
  }
}

/** The body of a subresource can be of any kind. */
function checkKinds(review: Review, info: ResourceInfo): void {
  if (hasForeignBody(review)) return;
  for (const key of ['object', 'oldObject'] as const) {
    const object = review[key];
    const kind = stringAt(object, 'kind');
    if (object === undefined || kind === undefined) continue;
    const isOther =
      kind !== info.kind || (stringAt(object, 'apiVersion') !== undefined && groupOf(object) !== info.group);
    if (isOther) throw new DecodeError(`request.${key} must be a ${info.kind}, as ${info.resource} are`);
  }
}

function checkObjects(review: Review): void {
  if (review.operation === 'CREATE' && review.subresource === '' && review.oldObject !== undefined) {
    throw new DecodeError('request.oldObject must not be set for CREATE: there is nothing before');
  }
  if (review.operation === 'DELETE' && review.object !== undefined) {
    throw new DecodeError('request.object must not be set for DELETE: there is nothing after');
  }
  for (const key of ['object', 'oldObject'] as const) {
    for (const part of ['name', 'namespace'] as const) {
      const told = stringAt(review[key], 'metadata', part);
      if (told === undefined || told === '' || told === review[part]) continue;
      throw new DecodeError(
        `request.${key}.metadata.${part} must be that of the request, "${review[part]}", not "${told}"`,
      );
    }
  }
}
