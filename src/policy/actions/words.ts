import { isScalar, own } from '../json.ts';

/** The scalars at some keys of an object, as words in a row: what people know it by. */
export function wordsAt(object: unknown, keys: readonly string[]): string {
  return keys
    .map((key) => own(object, key))
    .filter(isScalar)
    .join(' ');
}
