import { type HttpsPeer, httpsRequest } from './https-request.ts';

// The smallest key there is, in base64: a range that asks for it finds nothing, and its header has the revision.
const ZERO_KEY = 'AA==';

async function call(etcd: HttpsPeer, path: string, body: unknown): Promise<unknown> {
  const response = await httpsRequest(etcd, 'POST', path, body);
  if (response.status !== 200) {
    throw new Error(`etcd answered ${path} with status ${response.status}: ${response.body.trim()}`);
  }
  return JSON.parse(response.body);
}

/** Whether etcd serves requests. */
export const isEtcdReady = async (etcd: HttpsPeer): Promise<boolean> =>
  (await httpsRequest(etcd, 'GET', '/health')).status === 200;

/** Compacts etcd's history up to the revision that it has now. Returns when the old revisions can't be read any more. */
export async function compactEtcd(etcd: HttpsPeer): Promise<void> {
  const { header } = (await call(etcd, '/v3/kv/range', { key: ZERO_KEY, limit: '1' })) as {
    readonly header: { readonly revision: string };
  };
  await call(etcd, '/v3/kv/compaction', { revision: header.revision, physical: true });
}
