import { expect, test } from 'vitest';
import { directTarget, isAllowed } from '../../../scripts/bench/direct-target.ts';

const entry = (url: string, resources: readonly string[], failurePolicy = 'Fail') => ({
  clientConfig: { url, caBundle: Buffer.from('the authority').toString('base64') },
  failurePolicy,
  rules: [{ resources }],
});

const URL = 'https://127.0.0.1:9443/secret/validate/fail-1';

test('reviews go where the API server would send those of a Deployment', () => {
  const webhooks = [
    entry('https://127.0.0.1:9443/secret/validate-guardrail', ['guardrails'], 'Ignore'),
    entry('https://127.0.0.1:9443/secret/validate/recovery', ['deployments'], 'Ignore'),
    entry('https://127.0.0.1:9443/secret/validate/other', ['pods']),
    entry(URL, ['deployments', 'deployments/scale']),
  ];
  expect(directTarget({ webhooks }, 9443)).toEqual({
    peer: { url: 'https://127.0.0.1:9443', caCertificate: 'the authority' },
    path: '/secret/validate/fail-1?timeout=5s',
  });
});

test.each([
  ['no entry is for Deployments', [entry(URL, ['pods'])], 9443],
  ['the entry is of another operator', [entry(URL, ['deployments'])], 9444],
  ['the port only begins alike', [entry(URL, ['deployments'])], 944],
  ['there are no entries', [], 9443],
])('there is no target where %s', (_name, webhooks, port) => {
  expect(() => directTarget({ webhooks }, port)).toThrow('has no entry for Deployments');
});

test.each([
  [{ status: 200, body: '{"response":{"uid":"u","allowed":true}}' }, true],
  [{ status: 200, body: '{"response":{"uid":"u","allowed":false}}' }, false],
  [{ status: 503, body: 'not ready' }, false],
])('%j is an answer that allows: %s', (response, expected) => {
  expect(isAllowed(response)).toBe(expected);
});
