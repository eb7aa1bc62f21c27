import { connect, type TLSSocket } from 'node:tls';
import type { LocalOperator } from './operators.ts';

/** The lines that an operator has logged so far, as objects. Throws if a line is not JSON. */
export const logLines = (operator: LocalOperator): Record<string, unknown>[] =>
  operator
    .log()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** All that an operator tells Prometheus. */
export async function metricsText(operator: LocalOperator): Promise<string> {
  const response = await fetch(`${operator.probeUrl}/metrics`);
  return await response.text();
}

/** The sum of all samples of a metric whose labels include these. */
export async function metric(
  operator: LocalOperator,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  return (await metricsText(operator))
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => wanted.every((label) => line.includes(label)))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** What /readyz answers; status 0 if nobody does. */
export async function readiness(operator: LocalOperator): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(`${operator.probeUrl}/readyz`, { signal: AbortSignal.timeout(2_000) });
    return { status: response.status, text: await response.text() };
  } catch {
    return { status: 0, text: '' };
  }
}

/** An admission request that is sent to the webhook by hand, in as many parts as the test likes. */
export class RawAdmission {
  readonly #socket: TLSSocket;
  #received = '';
  /** All that was answered, once the webhook has closed the connection. */
  readonly closed: Promise<string>;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.#received += text;
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', () => resolve(this.#received));
      socket.on('error', () => undefined);
    });
  }

  static connect(port: number): Promise<RawAdmission> {
    return new Promise((resolve, reject) => {
      // Whose certificate it is does not matter here.
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () =>
        resolve(new RawAdmission(socket)),
      );
      socket.once('error', reject);
    });
  }

  get received(): string {
    return this.#received;
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  end(): void {
    this.#socket.destroy();
  }
}

/** A whole admission request, over HTTP/1.1. */
export function admissionRequest(path: string, review: unknown): { head: string; body: string } {
  const body = JSON.stringify(review);
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    '',
  ].join('\r\n');
  return { head, body };
}
