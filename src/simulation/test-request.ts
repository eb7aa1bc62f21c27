import { ADMISSION_API_VERSION } from '../admission/admission-review.ts';
import { decodeReview } from '../admission/decode.ts';
import type { TestRequest, TestUser } from '../api/v1alpha1.ts';
import { asObject, isObject, own, stringAt } from '../policy/json.ts';
import { isNamespace, serviceAccountOf } from '../policy/match.ts';
import { type ResourceMap, resourceKey } from '../policy/resource-map.ts';
import type { KubeObject, Review } from '../policy/review.ts';
import { checkPossible } from './possible.ts';
import { NAME_LABEL } from './simulated-cluster.ts';

/** Somebody without any right of their own. */
const SOMEBODY = { username: 'test-user' };

const DEFAULT_NAMESPACE = 'default';

/**
 * The review of a request that somebody wrote down, with what the API server would add: the names that the objects bear, the
 * namespace, the groups. Throws DecodeError if the API server would never send such a request.
 */
export function reviewOfRequest(request: TestRequest, target: KubeObject | undefined, resources: ResourceMap): Review {
  const { operation, resource, subresource = '', object, oldObject, options, userInfo = SOMEBODY } = request;
  const groupResource = { group: resource.group ?? '', resource: resource.resource };
  const name = request.name ?? firstText('name', object, oldObject, target);
  const admission = {
    uid: 'simulated',
    resource: { ...groupResource, version: resource.version },
    subResource: subresource,
    name,
    namespace: request.namespace ?? namespaceOf(groupResource, name, resources, object, oldObject, target),
    operation,
    userInfo: { ...userInfo, groups: groupsOf(userInfo) },
    object: asStored(groupResource, object),
    oldObject: asStored(groupResource, oldObject),
    options,
    dryRun: false,
  };
  const review = decode(admission);
  checkPossible(review, resources);
  return review;
}

/** The groups of a user, with those that the API server adds to everybody who is authenticated, and to service accounts. */
function groupsOf({ username, groups = [] }: TestUser): readonly string[] {
  if (username === 'system:anonymous') return [...new Set([...groups, 'system:unauthenticated'])];
  const account = serviceAccountOf(username);
  const ofAccounts =
    account === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`];
  return [...new Set([...groups, ...ofAccounts, 'system:authenticated'])];
}

/** Every Namespace has a label of its name, which nobody can take off. */
function asStored(resource: Parameters<typeof isNamespace>[0], object: unknown): unknown {
  const name = stringAt(object, 'metadata', 'name');
  if (!isNamespace(resource) || !isObject(object) || name === undefined) return object;
  const metadata = own(object, 'metadata');
  const labels = own(metadata, 'labels');
  return {
    ...object,
    metadata: { ...asObject(metadata), labels: { ...(isObject(labels) && labels), [NAME_LABEL]: name } },
  };
}

/** Decodes an AdmissionRequest as the webhook does. Throws DecodeError for one that the API server would never send. */
export function reviewOfAdmissionRequest(request: unknown): Review {
  return decode(request);
}

const decode = (request: unknown): Review =>
  decodeReview(
    new TextEncoder().encode(JSON.stringify({ apiVersion: ADMISSION_API_VERSION, kind: 'AdmissionReview', request })),
  );

/** A Namespace is said to be in itself; what is not known to be in one is where its objects say. */
function namespaceOf(
  resource: Parameters<typeof isNamespace>[0],
  name: string | undefined,
  resources: ResourceMap,
  ...objects: readonly unknown[]
): string | undefined {
  if (isNamespace(resource)) return name;
  const told = firstText('namespace', ...objects);
  if (told !== undefined) return told;
  return resources.get(resourceKey(resource))?.namespaced === true ? DEFAULT_NAMESPACE : undefined;
}

function firstText(key: string, ...objects: readonly unknown[]): string | undefined {
  return objects.map((object) => stringAt(object, 'metadata', key)).find((text) => text !== undefined);
}
