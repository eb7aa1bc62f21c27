import type { ClientResponse, Peer } from './https-client.ts';

/** Where reviews of a Deployment's update are posted to. */
export interface DirectTarget {
  readonly peer: Peer;
  readonly path: string;
}

interface Entry {
  readonly clientConfig: { readonly url?: string; readonly caBundle?: string };
  readonly failurePolicy: string;
  readonly rules: readonly { readonly resources: readonly string[] }[];
}

/**
 * The endpoint that the API server would call for a Deployment, from the entries of a webhook configuration, whose URLs hold
 * the operator's secret. Throws if there is none at that port.
 */
export function directTarget(configuration: unknown, port: number): DirectTarget {
  const { webhooks } = configuration as { readonly webhooks: readonly Entry[] };
  const entry = webhooks.find(
    ({ failurePolicy, rules, clientConfig }) =>
      failurePolicy === 'Fail' &&
      rules.some(({ resources }) => resources.includes('deployments')) &&
      clientConfig.url?.startsWith(`https://127.0.0.1:${port}/`),
  );
  if (entry?.clientConfig.url === undefined) throw new Error('the webhook configuration has no entry for Deployments');
  const url = new URL(entry.clientConfig.url);
  const caCertificate = Buffer.from(entry.clientConfig.caBundle ?? '', 'base64').toString();
  // The API server says how long it waits.
  return { peer: { url: url.origin, caCertificate }, path: `${url.pathname}?timeout=5s` };
}

/** Whether a webhook has allowed the request. */
export const isAllowed = ({ status, body }: ClientResponse): boolean =>
  status === 200 && body.includes('"allowed":true');
