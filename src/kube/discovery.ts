import type { CallOptions, KubeClient } from './client.ts';
import {
  type Discovery,
  type GroupVersionDocument,
  groupVersions,
  isAggregated,
  parseAggregated,
  parseUnaggregated,
} from './discovery-documents.ts';
import { isNotFound, isTransient } from './errors.ts';

const JSON_TYPE = 'application/json';
// Everything in two requests, where the API server can; else it takes the last of these.
const AGGREGATED_TYPE = [
  `${JSON_TYPE};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`,
  `${JSON_TYPE};g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList`,
  JSON_TYPE,
].join(',');

/** Asks the API server what it serves. Throws a KubeError if it can't be asked; an extension server that is away is `stale`. */
export async function discover(client: Pick<KubeClient, 'rawGet'>, options: CallOptions = {}): Promise<Discovery> {
  const [core, groups] = await Promise.all([
    client.rawGet('/api', AGGREGATED_TYPE, options),
    client.rawGet('/apis', AGGREGATED_TYPE, options),
  ]);
  if (isAggregated(core) && isAggregated(groups)) {
    return parseAggregated([core, groups]);
  }
  const [plainCore, plainGroups] = await Promise.all([
    isAggregated(core) ? client.rawGet('/api', JSON_TYPE, options) : core,
    isAggregated(groups) ? client.rawGet('/apis', JSON_TYPE, options) : groups,
  ]);
  const documents = groupVersions(plainCore, plainGroups).map(
    async ({ group, version }): Promise<GroupVersionDocument> => {
      const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
      return { group, version, document: await readIfServed(client, path, options) };
    },
  );
  return parseUnaggregated(await Promise.all(documents));
}

async function readIfServed(client: Pick<KubeClient, 'rawGet'>, path: string, options: CallOptions): Promise<unknown> {
  try {
    return await client.rawGet(path, JSON_TYPE, options);
  } catch (error) {
    // The API server has just answered, so this is about the one group: its extension server is away, or the group has gone.
    if (isTransient(error) || isNotFound(error)) {
      return undefined;
    }
    throw error;
  }
}
