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
  const userInfo = own(request, 'userInfo');
  const object = objectAt(request, 'object');
  const oldObject = objectAt(request, 'oldObject');
  const options = objectAt(request, 'options');
  const subresource = textAt(request, 'subResource');
  const uid = stringAt(userInfo, 'uid');
  return {
    uid: required(request, 'uid'),
    operation: operationOf(request),
    group: textAt(resource, 'group'),
    version: required(resource, 'version', 'resource.'),
    resource: required(resource, 'resource', 'resource.'),
    subresource,
    namespace: textAt(request, 'namespace'),
    name: textAt(request, 'name') || nameOf(object) || nameOf(oldObject),
    subject: {
      username: required(userInfo, 'username', 'userInfo.'),
      ...(uid !== undefined && { uid }),
      groups: listAt(userInfo, 'groups').filter((group) => typeof group === 'string'),
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

const textAt = (parent: unknown, key: string): string => stringAt(parent, key) ?? '';

/** null stands for absent. Anything else than an object would be no Kubernetes object. */
function objectAt(request: KubeObject, key: string): KubeObject | undefined {
  const value = own(request, key);
  if (value === undefined) return undefined;
  if (!isObject(value)) throw new DecodeError(`request.${key} must be an object`);
  return value;
}

const nameOf = (object: KubeObject | undefined): string => stringAt(object, 'metadata', 'name') ?? '';

/** kubectl drain --dry-run=server says so in the options that the eviction carries, not in the request's own. */
function isDryRunEviction(subresource: string, object: KubeObject | undefined): boolean {
  return subresource === 'eviction' && listAt(ownAt(object, ['deleteOptions']), 'dryRun').includes('All');
}
