import express, { type Express, type Response } from 'express';

/** What the probes tell of. */
export interface ProbeDeps {
  /** Why the operator is not ready, in words; empty if it is. */
  readonly problems: () => readonly string[];
  /** All metrics in the text format of Prometheus, and its content type. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

/** The routes for the kubelet and for Prometheus: /livez, /readyz with its reasons, /metrics. */
export function probeRoutes({ problems, metrics }: ProbeDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.get('/livez', (_request, response) => text(response, 200, 'ok\n'));
  app.get('/readyz', (_request, response) => {
    const reasons = problems();
    if (reasons.length === 0) text(response, 200, 'ok\n');
    else text(response, 503, `not ready\n${reasons.map((reason) => `- ${reason}\n`).join('')}`);
  });
  app.get('/metrics', async (_request, response) => {
    const { contentType, text: body } = await metrics();
    response.status(200).set('content-type', contentType).end(body);
  });
  app.use((_request, response: Response) => text(response, 404, 'not found: try /livez, /readyz or /metrics\n'));
  return app;
}

function text(response: Response, status: number, body: string): void {
  response.status(status).type('text').end(body);
}
