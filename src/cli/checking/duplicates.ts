import type { FieldError } from '../../policy/field-error.ts';
import { listAt, own, stringAt } from '../../policy/json.ts';

/**
 * Returns the items that a list has twice, where the schema says that it is a set, or a map by some keys. As the API server
 * does, of what stands there more than twice only the second.
 */
export function duplicatesIn(schema: unknown, list: readonly unknown[], field: string): FieldError[] {
  const keyOf = KEYS.get(stringAt(schema, 'x-kubernetes-list-type') ?? '');
  if (keyOf === undefined) return [];
  const seen = new Map<string, number>();
  return list.flatMap((item, index) => {
    const key = keyOf(schema, item);
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count === 2 ? [{ field: `${field}[${index}]`, message: `must not hold ${key} twice` }] : [];
  });
}

/** By what an item of a list is told from the others, in words. Of an atomic list nothing is. */
const KEYS: ReadonlyMap<string, (schema: unknown, item: unknown) => string> = new Map([
  ['set', (_schema: unknown, item: unknown) => JSON.stringify(item)],
  [
    'map',
    (schema: unknown, item: unknown) =>
      listAt(schema, 'x-kubernetes-list-map-keys')
        .map((key) => `${String(key)} ${JSON.stringify(own(item, String(key)))}`)
        .join(', '),
  ],
]);
