import type { ClientRequest, ClientResponse, HttpsClient } from './https-client.ts';

/** What is sent again and again. */
export interface Load {
  readonly client: HttpsClient;
  readonly request: ClientRequest;
  /** Requests under way at one time: the next is sent as soon as one is answered. */
  readonly concurrency: number;
  readonly seconds: number;
  /** Whether the answer is the one that is measured. */
  readonly isExpected: (response: ClientResponse) => boolean;
}

/** How it went. */
export interface LoadResult {
  readonly requests: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** Of each request, in no order. */
  readonly latenciesMs: readonly number[];
}

/** Sends the request for that long, in a closed loop. Throws at the first answer that is not the expected one. */
export async function runLoad({ client, request, concurrency, seconds, isExpected }: Load): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  const started = performance.now();
  const end = started + seconds * 1_000;
  const loop = async (): Promise<void> => {
    do {
      const sent = performance.now();
      const response = await client.send(request);
      latenciesMs.push(performance.now() - sent);
      if (!isExpected(response)) {
        throw new Error(
          `${request.method} ${request.path} was answered with ${response.status}: ${response.body.slice(0, 500)}`,
        );
      }
    } while (performance.now() < end);
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
  return { requests: latenciesMs.length, seconds: (performance.now() - started) / 1_000, latenciesMs };
}
