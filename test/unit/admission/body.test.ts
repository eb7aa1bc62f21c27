import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { BodyReader, MAX_BODY_BYTES, TooBusyError, TooLargeError } from '../../../src/admission/body.ts';

const requestOf = (...chunks: readonly Uint8Array[]): IncomingMessage =>
  Object.assign(Readable.from(chunks), { headers: {} }) as unknown as IncomingMessage;

const large = new Uint8Array(MAX_BODY_BYTES);

test('a body is lent whole', async () => {
  const text = await new BodyReader().lend(requestOf(Buffer.from('a'), Buffer.from('b')), (body) =>
    Buffer.from(body).toString(),
  );
  expect(text).toBe('ab');
});

test('a body that grows too large is refused, whatever it declared', async () => {
  const request = requestOf(large, Buffer.from('x'));
  await expect(new BodyReader().lend(request, () => 'judged')).rejects.toThrow(TooLargeError);
});

test('bodies that are being judged are bounded together, and there is room again when they are done', async () => {
  const reader = new BodyReader();
  const done = Promise.withResolvers<void>();
  const lent = [1, 2, 3, 4].map(() => reader.lend(requestOf(large), () => done.promise));
  await expect(reader.lend(requestOf(Buffer.from('x')), () => 'judged')).rejects.toThrow(TooBusyError);
  done.resolve();
  await Promise.all(lent);
  expect(await reader.lend(requestOf(Buffer.from('x')), () => 'judged')).toBe('judged');
});

test('a body that could not be judged makes room too', async () => {
  const reader = new BodyReader();
  for (let time = 0; time < 6; time += 1) {
    await expect(reader.lend(requestOf(large), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  }
});
