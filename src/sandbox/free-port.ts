import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the ranges from which Linux (32768 and up) and macOS (49152 and up) take the ports of outgoing connections:
// so no connection can sit on the port while kube-apiserver is down for a restart.
const LOWEST = 20_000;
const HIGHEST = 32_000;
const ATTEMPTS = 100;

const canListen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });

/**
 * Returns a TCP port of the loopback address that was free a moment ago.
 * Another process may take it before it is used: the caller must be ready to try another one.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await canListen(port)) {
      return port;
    }
  }
  throw new Error(`found no free port between ${LOWEST} and ${HIGHEST} on 127.0.0.1 in ${ATTEMPTS} attempts`);
}
