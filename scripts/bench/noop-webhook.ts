/**
 * The webhook that does nothing: a process of its own, with node:https and no library. It reads the whole body, parses it
 * as JSON, and answers that the request is allowed. It gets its certificate from the process that forked it, and ends with it.
 */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { NoopCommand, NoopReport } from './noop.ts';

/** As the operator: longer than the API server keeps idle connections. */
const KEEP_ALIVE_MS = 120_000;

let answered = 0;

const report = (message: NoopReport): void => {
  process.send?.(message);
};

function listen({ key, certificate }: Extract<NoopCommand, { kind: 'Listen' }>): void {
  const server = createServer({ key, cert: certificate, minVersion: 'TLSv1.2' }, (request, response) => {
    const chunks: Uint8Array[] = [];
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    request.once('end', () => {
      const { apiVersion, kind, request: review } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      answered += 1;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ apiVersion, kind, response: { uid: review.uid, allowed: true } }));
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(0, '127.0.0.1', () => report({ kind: 'Listening', port: (server.address() as AddressInfo).port }));
}

process.on('message', (command: NoopCommand) => {
  if (command.kind === 'Listen') listen(command);
  else report({ kind: 'Answered', requests: answered });
});
process.once('disconnect', () => process.exit());
