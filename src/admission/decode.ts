import { isObject, listAt, own, ownAt, stringAt } from '../policy/json.ts';
import type { KubeObject, Operation, Review } from '../policy/review.ts';
import { ADMISSION_API_VERSION } from './admission-review.ts';

/** The body is no AdmissionReview that can be judged. The API server takes the answer as a failed call: failurePolicy decides. */
export class DecodeError extends Error {}

const OPERATIONS: ReadonlySet<string> = new Set(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']);

/**
 * Decodes the body of a request to a Review. Throws DecodeError for everything that is not a whole AdmissionReview of v1:
 * what is not understood is never judged by half.
 */
export function decodeReview(body: Uint8Array): Review {
  const request = decodeRequest(body);
  const resource = own(request, 'resource');
  const isLegacyBinding = textAt(resource, 'group') === '' && textAt(resource, 'resource') === 'bindings';
  const userInfo = own(request, 'userInfo');
  const operation = operationOf(request);
  const object = objectAt(request, 'object');
  const oldObject = objectAt(request, 'oldObject');
  const options = objectAt(request, 'options');
  // Posted to a resource of its own, a Binding binds the Pod of its name like any other.
  const subresource = isLegacyBinding ? 'binding' : textAt(request, 'subResource');
  const uid = textAt(userInfo, 'uid');
  checkObjects(operation, subresource, object, oldObject);
  return {
    uid: required(request, 'uid'),
    operation,
    group: textAt(resource, 'group'),
    version: required(resource, 'version', 'resource.'),
    resource: isLegacyBinding ? 'pods' : required(resource, 'resource', 'resource.'),
    subresource,
    namespace: textAt(request, 'namespace'),
    name: realName(textAt(request, 'name'), subresource) || nameOf(object) || nameOf(oldObject),
    subject: {
      username: required(userInfo, 'username', 'userInfo.'),
      ...(uid !== '' && { uid }),
      groups: groupsOf(userInfo),
    },
    ...(object !== undefined && { object }),
    ...(oldObject !== undefined && { oldObject }),
    ...(options !== undefined && { options }),
    dryRun: own(request, 'dryRun') === true || isDryRunEviction(subresource, object),
  };
}

function decodeRequest(body: Uint8Array): KubeObject {
  let review: unknown;
  try {
    review = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw new DecodeError('the body must be JSON in UTF-8', { cause: error });
  }
  if (stringAt(review, 'apiVersion') !== ADMISSION_API_VERSION || stringAt(review, 'kind') !== 'AdmissionReview') {
    throw new DecodeError(`the body must be an AdmissionReview of ${ADMISSION_API_VERSION}`);
  }
  const request = own(review, 'request');
  if (!isObject(request)) throw new DecodeError('request must be set');
  return request;
}

function operationOf(request: KubeObject): Operation {
  const operation = required(request, 'operation');
  if (!OPERATIONS.has(operation)) throw new DecodeError('request.operation must be CREATE, UPDATE, DELETE or CONNECT');
  return operation as Operation;
}

function required(parent: unknown, key: string, at = ''): string {
  const value = stringAt(parent, key);
  if (value === undefined || value === '') throw new DecodeError(`request.${at}${key} must be set`);
  return value;
}

/** "" if it is absent. Anything else than a string is not understood, and must not pass for absent. */
function textAt(parent: unknown, key: string): string {
  const value = own(parent, key) ?? '';
  if (typeof value !== 'string') throw new DecodeError(`${key} must be a string`);
  return value;
}

function groupsOf(userInfo: unknown): string[] {
  const groups = own(userInfo, 'groups') ?? [];
  if (!Array.isArray(groups) || !groups.every((group) => typeof group === 'string')) {
    throw new DecodeError('request.userInfo.groups must be a list of strings');
  }
  return groups;
}

/** What is written needs what it is written over: a scaling from nowhere would pass for one up. */
function checkObjects(
  operation: Operation,
  subresource: string,
  object: KubeObject | undefined,
  oldObject: KubeObject | undefined,
): void {
  const needsObject = operation === 'CREATE' || operation === 'UPDATE';
  const needsOld = operation === 'UPDATE' || (operation === 'DELETE' && subresource === '');
  if (needsObject && object === undefined) throw new DecodeError(`request.object must be set for ${operation}`);
  if (needsOld && oldObject === undefined) throw new DecodeError(`request.oldObject must be set for ${operation}`);
}

/** null stands for absent. Anything else than an object would be no Kubernetes object. */
function objectAt(request: KubeObject, key: string): KubeObject | undefined {
  const value = own(request, key);
  if (value === undefined) return undefined;
  if (!isObject(value)) throw new DecodeError(`request.${key} must be an object`);
  return value;
}

const nameOf = (object: KubeObject | undefined): string => stringAt(object, 'metadata', 'name') ?? '';

/** Requests to a proxy may name a scheme and a port beside the object: `https:web:8443`, `web:8080`. No name has a colon. */
function realName(name: string, subresource: string): string {
  if (subresource !== 'proxy') return name;
  const parts = name.split(':');
  return (parts.length === 3 ? parts[1] : parts[0]) ?? name;
}

/** kubectl drain --dry-run=server says so in the options that the eviction carries, not in the request's own. */
function isDryRunEviction(subresource: string, object: KubeObject | undefined): boolean {
  return subresource === 'eviction' && listAt(ownAt(object, ['deleteOptions']), 'dryRun').includes('All');
}
