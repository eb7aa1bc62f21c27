import type { IncomingMessage } from 'node:http';

/**
 * The API server accepts objects of 3 MiB and sends old and new, in which characters such as < may be escaped to six
 * bytes. 9 MiB holds what it can send in practice; more is refused, so that nobody fills the memory.
 */
export const MAX_BODY_BYTES = 9 * 1024 * 1024;

/** The body is over MAX_BODY_BYTES. */
export class TooLargeError extends Error {}

/** Reads a whole body. Throws TooLargeError as soon as it is known to be too large. */
export async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

const tooLarge = (): TooLargeError => new TooLargeError(`the body must not be larger than ${MAX_BODY_BYTES} bytes`);
