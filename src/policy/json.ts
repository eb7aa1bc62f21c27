import type { KubeObject } from './review.ts';

/** Whether a value is a JSON object (not a list, not null). */
export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value if it is an object or a list, else an empty object: for reading what should be there. */
export function asObject(value: unknown): KubeObject {
  return typeof value === 'object' && value !== null ? (value as KubeObject) : {};
}

/** A JSON value that is neither an object nor a list. null counts as missing, as in the Kubernetes API. */
export type Scalar = string | number | boolean;

/** Whether a value is a scalar. */
export function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/**
 * Reads a property that the object itself has. Returns undefined for anything else: what a prototype brings
 * (`constructor`, `__proto__`), a missing key, null, or a value that is no object.
 */
export function own(value: unknown, key: string): unknown {
  if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
  return value[key] ?? undefined;
}

/** Reads along a list of keys with `own`. */
export function ownAt(value: unknown, keys: readonly string[]): unknown {
  let current = value;
  for (const key of keys) {
    current = own(current, key);
    if (current === undefined) return undefined;
  }
  return current;
}

/** The string at the keys, or undefined. */
export function stringAt(value: unknown, ...keys: readonly string[]): string | undefined {
  const found = ownAt(value, keys);
  return typeof found === 'string' ? found : undefined;
}

/** The number at the keys, or undefined. */
export function numberAt(value: unknown, ...keys: readonly string[]): number | undefined {
  const found = ownAt(value, keys);
  return typeof found === 'number' ? found : undefined;
}

/** The list at the keys, or an empty one. */
export function listAt(value: unknown, ...keys: readonly string[]): readonly unknown[] {
  const found = ownAt(value, keys);
  return Array.isArray(found) ? found : [];
}

/** The strings of the list at the keys; items that are no strings are left out. */
export function stringListAt(value: unknown, ...keys: readonly string[]): string[] {
  return listAt(value, ...keys).filter((item) => typeof item === 'string');
}

/** The strings of the map at the keys (labels, annotations); entries that are no strings are left out. */
export function stringMapAt(value: unknown, ...keys: readonly string[]): ReadonlyMap<string, string> {
  const found = ownAt(value, keys);
  const result = new Map<string, string>();
  if (!isObject(found)) return result;
  for (const [key, inner] of Object.entries(found)) {
    if (typeof inner === 'string') result.set(key, inner);
  }
  return result;
}
