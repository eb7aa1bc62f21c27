import type { WhenEntry } from '../../../../src/api/v1alpha1.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';
import { review } from './reviews.ts';

/** Objects that somebody makes to hurt whoever looks at them. All are as large as a request may be, or nearly. */

const MEBIBYTE = 1024 * 1024;

/** An object in an object in an object. */
export function deep(levels: number, leaf: unknown = 1): unknown {
  let value = leaf;
  for (let level = 0; level < levels; level++) value = { a: value };
  return value;
}

const keys = (count: number, value: (index: number) => unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, value(index)]));
const items = (count: number, value: (index: number) => unknown) =>
  Array.from({ length: count }, (_, index) => value(index));

const hostileKeys = (value: unknown): KubeObject =>
  JSON.parse(
    `{${['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty', 'length', 'then']
      .map((key) => `"${key}": ${JSON.stringify(value)}`)
      .join()}}`,
  );

const container = (index: number, image = 'web:1') => ({ name: `c${index}`, image, env: [{ name: 'A', value: 'b' }] });
const podTemplate = (containers: readonly unknown[]): KubeObject => ({ spec: { template: { spec: { containers } } } });

const widget = (from: KubeObject, to: KubeObject): Review =>
  review({ group: 'example.com', resource: 'widgets', name: 'w', oldObject: named(from), object: named(to) });
const deployment = (from: KubeObject, to: KubeObject): Review => review({ oldObject: named(from), object: named(to) });
const named = (body: KubeObject): KubeObject => ({
  metadata: { name: 'w', namespace: 'shop', labels: { a: 'b' } },
  ...body,
});

/** Made when it is asked for: together they would fill the memory. */
export const HOSTILE_REVIEWS: Readonly<Record<string, () => Review>> = {
  'ten thousand levels': () => widget({ spec: deep(10_000, 1) as KubeObject }, { spec: deep(10_000, 2) as KubeObject }),
  'ten thousand levels of lists': () => {
    const lists = (leaf: unknown) => JSON.parse(`${'['.repeat(10_000)}${JSON.stringify(leaf)}${']'.repeat(10_000)}`);
    return widget({ spec: { a: lists(1) } }, { spec: { a: lists(2) } });
  },
  'a hundred thousand keys, all changed': () =>
    widget({ spec: keys(100_000, (index) => index) }, { spec: keys(100_000, (index) => index + 1) }),
  'a hundred thousand keys, none changed': () =>
    widget({ spec: keys(100_000, (index) => index) }, { spec: keys(100_000, (index) => index), x: 1 }),
  'a hundred thousand keys, all new': () =>
    widget({ spec: keys(50_000, (index) => index) }, { spec: keys(100_000, (index) => index) }),
  'a hundred thousand items': () =>
    widget(
      { spec: { list: items(100_000, (index) => index) } },
      { spec: { list: items(100_000, (index) => index + 1) } },
    ),
  'a hundred thousand named items, in reverse': () => {
    const list = items(100_000, (index) => ({ name: `n${index}` }));
    return widget({ spec: { list } }, { spec: { list: list.toReversed() } });
  },
  'a hundred thousand items of one name': () => {
    const list = (value: number) => items(100_000, () => ({ name: 'a', value }));
    return widget({ spec: { list: list(1) } }, { spec: { list: list(2) } });
  },
  'ten thousand containers, all changed': () =>
    deployment(
      podTemplate(items(10_000, (index) => container(index))),
      podTemplate(items(10_000, (index) => container(index, 'evil:2'))),
    ),
  'ten thousand containers of one name': () =>
    deployment(
      podTemplate(items(10_000, () => container(1))),
      podTemplate(items(10_000, () => container(1, 'evil:2'))),
    ),
  'keys that every object has': () =>
    widget(
      { spec: hostileKeys(1), metadata: { name: 'w', labels: hostileKeys('a'), annotations: hostileKeys('a') } },
      { spec: hostileKeys({ a: 1 }), metadata: { name: 'w', labels: hostileKeys('b'), annotations: hostileKeys('b') } },
    ),
  'wrong types everywhere': () =>
    deployment(
      { spec: { template: { spec: { containers: { 0: 1 }, initContainers: 'x', volumes: [[]] } }, replicas: {} } },
      {
        spec: { template: { spec: { containers: [null, 1, 'x', [], hostileKeys(1)] } }, replicas: [] },
        metadata: [],
      } as never,
    ),
  'a string of a mebibyte': () =>
    widget({ spec: { a: 'a'.repeat(MEBIBYTE) } }, { spec: { a: 'a'.repeat(MEBIBYTE - 1) } }),
  'a mebibyte in a name of a key': () => widget({ spec: { a: 1 } }, { spec: { ['a'.repeat(MEBIBYTE)]: 1 } }),
  'a mebibyte of what JSON and HTML escape': () =>
    widget(
      { spec: { a: '' } },
      { spec: { a: '<'.repeat(1.2 * MEBIBYTE) }, metadata: { name: 'w', annotations: { '<': '<'.repeat(200_000) } } },
    ),
  'a mebibyte in an image': () =>
    deployment(podTemplate([container(1)]), podTemplate([container(1, `${'a/'.repeat(MEBIBYTE / 2)}b`)])),
  'numbers that are long': () =>
    widget({ spec: keys(1000, () => '1') }, { spec: keys(1000, () => '9'.repeat(1000)), x: `1e${'9'.repeat(200)}` }),
  'half of an emoji at every cut': () =>
    widget({ spec: {} }, { spec: keys(1000, () => '\ud83d'.repeat(1000)), metadata: { name: '\ud83d'.repeat(253) } }),
};

