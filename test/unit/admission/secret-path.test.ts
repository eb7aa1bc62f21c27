import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { behindSecretPath, secretPath } from '../../../src/admission/secret-path.ts';

const first = secretPath('first key');
const second = secretPath('second key');

test('a path is long, fit for a URL, stable, and another for another key', () => {
  expect(first).toMatch(/^[\w-]{32}$/);
  expect(secretPath('first key')).toBe(first);
  expect(second).not.toBe(first);
});

const routes = express();
routes.get('/inside', (_request, response) => {
  response.end('answer');
});
const server = createServer(behindSecretPath(() => [first, second], routes));
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => server.close());

const statusOf = (path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once('error', reject);
  });

test.each([
  ['the path of now', `/${first}/inside`, 200],
  ['the path of before a renewal', `/${second}/inside`, 200],
  ['no secret', '/inside', 404],
  ['a wrong one', '/x/inside', 404],
  ['a part of it', `/${first.slice(0, 31)}/inside`, 404],
  ['it alone', `/${first}`, 404],
  ['it in another place', `/x/${first}/inside`, 404],
  ['another path below it', `/${first}/outside`, 404],
  ['nothing', '/', 404],
])('%s: %s is answered by %i', async (_name, path, status) => {
  expect(await statusOf(path)).toBe(status);
});
