import type { KubeObject } from '../policy/review.ts';
import type { KubeClient, ListOptions } from './client.ts';
import { isExpired } from './errors.ts';
import type { ResourceReference } from './resource-path.ts';

/** All objects of a resource at one resourceVersion. */
export interface CompleteList {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
}

/**
 * Lists all objects, page by page, and keeps of each what `keep` makes of it before the next page is read. If the list takes so long that the API server forgets the snapshot in between, it is taken
 * anew in one piece, so that the result is always of one moment.
 */
export async function listAll(
  client: Pick<KubeClient, 'list'>,
  resource: ResourceReference,
  options: Omit<ListOptions, 'continue'>,
  keep: (object: KubeObject) => KubeObject = (object) => object,
): Promise<CompleteList> {
  const items: KubeObject[] = [];
  let token: string | undefined;
  try {
    for (;;) {
      const page = await client.list(resource, { ...options, continue: token });
      for (const item of page.items) {
        items.push(keep(item));
      }
      if (page.continue === '') {
        return { items, resourceVersion: page.resourceVersion };
      }
      token = page.continue;
    }
  } catch (error) {
    if (token === undefined || !isExpired(error)) {
      throw error;
    }
    const whole = await client.list(resource, { ...options, limit: undefined });
    return { items: whole.items.map(keep), resourceVersion: whole.resourceVersion };
  }
}
