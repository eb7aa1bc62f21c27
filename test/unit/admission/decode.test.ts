import { describe, expect, test } from 'vitest';
import { DecodeError, decodeReview } from '../../../src/admission/decode.ts';
import { captured, capturedBody, captures } from '../policy/support/reviews.ts';

const REQUEST = {
  uid: 'u-1',
  operation: 'UPDATE',
  resource: { group: 'apps', version: 'v1', resource: 'deployments' },
  namespace: 'shop',
  name: 'web',
  userInfo: { username: 'alice', groups: ['developers'] },
  object: { a: 1 },
  oldObject: { a: 2 },
};
const body = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const withRequest = (parts: object) => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: { ...REQUEST, ...parts },
});
const decode = (parts: object = {}) => decodeReview(body(withRequest(parts)));

describe('what is no AdmissionReview is refused', () => {
  test.each<[string, unknown]>([
    ['nothing', ''],
    ['no JSON', '{"a":'],
    ['text', 'hello'],
    ['null', null],
    ['a number', 1],
    ['a list', []],
    ['an empty object', {}],
    ['another kind', { ...withRequest({}), kind: 'ConversionReview' }],
    ['another version', { ...withRequest({}), apiVersion: 'admission.k8s.io/v1beta1' }],
    ['no request', { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' }],
    [
      'a response',
      { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid: 'u', allowed: true } },
    ],
    ['a request that is null', { ...withRequest({}), request: null }],
    ['a request that is a list', { ...withRequest({}), request: [] }],
    [
      'a request that only a prototype has',
      '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","__proto__":{"request":{}}}',
    ],
    ['no uid', withRequest({ uid: undefined })],
    ['an empty uid', withRequest({ uid: '' })],
    ['a uid that is a number', withRequest({ uid: 1 })],
    ['no operation', withRequest({ operation: undefined })],
    ['an operation that nobody knows', withRequest({ operation: 'PATCH' })],
    ['an operation in lower case', withRequest({ operation: 'update' })],
    ['no resource', withRequest({ resource: undefined })],
    ['a resource that is a text', withRequest({ resource: 'deployments' })],
    ['a resource without a name', withRequest({ resource: { group: 'apps', version: 'v1' } })],
    ['a resource without a version', withRequest({ resource: { group: 'apps', resource: 'deployments' } })],
    ['a group that is a number', withRequest({ resource: { group: 1, version: 'v1', resource: 'deployments' } })],
    ['a subresource that is a number', withRequest({ subResource: 1 })],
    ['a namespace that is a list', withRequest({ namespace: ['shop'] })],
    ['a name that is an object', withRequest({ name: {} })],
    ['no user', withRequest({ userInfo: undefined })],
    ['a user without a name', withRequest({ userInfo: { groups: [] } })],
    ['a user whose name is empty', withRequest({ userInfo: { username: '' } })],
    ['groups that are a text', withRequest({ userInfo: { username: 'a', groups: 'system:masters' } })],
    ['groups that are no texts', withRequest({ userInfo: { username: 'a', groups: [1] } })],
    ['an object that is a text', withRequest({ object: 'x' })],
    ['an object that is a list', withRequest({ object: [] })],
    ['an oldObject that is a number', withRequest({ oldObject: 0 })],
    ['options that are true', withRequest({ options: true })],
    ['a creation of nothing', withRequest({ operation: 'CREATE', object: null })],
    ['an update to nothing', withRequest({ object: null })],
    ['an update of nothing', withRequest({ oldObject: undefined })],
    ['a deletion of nothing', withRequest({ operation: 'DELETE', object: null, oldObject: null })],
  ])('%s', (_name, value) => expect(() => decodeReview(body(value))).toThrow(DecodeError));

  test.each<[string, Uint8Array]>([
    ['bytes that are no UTF-8', Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    ['a text in UTF-16', Buffer.from(JSON.stringify(withRequest({})), 'utf16le')],
  ])('%s', (_name, bytes) => expect(() => decodeReview(bytes)).toThrow('the body must be JSON in UTF-8'));

  test('the message never quotes the body', () => {
    expect(() => decodeReview(body('{"password": "hunter2"'))).toThrow(/^the body must be JSON in UTF-8$/);
  });
});

describe('what is decoded', () => {
  test.each(captures)('%s has a name, a resource, a subject and its own uid', (name) => {
    const review = captured(name);
    const { request } = JSON.parse(capturedBody(name).toString()) as { request: { uid: string } };
    expect(review.uid).toBe(request.uid);
    expect(review.name).not.toBe('');
    expect(review.resource).toMatch(/^[a-z]+$/);
    expect(review.subject.username).not.toBe('');
    expect(review.subject.groups.length).toBeGreaterThan(0);
  });

  test.each([
    ['pod-evict-by-drain-dry-run', true],
    ['pod-evict-dry-run-query', true],
    ['pod-delete-dry-run', true],
    ['deployment-create-dry-run', true],
    ['deployment-scale-dry-run', true],
    ['pod-evict', false],
    ['pod-delete-forced', false],
  ])('%s is a dry run: %s', (name, dryRun) => expect(captured(name).dryRun).toBe(dryRun));

  test.each<[string, object, string]>([
    ['the request', {}, 'web'],
    ['the object, where the request has none', { name: '', object: { metadata: { name: 'made' } } }, 'made'],
    [
      'the old object of a collection delete',
      { name: undefined, operation: 'DELETE', object: null, oldObject: { metadata: { name: 'gone' } } },
      'gone',
    ],
    ['nobody', { name: '', object: {}, oldObject: { metadata: { name: 7 } } }, ''],
  ])('the name is that of %s', (_name, parts, expected) => expect(decode(parts).name).toBe(expected));

  test('null is absent', () => {
    const review = decode({
      operation: 'CONNECT',
      object: null,
      oldObject: null,
      options: null,
      subResource: null,
      namespace: null,
    });
    expect(review).toEqual({
      uid: 'u-1',
      operation: 'CONNECT',
      group: 'apps',
      version: 'v1',
      resource: 'deployments',
      subresource: '',
      namespace: '',
      name: 'web',
      subject: { username: 'alice', groups: ['developers'] },
      dryRun: false,
    });
  });

  test('keys that every object has are keys like any', () => {
    const text = JSON.stringify(withRequest({})).replace(
      '"a":1',
      '"__proto__":{"isAdmin":true},"constructor":{"prototype":1}',
    );
    const { object } = decodeReview(body(text));
    expect(Object.keys(object ?? {})).toEqual(['__proto__', 'constructor']);
    expect((object as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  test('an object that is nested as deep as the API server allows', () => {
    const text = JSON.stringify(withRequest({})).replace(
      '"a":1',
      `"a":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
    );
    expect(decodeReview(body(text)).name).toBe('web');
  });
});
