import type { IncomingMessage } from 'node:http';

/**
 * The API server accepts objects of 3 MiB and sends old and new, in which characters such as < may be escaped to six
 * bytes. 9 MiB holds what it can send in practice; more is refused, so that nobody fills the memory.
 */
export const MAX_BODY_BYTES = 9 * 1024 * 1024;

/** The body is over MAX_BODY_BYTES. */
export class TooLargeError extends Error {}

/** Of all bodies that are being judged at one time. Parsed, they take many times as much. */
const MAX_TOTAL_BYTES = 4 * MAX_BODY_BYTES;

/** So many large bodies are being judged that another one could fill the memory. */
export class TooBusyError extends Error {}

/** Reads bodies, and lends them for as long as they are judged. */
export class BodyReader {
  #total = 0;

  /** Calls `use` with the whole body of a request. Throws TooLargeError or TooBusyError without calling it. */
  async lend<T>(request: IncomingMessage, use: (body: Uint8Array) => T | Promise<T>): Promise<T> {
    const declared = Number(request.headers['content-length'] ?? 0);
    if (declared > MAX_BODY_BYTES) throw tooLarge();
    let length = 0;
    try {
      const body = await readAll(request, (bytes) => {
        length += bytes;
        this.#total += bytes;
        if (length > MAX_BODY_BYTES) throw tooLarge();
        if (this.#total > MAX_TOTAL_BYTES) throw new TooBusyError('too many large requests are being judged');
      });
      return await use(body);
    } finally {
      this.#total -= length;
    }
  }
}

/**
 * Reads a stream to its end, unless `check`, which is told of the bytes of each part, throws. By events: an async iterator would
 * cost as much as TLS does.
 */
function readAll(request: IncomingMessage, check: (bytes: number) => void): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    const take = (chunk: Uint8Array): void => {
      try {
        check(chunk.byteLength);
        chunks.push(chunk);
      } catch (error) {
        request.off('data', take).pause();
        reject(error);
      }
    };
    request.on('data', take);
    request.once('end', () => resolve(Buffer.concat(chunks)));
    // Also where the client has gone before it had sent all.
    request.once('error', reject);
    request.once('close', () => reject(new Error('the client has gone')));
  });
}

const tooLarge = (): TooLargeError => new TooLargeError(`the body must not be larger than ${MAX_BODY_BYTES} bytes`);
