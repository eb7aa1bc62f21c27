import { stringAt } from '../policy/json.ts';
import type { KubeClient } from './client.ts';

/** The user name under which the API server knows the client. */
export async function whoAmI(client: Pick<KubeClient, 'create'>): Promise<string> {
  const resource = { group: 'authentication.k8s.io', version: 'v1', resource: 'selfsubjectreviews' };
  const review = await client.create(resource, { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
  const username = stringAt(review, 'status', 'userInfo', 'username');
  if (username === undefined) throw new Error('the API server did not say who the client is');
  return username;
}
