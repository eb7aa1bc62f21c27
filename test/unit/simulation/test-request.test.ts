import { describe, expect, test } from 'vitest';
import type { TestRequest } from '../../../src/api/v1alpha1.ts';
import { resourcesOf } from '../../../src/simulation/resources.ts';
import { reviewOfRequest } from '../../../src/simulation/test-request.ts';
import { captured, capturedBody, captures } from '../policy/support/reviews.ts';

const RESOURCES = resourcesOf([]);

/** A captured request as somebody would write it down for a test. */
function written(name: string): TestRequest {
  const { request } = JSON.parse(capturedBody(name).toString()) as { request: Record<string, unknown> };
  const { operation, resource, subResource, namespace, name: of, object, oldObject, options, userInfo } = request;
  const given = { subresource: subResource, namespace, name: of, object, oldObject, options, userInfo };
  const set = Object.entries(given).filter(([, value]) => value !== null && value !== undefined);
  return { operation, resource, ...Object.fromEntries(set) } as TestRequest;
}

describe('a request that is written down', () => {
  test.each(captures)('is read as the API server sent it: %s', (name) => {
    const { uid: _uid, dryRun: _dryRun, ...sent } = captured(name);
    expect(reviewOfRequest(written(name), undefined, RESOURCES)).toMatchObject(sent);
  });

  test.each<[string, TestRequest, unknown, object]>([
    [
      'is by somebody without rights',
      { operation: 'CREATE', resource: { version: 'v1', resource: 'pods' }, object: {} },
      undefined,
      { subject: { username: 'test-user', groups: ['system:authenticated'] } },
    ],
    [
      'is of the name and namespace of its object',
      {
        operation: 'CREATE',
        resource: { version: 'v1', resource: 'pods' },
        object: { metadata: { name: 'web', namespace: 'shop' } },
      },
      undefined,
      { name: 'web', namespace: 'shop' },
    ],
    [
      'is in the namespace default if nothing says otherwise',
      { operation: 'DELETE', resource: { version: 'v1', resource: 'pods' }, oldObject: { metadata: { name: 'web' } } },
      undefined,
      { name: 'web', namespace: 'default' },
    ],
    [
      'is of the name and namespace of the object behind a subresource',
      { operation: 'CONNECT', resource: { version: 'v1', resource: 'pods' }, subresource: 'exec' },
      { metadata: { name: 'web', namespace: 'shop' } },
      { name: 'web', namespace: 'shop' },
    ],
    [
      'is in no namespace where there is none',
      { operation: 'DELETE', resource: { version: 'v1', resource: 'nodes' }, oldObject: { metadata: { name: 'n' } } },
      undefined,
      { name: 'n', namespace: '' },
    ],
    [
      'is in itself for a Namespace',
      {
        operation: 'DELETE',
        resource: { version: 'v1', resource: 'namespaces' },
        oldObject: { metadata: { name: 'shop' } },
      },
      undefined,
      { name: 'shop', namespace: 'shop' },
    ],
  ])('%s', (_name, request, target, parts) => {
    expect(reviewOfRequest(request, target as never, RESOURCES)).toMatchObject(parts);
  });
});
