import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { kubeconfigText } from '../../../src/sandbox/kubeconfig.ts';

const ENDPOINT = { server: 'https://127.0.0.1:20001', caCertificate: 'CA' };

test('a client certificate is carried in the text itself', () => {
  expect(parse(kubeconfigText(ENDPOINT, 'alice', { certificate: 'CERT', key: 'KEY' }))).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'sandbox', cluster: { server: 'https://127.0.0.1:20001', 'certificate-authority-data': 'Q0E=' } },
    ],
    users: [{ name: 'alice', user: { 'client-certificate-data': 'Q0VSVA==', 'client-key-data': 'S0VZ' } }],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user: 'alice' } }],
    'current-context': 'sandbox',
  });
});

test('a token is carried as it is', () => {
  expect(parse(kubeconfigText(ENDPOINT, 'robot', { token: 'abc.def' })).users).toEqual([
    { name: 'robot', user: { token: 'abc.def' } },
  ]);
});

test('a name that YAML would read as something else stays a name', () => {
  const config = parse(kubeconfigText(ENDPOINT, 'no: {', { token: '1e3' }));
  expect(config.users).toEqual([{ name: 'no: {', user: { token: '1e3' } }]);
  expect(config.contexts[0].context.user).toBe('no: {');
});
