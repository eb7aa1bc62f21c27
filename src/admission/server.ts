import { createServer, type Server } from 'node:https';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { AdmissionReview } from './admission-review.ts';
import { BodyReader, TooBusyError, TooLargeError } from './body.ts';
import { DecodeError } from './decode.ts';
import { type AdmissionHandler, NotReadyError } from './handler.ts';
import { deadlineIn, lookupBudget } from './timeout.ts';

/** The paths that the webhook configuration points at. */
export const GUARDRAIL_PATH = '/validate-guardrail';
/** Followed by the id of a group of guardrails. */
export const VALIDATE_PATH = '/validate';

/**
 * The API server keeps idle connections for 90 s. A server that closes them earlier would close some at the very moment
 * at which they are used again, and such a call fails.
 */
const KEEP_ALIVE_MS = 120_000;
const REQUEST_TIMEOUT_MS = 15_000;

/** What the webhook's routes work with. */
export interface AdmissionServerDeps {
  readonly handler: AdmissionHandler;
  /** Answers the admission of Guardrails. */
  readonly guardrailHandler: (body: Uint8Array) => Promise<AdmissionReview>;
  /** Told of a failure that the API server will only see as a failed call. */
  readonly onError: (message: string, error: unknown) => void;
}

/** The webhook's routes: what can't be parsed is a 4xx, which failurePolicy handles; everything parsed gets an AdmissionReview. */
export function admissionRoutes(deps: AdmissionServerDeps): Express {
  const app = express();
  const bodies = new BodyReader();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.post(`${VALIDATE_PATH}/:group`, (request, response) =>
    answer(request, response, deps, bodies, (body) =>
      deps.handler(body, request.params.group ?? '', deadlineIn(lookupBudget(request.query.timeout))),
    ),
  );
  app.post(GUARDRAIL_PATH, (request, response) => answer(request, response, deps, bodies, deps.guardrailHandler));
  app.use((_request: Request, response: Response) => {
    response
      .status(404)
      .type('text')
      .send('not found: this server answers admission requests of the API server only\n');
  });
  // Without it Express would answer with a stack trace. It has four parameters, by which Express knows it.
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => fail(response, error, deps));
  return app;
}

type Handle = (body: Uint8Array) => AdmissionReview | Promise<AdmissionReview>;

async function answer(
  request: Request,
  response: Response,
  deps: AdmissionServerDeps,
  bodies: BodyReader,
  handle: Handle,
): Promise<void> {
  try {
    if (!request.is('application/json')) {
      response.status(415).type('text').send('the body must be application/json\n');
      return;
    }
    const review = await bodies.lend(request, handle);
    response.status(200).type('json').end(JSON.stringify(review));
  } catch (error) {
    fail(response, error, deps);
  }
}

function fail(response: Response, error: unknown, { onError }: AdmissionServerDeps): void {
  const status = statusOf(error);
  if (status === 500) onError('an admission request failed', error);
  if (response.headersSent || response.destroyed) return;
  const message = status === 500 ? 'internal error' : (error as Error).message;
  // A body that was not read to its end can't be followed by another request on the connection.
  if (status === 413) response.set('connection', 'close');
  response.status(status).type('text').send(`${message}\n`);
}

function statusOf(error: unknown): number {
  if (error instanceof DecodeError || error instanceof URIError) return 400;
  if (error instanceof TooLargeError) return 413;
  return error instanceof NotReadyError || error instanceof TooBusyError ? 503 : 500;
}

/** An HTTPS server for the routes, not listening yet. */
export function createAdmissionServer(routes: Express, tls: { readonly key: string; readonly cert: string }): Server {
  const server = createServer({ ...tls, minVersion: 'TLSv1.2' }, routes);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 5_000;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  return server;
}
