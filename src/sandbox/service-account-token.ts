import { type HttpsPeer, httpsRequest } from './https-request.ts';

/** A ServiceAccount by its name. */
export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

const DAY_SECONDS = 24 * 60 * 60;

/** Returns a token of that ServiceAccount, good for a day. Throws if kube-apiserver doesn't give one, with what it said. */
export async function requestToken(apiServer: HttpsPeer, { namespace, name }: ServiceAccountName): Promise<string> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}/token`;
  const response = await httpsRequest(apiServer, 'POST', path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: DAY_SECONDS },
  });
  if (response.status !== 201) {
    throw new Error(`no token for ServiceAccount ${namespace}/${name}: ${response.status} ${response.body.trim()}`);
  }
  const { status } = JSON.parse(response.body) as { readonly status: { readonly token: string } };
  return status.token;
}
