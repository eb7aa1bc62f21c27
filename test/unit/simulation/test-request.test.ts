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

/** The API server converts requests in other versions before it asks; the one that was captured so was asked for on purpose. */
const sentAsAsked = captures.filter((name) => !name.endsWith('-through-version-1'));

describe('a request that is written down', () => {
  test.each(sentAsAsked)('is read as the API server sent it: %s', (name) => {
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

describe('a request that the API server would never send', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop' } };
  const create = (
    resource: TestRequest['resource'],
    object: unknown,
    more: Partial<TestRequest> = {},
  ): TestRequest => ({
    operation: 'CREATE',
    resource,
    object,
    ...more,
  });
  test.each<[string, TestRequest, string]>([
    ['of a resource in singular', create({ version: 'v1', resource: 'pod' }, pod), 'there is no pod in the group ""'],
    [
      'of a resource of another group',
      create({ version: 'v1', resource: 'deployments' }, { metadata: { name: 'web' } }),
      'deployments are of the group "apps"',
    ],
    [
      'in a version in which the webhook is not asked',
      create(
        { group: 'autoscaling', version: 'v1', resource: 'horizontalpodautoscalers' },
        { metadata: { name: 'a' } },
      ),
      'request.resource.version must be v2',
    ],
    [
      'to a subresource that there is not',
      create({ version: 'v1', resource: 'configmaps' }, { metadata: { name: 'a' } }, { subresource: 'status' }),
      'request.subresource must be one that configmaps have (none), not "status"',
    ],
    [
      'to what is never sent',
      create({ group: 'coordination.k8s.io', version: 'v1', resource: 'leases' }, { metadata: { name: 'a' } }),
      'leases are never sent to a webhook',
    ],
    [
      'in a namespace, of what is in none',
      create({ version: 'v1', resource: 'nodes' }, { metadata: { name: 'n' } }, { namespace: 'shop' }),
      'request.namespace must not be set: nodes are in no namespace',
    ],
    [
      'in none, of what is in one',
      create({ version: 'v1', resource: 'pods' }, { metadata: { name: 'n' } }, { namespace: '' }),
      'request.namespace must be set',
    ],
    ['with an object of another kind', create({ version: 'v1', resource: 'secrets' }, pod), 'must be a Secret'],
    [
      'with an object of another name',
      create({ version: 'v1', resource: 'pods' }, pod, { name: 'db' }),
      'request.object.metadata.name must be that of the request, "db", not "web"',
    ],
    [
      'with an old object elsewhere',
      {
        operation: 'UPDATE',
        resource: { version: 'v1', resource: 'pods' },
        object: pod,
        oldObject: { ...pod, metadata: { name: 'web', namespace: 'bank' } },
      },
      'request.oldObject.metadata.namespace must be that of the request, "shop", not "bank"',
    ],
    [
      'with something before what comes into being',
      create({ version: 'v1', resource: 'pods' }, pod, { oldObject: pod }),
      'request.oldObject must not be set for CREATE',
    ],
  ])('is no test: %s', (_name, request, message) => {
    expect(() => reviewOfRequest(request, undefined, RESOURCES)).toThrow(message);
  });

  test('is not looked for among resources that nobody has told of', () => {
    const widget = create({ group: 'example.com', version: 'v7', resource: 'widgets' }, { metadata: { name: 'w' } });
    expect(reviewOfRequest(widget, undefined, RESOURCES)).toMatchObject({ resource: 'widgets', namespace: '' });
  });
});

describe('what the API server adds', () => {
  const byUser = (userInfo: TestRequest['userInfo']) =>
    reviewOfRequest(
      {
        operation: 'CREATE',
        resource: { version: 'v1', resource: 'pods' },
        object: { metadata: { name: 'web' } },
        ...(userInfo && { userInfo }),
      },
      undefined,
      RESOURCES,
    ).subject.groups;

  test('everybody is authenticated', () => {
    expect(byUser({ username: 'jane', groups: ['dev'] })).toEqual(['dev', 'system:authenticated']);
  });
  test('but for who is anonymous', () => {
    expect(byUser({ username: 'system:anonymous' })).toEqual(['system:unauthenticated']);
  });
  test('service accounts are in groups of theirs', () => {
    expect(byUser({ username: 'system:serviceaccount:shop:deployer' })).toEqual([
      'system:serviceaccounts',
      'system:serviceaccounts:shop',
      'system:authenticated',
    ]);
  });
  test('a Namespace bears its name as a label', () => {
    const request = { operation: 'CREATE', resource: { version: 'v1', resource: 'namespaces' } } as const;
    const { object } = reviewOfRequest({ ...request, object: { metadata: { name: 'shop' } } }, undefined, RESOURCES);
    expect(object).toEqual({ metadata: { name: 'shop', labels: { 'kubernetes.io/metadata.name': 'shop' } } });
  });
});
