import type { GroupResource } from './review.ts';

/** The name of an object as kubectl writes it: `deployments.apps/web`, `pods/web-0`. */
export function targetName({ group, resource }: GroupResource, name: string): string {
  const kind = group === '' ? resource : `${resource}.${group}`;
  return name === '' ? kind : `${kind}/${name}`;
}