/** Conditions that somebody makes to hurt the operator, or to hurt it with an object. All compile. */
export const HOSTILE_CONDITIONS: Readonly<Record<string, WhenEntry>> = {
  'any change': { change: { type: 'Any' } },
  'a change of everything in everything': { change: { type: 'Increased', path: '$.*.*.*.*', byMoreThan: '50%' } },
  'any change of the whole': { change: { type: 'Changed', path: '$' } },
  'stars below stars': { field: { path: '$.*.*.*.*.*.*.*.*', operator: 'Exists' } },
  'a name anywhere': { field: { path: '$..a', operator: 'Equals', values: [2] } },
  'a name anywhere in everything': { field: { path: '$.*[*]..a', operator: 'Exists' } },
  'a slice of a list': { field: { path: '$.spec.list[0:999999]', operator: 'Exists' } },
  'an expression with nested repetitions': {
    field: { path: '$.spec.*', operator: 'Matches', values: ['(a+)+b', '(a|a)*b', '(.*a){20}b'] },
  },
  'an expression of a large program': {
    field: { path: '$.spec.*', operator: 'Matches', values: ['([ab]*a[ab]{200}){4}c'] },
  },
  'a glob that nearly matches': { field: { path: '$.spec.*', operator: 'Glob', values: [`*${'a'.repeat(500)}b`] } },
  'globs of many stars': {
    field: { path: '$.spec.*', operator: 'NotGlob', values: ['*a'.repeat(100), '*?'.repeat(100)] },
  },
  'paths that overlap': {
    changesOutside: Array.from(
      { length: 64 },
      (_, index) =>
        `$${Array.from({ length: 6 }, (_bit, bit) => ((index >> bit) & 1 ? '.*' : '.a')).join('')}.b${index}`,
    ),
  },
  'paths by place': {
    changesOutside: ['$.spec.list[0].a', '$.spec.*[99999]', '$.spec.template.spec.containers[0].image'],
  },
  'a schema that looks at everything': {
    violatesSchema: {
      properties: {
        spec: {
          additionalProperties: {
            anyOf: [
              { type: 'object', additionalProperties: { type: 'string' } },
              { pattern: '^(a|b)*$' },
              { uniqueItems: true, items: { minimum: 0 } },
            ],
          },
        },
      },
    },
  },
  'a schema with all of its keywords at once': {
    violatesSchema: {
      allOf: Array.from({ length: 20 }, (_, index) => ({
        properties: {
          spec: {
            maxProperties: 100_001 + index,
            propertyNames: { maxLength: 2_000_000, pattern: `^(a|b|c|key-)*.{0,9}${index}?` },
          },
        },
      })),
    },
  },
  'a macro in CEL': { cel: 'has(object.spec) && object.spec.all(k, k != "key-99999")' },
  'a macro in a macro in CEL': {
    cel: 'has(object.spec.list) && object.spec.list.exists(a, object.spec.list.exists(b, a != b && a == "x"))',
  },
  images: { images: { notFrom: [`*${'a'.repeat(300)}b`], tags: ['*a'.repeat(60)], withoutDigest: true } },
};
