import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createAuthority, issueServingCertificate } from '../../src/tls/certificates.ts';

/** What the webhook's process is told. */
export type NoopCommand =
  | { readonly kind: 'Listen'; readonly key: string; readonly certificate: string }
  | { readonly kind: 'Count' };

/** What it says. */
export type NoopReport =
  | { readonly kind: 'Listening'; readonly port: number }
  | { readonly kind: 'Answered'; readonly requests: number };

/** The webhook that does nothing, while it runs. */
export interface Noop {
  readonly pid: number;
  readonly url: string;
  readonly caCertificate: string;
  /** How many requests it has answered so far. */
  answered(): Promise<number>;
  stop(): void;
}

const PROGRAM = fileURLToPath(new URL('./noop-webhook.ts', import.meta.url));

/** Starts the webhook that does nothing. It ends with this process. */
export async function startNoop(): Promise<Noop> {
  const now = new Date();
  const authority = await createAuthority('bench', now);
  const { certificate, key } = await issueServingCertificate(authority, ['127.0.0.1'], now);
  const child = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ask = (command: NoopCommand): Promise<NoopReport> =>
    new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error('the webhook that does nothing has ended'));
      child.once('exit', ended);
      child.once('message', (report) => {
        child.off('exit', ended);
        resolve(report as NoopReport);
      });
      child.send(command);
    });
  const listening = await ask({ kind: 'Listen', key, certificate });
  if (listening.kind !== 'Listening') throw new Error('the webhook that does nothing does not listen');
  return {
    pid: child.pid ?? Number.NaN,
    url: `https://127.0.0.1:${listening.port}/`,
    caCertificate: authority.certificate,
    answered: async () => {
      const report = await ask({ kind: 'Count' });
      return report.kind === 'Answered' ? report.requests : Number.NaN;
    },
    stop: () => child.disconnect(),
  };
}
