import type { Change } from './decision.ts';
import { stringListAt } from './json.ts';
import { isNamespace } from './match.ts';
import type { GroupResource, KubeObject } from './review.ts';
import type { Target } from './target.ts';

/** A finalizer, and the list in which it stands. */
interface Finalizer {
  readonly path: string;
  readonly name: string;
}

/** The finalizers of an object. Those of a Namespace stand in its spec as well; in the spec of others the word means nothing. */
export function finalizersOf(resource: GroupResource, object: KubeObject | undefined): Finalizer[] {
  const parts = isNamespace(resource) ? ['metadata', 'spec'] : ['metadata'];
  return parts.flatMap((part) =>
    stringListAt(object, part, 'finalizers').map((name) => ({ path: `$.${part}.finalizers`, name })),
  );
}

/** The finalizers that the old object has and the new one lacks. */
export function removedFinalizers(resource: GroupResource, { old, new: after }: Target): (Change & { from: string })[] {
  const kept = new Set(finalizersOf(resource, after).map(({ path, name }) => `${path} ${name}`));
  return finalizersOf(resource, old)
    .filter(({ path, name }) => !kept.has(`${path} ${name}`))
    .map(({ path, name }) => ({ path, from: name }));
}
