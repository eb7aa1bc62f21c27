import { ApiException } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import {
  errorFromResponse,
  isAlreadyExists,
  isConflict,
  isExpired,
  isForbidden,
  isNamespaceTerminating,
  isNotFound,
  isQuotaExceeded,
  isTransient,
  KubeError,
  toKubeError,
} from '../../../src/kube/errors.ts';

const PREDICATES = {
  isNotFound,
  isConflict,
  isAlreadyExists,
  isForbidden,
  isExpired,
  isTransient,
  isNamespaceTerminating,
  isQuotaExceeded,
};

const refused = (code: number, reason: string, more: object = {}) =>
  errorFromResponse(
    { code, body: JSON.stringify({ kind: 'Status', code, reason, message: reason, ...more }) },
    'GET /x',
  );

const NETWORK = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });

describe('an error is told apart', () => {
  test.each<[string, unknown, (keyof typeof PREDICATES)[]]>([
    ['no such object', refused(404, 'NotFound'), ['isNotFound']],
    ['written by somebody else', refused(409, 'Conflict'), ['isConflict']],
    ['there already', refused(409, 'AlreadyExists'), ['isAlreadyExists']],
    ['not allowed', refused(403, 'Forbidden'), ['isForbidden']],
    [
      'a terminating namespace',
      refused(403, 'Forbidden', {
        details: { causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] },
      }),
      ['isForbidden', 'isNamespaceTerminating'],
    ],
    [
      'a quota',
      refused(403, 'Forbidden', { message: 'x is forbidden: exceeded quota: few, requested: 1, used: 1, limited: 1' }),
      ['isForbidden', 'isQuotaExceeded'],
    ],
    ['an old version', refused(410, 'Expired'), ['isExpired']],
    ['invalid', refused(422, 'Invalid'), []],
    ['unauthenticated', refused(401, 'Unauthorized'), []],
    ['overload', refused(429, 'TooManyRequests'), ['isTransient']],
    ['an internal error', refused(500, 'InternalError'), ['isTransient']],
    ['an away server', refused(503, 'ServiceUnavailable'), ['isTransient']],
    ['a slow server', refused(504, 'Timeout'), ['isTransient']],
    ['no connection', toKubeError(NETWORK, 'GET /x'), ['isTransient']],
    ['no answer in time', toKubeError(new DOMException('late', 'TimeoutError'), 'GET /x'), ['isTransient']],
    ['aborted by us', toKubeError(new DOMException('stop', 'AbortError'), 'GET /x'), []],
    ['no KubeError', new Error('404'), []],
    ['no error', undefined, []],
  ])('%s', (_, error, expected) => {
    const holding = Object.entries(PREDICATES).filter(([, holds]) => holds(error));
    expect(holding.map(([name]) => name)).toEqual(expected);
  });
});

describe('what the API server says', () => {
  test('is in the error', () => {
    const body = {
      message: 'guardrails.dev "x" is invalid',
      reason: 'Invalid',
      details: { retryAfterSeconds: 3, causes: [{ reason: 'FieldValueInvalid', message: 'must be', field: 'spec' }] },
    };
    const error = errorFromResponse({ code: 422, body: JSON.stringify(body) }, 'POST /x');
    expect(error).toBeInstanceOf(KubeError);
    expect({ ...error, message: error.message }).toEqual({
      name: 'KubeError',
      message: 'guardrails.dev "x" is invalid',
      status: 422,
      reason: 'Invalid',
      causes: [{ reason: 'FieldValueInvalid', message: 'must be', field: 'spec' }],
      retryAfterSeconds: 3,
    });
  });

  test.each([
    ['HTML of a proxy', '<html>Bad Gateway</html>'],
    ['nothing', ''],
    ['JSON that is no Status', '[1]'],
    ['null', 'null'],
  ])('may be %s', (_, body) => {
    const error = errorFromResponse({ code: 502, body, headers: { 'retry-after': '7' } }, 'GET /x');
    expect(error).toMatchObject({ message: 'GET /x: HTTP 502', status: 502, reason: 'HTTP502', retryAfterSeconds: 7 });
  });

  test('may come as an ApiException of the library', () => {
    const exception = new ApiException(404, 'Unknown', JSON.stringify({ reason: 'NotFound', message: 'none' }), {});
    expect(toKubeError(exception, 'GET /x')).toMatchObject({ status: 404, reason: 'NotFound', message: 'none' });
  });

  test('may come as the error of a watch', () => {
    const error = Object.assign(new Error('Gone'), { statusCode: 410 });
    expect(isExpired(toKubeError(error, 'WATCH /x'))).toBe(true);
  });
});

describe('what the network says', () => {
  test('is found under what wraps it, and kept as the cause', () => {
    const wrapped = new TypeError('fetch failed', { cause: new AggregateError([NETWORK]) });
    const error = toKubeError(wrapped, 'GET /x');
    expect(error).toMatchObject({
      status: 0,
      reason: 'ECONNREFUSED',
      message: 'GET /x: connect ECONNREFUSED 127.0.0.1:1',
      cause: wrapped,
    });
  });

  test('may be anything', () => {
    expect(toKubeError('boom', 'GET /x')).toMatchObject({ status: 0, reason: 'NetworkError', message: 'GET /x: boom' });
  });

  test('is not wrapped twice', () => {
    const error = refused(404, 'NotFound');
    expect(toKubeError(error, 'GET /y')).toBe(error);
  });
});
