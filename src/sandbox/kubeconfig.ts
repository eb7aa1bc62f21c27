import { stringify } from 'yaml';
import type { KeyPair } from './certificates.ts';

/** What a kubeconfig lets its reader connect to. */
export interface Endpoint {
  readonly server: string;
  /** The authority that signed the server's certificate, as PEM text. */
  readonly caCertificate: string;
}

/** How a kubeconfig proves who its reader is: by a client certificate or by a bearer token. */
export type Credential = KeyPair | { readonly token: string };

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const userFields = (credential: Credential) =>
  'token' in credential
    ? { token: credential.token }
    : {
        'client-certificate-data': base64(credential.certificate),
        'client-key-data': base64(credential.key),
      };

/** Returns the text of a kubeconfig that carries all it needs: it stays good if it is copied elsewhere. */
export const kubeconfigText = (endpoint: Endpoint, user: string, credential: Credential): string =>
  stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'sandbox',
          cluster: {
            server: endpoint.server,
            'certificate-authority-data': base64(endpoint.caCertificate),
          },
        },
      ],
      users: [{ name: user, user: userFields(credential) }],
      contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user } }],
      'current-context': 'sandbox',
    },
    { lineWidth: 0 },
  );
