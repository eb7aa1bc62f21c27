import type { ImagesCondition } from '../../api/v1alpha1.ts';
import { compileGlobs, type Glob } from '../glob.ts';
import { parseImageReference } from '../image-reference.ts';
import { type Condition, NEEDS_NOTHING } from './condition.ts';

/** Compiles a condition on the images that an action brings in. */
export function compileImages({ notFrom }: ImagesCondition): Condition {
  const isKnown = compileGlobs(notFrom);
  return { needs: NEEDS_NOTHING, trips: ({ images }) => images().some(({ to }) => !comesFrom(isKnown, to)) };
}

/** An image that can't be read comes from nowhere that is known. */
function comesFrom(isKnown: Glob, image: unknown): boolean {
  const reference = typeof image === 'string' ? parseImageReference(image) : undefined;
  if (reference === undefined) return false;
  const { repository, tag, digest } = reference;
  const full = `${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
  return isKnown(repository) || isKnown(full);
}
