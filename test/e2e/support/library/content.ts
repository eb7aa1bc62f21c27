import { listAt } from '../../../../src/policy/json.ts';
import type { Manifest } from '../guarded-cluster.ts';
import { eventually } from '../poll.ts';
import type { Api } from './api.ts';
import type { Served } from './served.ts';

/** Reads whatever is in a namespace. */
export async function contentOf(namespace: string, served: Served, api: Api): Promise<Manifest[]> {
  const resources = [...served.resources.values()].filter(({ namespaced, isReadOnly }) => namespaced && !isReadOnly);
  const lists = resources.map(async (info) => {
    const version = info.version === '*' ? (info.servedVersion ?? 'v1') : info.version;
    const path = served.path(info, version, namespace);
    // The API server needs a moment before it lists what was defined just now.
    const body = await eventually(
      async () => {
        const { status, body: list } = await api.send({ method: 'GET', path });
        if (status === 200 || status === 404) return list;
        throw new Error(list.message);
      },
      { message: `${info.resource} are listed` },
    );
    const apiVersion = info.group === '' ? version : `${info.group}/${version}`;
    return listAt(body, 'items').map((item) => ({ ...(item as Manifest), apiVersion, kind: info.kind }));
  });
  return (await Promise.all(lists)).flat();
}
