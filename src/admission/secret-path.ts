import { createHmac, timingSafeEqual } from 'node:crypto';
import express, { type Express } from 'express';

/** Long enough that nobody guesses it. */
const LENGTH = 32;

/**
 * The first part of the webhook's paths, made from a secret. The API server shows no webhook who it is, unless it is set up
 * to: so that not everybody on the network can have requests judged, and recorded, what it is told is a path that others
 * don't know.
 */
export function secretPath(secret: string): string {
  return createHmac('sha256', secret).update('the path of the webhook').digest('base64url').slice(0, LENGTH);
}

/** Serves routes below the parts that are accepted, and nothing anywhere else. No body is read before that is known. */
export function behindSecretPath(accepted: () => readonly string[], routes: Express): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use('/:part', (request, response, next) => {
    const { part } = request.params;
    if (accepted().some((secret) => isSame(secret, part))) {
      routes(request, response, next);
      return;
    }
    next();
  });
  app.use((_request, response) => {
    // What was sent is not read: so no other request can follow on the connection.
    response.set('connection', 'close').status(404).type('text').end('not found\n');
  });
  return app;
}

/** Compares without telling, by the time that it takes, how much is right. How long a secret is, everybody knows. */
function isSame(secret: string, part: string): boolean {
  const [a, b] = [Buffer.from(secret), Buffer.from(part)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
