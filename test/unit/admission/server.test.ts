import { request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AdmissionReview } from '../../../src/admission/admission-review.ts';
import { MAX_BODY_BYTES } from '../../../src/admission/body.ts';
import { DecodeError } from '../../../src/admission/decode.ts';
import { type AdmissionHandler, NotReadyError } from '../../../src/admission/handler.ts';
import { admissionRoutes, createAdmissionServer } from '../../../src/admission/server.ts';
import { createAuthority, issueServingCertificate, type KeyPair } from '../../../src/tls/certificates.ts';

let authority: KeyPair;
let pair: KeyPair;
beforeAll(async () => {
  authority = await createAuthority('test', new Date());
  pair = await issueServingCertificate(authority, ['127.0.0.1'], new Date());
});

const ANSWER: AdmissionReview = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: { uid: 'u', allowed: true },
};

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Starts a server whose handler does that, and returns what it was called with and what it told of. */
async function serve(handler: AdmissionHandler = async () => ANSWER) {
  const calls: { size: number; group: string }[] = [];
  const errors: unknown[] = [];
  const routes = admissionRoutes({
    handler: (body, group, deadline) => {
      calls.push({ size: body.byteLength, group });
      return handler(body, group, deadline);
    },
    guardrailHandler: async (body) => {
      if (body.byteLength < 7) throw new DecodeError('it is no review');
      return { ...ANSWER, response: { uid: String(body.byteLength), allowed: true } };
    },
    onError: (_message, error) => errors.push(error),
  });
  server = createAdmissionServer(routes, { key: pair.key, cert: pair.certificate });
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  return {
    calls,
    errors,
    server: listening,
    post: (path: string, body: Uint8Array | string, headers: Record<string, string> = {}) =>
      send(port, 'POST', path, body, headers),
    send: (method: string, path: string) => send(port, method, path, '', {}),
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers: Record<string, unknown>;
}

/** A content-length of "none" sends the body in chunks. */
function send(
  port: number,
  method: string,
  path: string,
  body: Uint8Array | string,
  headers: Record<string, string>,
): Promise<Answer> {
  const { 'content-length': length = String(Buffer.byteLength(body)), ...others } = headers;
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        ca: authority.certificate,
        headers: {
          'content-type': 'application/json',
          ...(length !== 'none' && { 'content-length': length }),
          ...others,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? '',
            body: Buffer.concat(chunks).toString(),
            headers: response.headers,
          }),
        );
        response.on('error', reject);
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

describe('the server', () => {
  test('hands the body and the group to the handler and answers with its review', async () => {
    const { post, calls } = await serve();
    const answer = await post('/validate/fail-0123456789?timeout=5s', '{"a":1}');
    expect(answer).toMatchObject({ status: 200, type: expect.stringContaining('application/json') });
    expect(JSON.parse(answer.body)).toEqual(ANSWER);
    expect(calls).toEqual([{ size: 7, group: 'fail-0123456789' }]);
  });

  test.each([
    ['timeout=1s', 750],
    ['timeout=250ms', 100],
  ])('bounds the look-ups by %s', async (query, ms) => {
    const begun = performance.now();
    const { post } = await serve(
      (_body, _group, { signal }) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve(ANSWER), { once: true })),
    );
    await post(`/validate/g?${query}`, '{}');
    expect(performance.now() - begun).toBeGreaterThanOrEqual(ms - 20);
    expect(performance.now() - begun).toBeLessThan(ms + 2000);
  });

  test.each<[string, string, string, Record<string, string>, number]>([
    ['an unknown path', '/', '{}', {}, 404],
    ['an entry without a group', '/validate/', '{}', {}, 404],
    ['a path below a group', '/validate/a/b', '{}', {}, 404],
    ['a path that can not be decoded', '/validate/%E0%A4%A', '{}', {}, 400],
    ['another content type', '/validate/g', '{}', { 'content-type': 'text/plain' }, 415],
    ['a form', '/validate/g', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['YAML', '/validate/g', 'a: 1', { 'content-type': 'application/yaml' }, 415],
    ['no body', '/validate/g', '', {}, 200],
  ])('answers %s', async (_name, path, body, headers, status) => {
    const { post, errors } = await serve();
    const answer = await post(path, body, headers);
    expect(answer.status).toBe(status);
    expect(answer.body).not.toMatch(/node_modules|\.ts:/);
    expect(errors).toEqual([]);
  });

  test.each(['GET', 'PUT', 'DELETE', 'HEAD'])('answers 404 to %s', async (method) => {
    const { send: call } = await serve();
    expect((await call(method, '/validate/g')).status).toBe(404);
  });

  test('takes a content type with a charset', async () => {
    const { post } = await serve();
    expect((await post('/validate/g', '{}', { 'content-type': 'application/json; charset=utf-8' })).status).toBe(200);
  });

  test.each<[string, Error, number, string, number]>([
    ['what is no review', new DecodeError('request.uid must be set'), 400, 'request.uid must be set', 0],
    [
      'before it is ready',
      new NotReadyError('the guardrails are not loaded yet'),
      503,
      'the guardrails are not loaded yet',
      0,
    ],
    ['a failure of its own', new TypeError('the secret is hunter2'), 500, 'internal error', 1],
  ])('answers %s with a status that is no answer', async (_name, error, status, text, told) => {
    const { post, errors } = await serve(async () => {
      throw error;
    });
    const answer = await post('/validate/g', '{}');
    expect(answer.status).toBe(status);
    expect(answer.body).toBe(`${text}\n`);
    expect(errors).toHaveLength(told);
  });

  const full = () => Buffer.alloc(MAX_BODY_BYTES, ' ');
  test('takes 9 MiB', async () => {
    const { post, calls } = await serve();
    expect((await post('/validate/g', full())).status).toBe(200);
    expect(
      (await post('/validate/g', full(), { 'content-length': 'none', 'transfer-encoding': 'chunked' })).status,
    ).toBe(200);
    expect(calls.map(({ size }) => size)).toEqual([MAX_BODY_BYTES, MAX_BODY_BYTES]);
  });

  test.each<[string, () => Uint8Array | string, Record<string, string>]>([
    ['that is declared, before it comes', () => '', { 'content-length': String(MAX_BODY_BYTES + 1) }],
    [
      'that comes in chunks',
      () => Buffer.alloc(MAX_BODY_BYTES + 1, ' '),
      { 'content-length': 'none', 'transfer-encoding': 'chunked' },
    ],
  ])('refuses more with 413, %s', async (_name, body, headers) => {
    const { post, calls } = await serve();
    const answer = await post('/validate/g', body(), headers);
    expect(answer.status).toBe(413);
    expect(answer.headers.connection).toBe('close');
    expect(calls).toEqual([]);
  });

  test('keeps connections for longer than the API server, which keeps them for 90 s', async () => {
    const { server: listening, post } = await serve();
    expect(listening.keepAliveTimeout).toBeGreaterThan(95_000);
    expect(listening.headersTimeout).toBeGreaterThan(listening.keepAliveTimeout);
    expect((await post('/validate/g', '{}')).headers['keep-alive']).toBe('timeout=120');
  });
});

describe('the route for Guardrails', () => {
  test('answers with what its handler makes of them', async () => {
    const { post } = await serve();
    const answer = await post('/validate-guardrail', '{"a":1}');
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({ ...ANSWER, response: { uid: '7', allowed: true } });
  });

  test('answers what is no review with 400', async () => {
    const { post } = await serve();
    expect((await post('/validate-guardrail', '{}')).status).toBe(400);
  });
});
