import { describe, expect, test } from 'vitest';
import { objectsOf, parseDocuments } from '../../../../src/cli/documents/yaml-documents.ts';

const valuesOf = (text: string): unknown[] => parseDocuments('a.yaml', text).documents.map(({ value }) => value);

const problemsOf = (text: string): string[] =>
  parseDocuments('a.yaml', text).problems.map(
    ({ position, message }) => `${position.line}:${position.column} ${message}`,
  );

describe('what is read', () => {
  test.each<[what: string, text: string, values: unknown[]]>([
    ['nothing of an empty text', '', []],
    ['nothing of comments', '# one\n---\n# two\n', []],
    ['several documents', 'a: 1\n---\nb: 2\n...\n---\n', [{ a: 1 }, { b: 2 }]],
    ['JSON', '{"a": [1, "yes", true, null, "\\u00e4"]}', [{ a: [1, 'yes', true, null, 'ä'] }]],
    ['JSON that is indented by tabs', '{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n', [{ a: { b: 1 } }]],
    ['booleans of YAML 1.1, as kubectl does', 'a: yes\nb: off\nc: "yes"\n', [{ a: true, b: false, c: 'yes' }]],
    ['numbers as kubectl does', 'a: 0o17\nb: 017\nc: 1_000\nd: 12:30\n', [{ a: 15, b: 15, c: 1000, d: '12:30' }]],
    ['times as text', 'a: 2026-12-20T00:00:00Z', [{ a: '2026-12-20T00:00:00Z' }]],
    ['keys as strings', '1: a\nyes: b\n0x10: c\n', [{ 1: 'a', true: 'b', 16: 'c' }]],
    ['what a key without a value stands for', 'a:\nb: ~\n', [{ a: null, b: null }]],
    ['explicit tags', 'a: !!str 1\nb: !!int "2"\nc: !!map {d: 1}\n', [{ a: '1', b: 2, c: { d: 1 } }]],
    ['aliases', 'a: &x {b: 1}\nc: *x\n', [{ a: { b: 1 }, c: { b: 1 } }]],
    [
      'merge keys, below what stands there',
      'a: &x {b: 1, c: 1}\nd: {<<: *x, c: 2}\n',
      [{ a: { b: 1, c: 1 }, d: { b: 1, c: 2 } }],
    ],
    [
      'several merged, the first before the second',
      'a: &x {b: 1}\nc: &y {b: 2, d: 2}\ne: {<<: [*x, *y]}\n',
      [{ a: { b: 1 }, c: { b: 2, d: 2 }, e: { b: 1, d: 2 } }],
    ],
    ['"<<" in quotes as a key', '"<<": 1', [{ '<<': 1 }]],
    ['block texts', 'a: |\n  one\n  two\n', [{ a: 'one\ntwo\n' }]],
    ['lines that end as on Windows', 'a: 1\r\nb: 2\r\n', [{ a: 1, b: 2 }]],
  ])('%s', (_what, text, values) => {
    expect(problemsOf(text)).toEqual([]);
    expect(valuesOf(text)).toEqual(values);
  });

  test('a key that is called like a prototype is a key', () => {
    const [value] = valuesOf('__proto__: {a: 1}\nconstructor: 2\n') as [object];
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(JSON.stringify(value)).toBe('{"__proto__":{"a":1},"constructor":2}');
  });
});

describe('what is refused, with its place', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...[...'bcdefghij'].map((name, index) => {
      const before = 'abcdefghi'[index];
      return `${name}: &${name} [${Array(9).fill(`*${before}`).join(',')}]`;
    }),
  ].join('\n');
  test.each<[what: string, text: string, problem: RegExp]>([
    ['a key that stands twice', 'a: 1\nb: 2\na: 3\n', /^3:1 the key "a" must not stand twice$/],
    ['a key that stands twice further in', 'a:\n  - b: 1\n    b: 2\n', /^3:5 the key "b" must not stand twice$/],
    ['keys that are the same once they are strings', '1: a\n"1": b\n', /^2:1 the key "1" must not stand twice$/],
    ['bad indentation', 'a:\n   b: 1\n  c: 2\n', /^3:\d+ is no YAML: /],
    ['tabs', 'a:\n\tb: 1\n', /^2:\d+ is no YAML: must be indented by spaces: there is a tab$/],
    ['an open quote', 'a: "b\n', /^\d+:\d+ is no YAML: /],
    ['an open bracket', 'a: [1, 2\n', /^\d+:\d+ is no YAML: /],
    ['two values at a key', 'a: b: c\n', /^1:4 is no YAML: /],
    [
      'a tag of somebody else',
      'a: !secret x\n',
      /^1:12 has the tag !secret, which has no meaning in Kubernetes: leave it out$/,
    ],
    ['a tag of somebody else on a list', 'a: !x [1]\n', /^1:7 has the tag !x/],
    ['a value that is not as its tag says', 'a: !!int x\n', /^1:10 must be as its tag tag:yaml.org,2002:int says$/],
    ['a number that JSON does not have', 'a: .inf\n', /^1:4 must be a number that JSON has$/],
    ['an alias of nothing', 'a: *x\n', /^1:4 /],
    ['a key that is a list', '? [a]\n: b\n', /^1:3 a key must be a string$/],
    ['a key that is nothing', '~: b\n', /^1:1 a key must be a string$/],
    ['merging what is no object', 'a: &x 1\nb: {<<: *x}\n', /^2:9 << must be followed by an object/],
    ['aliases that stand for billions', bomb, /must not bring in so much by aliases: write it out$/],
    ['an alias within itself', 'a: &a [*a]\n', /^1:\d+ /],
    ['what is nested too deeply', '['.repeat(2_000) + ']'.repeat(2_000), /nested/],
  ])('%s', (_what, text, problem) => {
    expect(problemsOf(text)).toEqual([expect.stringMatching(problem)]);
  });

  test('what is nested a hundred thousand levels deep', () => {
    expect(problemsOf('['.repeat(100_000)).join()).toMatch(/nested|no YAML/);
  });

  test('one document, and the others are read', () => {
    const { documents, problems } = parseDocuments('a.yaml', 'a: 1\n---\na: {\n---\nb: 2\n');
    expect(documents.map(({ value }) => value)).toContainEqual({ a: 1 });
    expect(problems.length).toBeGreaterThan(0);
  });

  test('a key that stands twice among twenty thousand, in no time', () => {
    const text = `${Array.from({ length: 20_000 }, (_, index) => `key${index}: 1\n`).join('')}key7: 2\n`;
    expect(problemsOf(text)).toEqual(['20001:1 the key "key7" must not stand twice']);
  });
});

describe('where a field stands', () => {
  const text = `# a comment
apiVersion: v1
metadata:
  labels:
    app: a
    app.kubernetes.io/name: b
spec: {when: [{change: {type: Any}}, 5]}
base: &base
  here: 1
merged:
  <<: *base
  there: 2
alias: *base
`;
  test.each([
    ['', '2:1'],
    ['apiVersion', '2:1'],
    ['metadata.labels.app', '5:5'],
    ['metadata.labels.app.kubernetes.io/name', '6:5'],
    ['metadata.name', '3:1'],
    ['spec.when[0]', '7:15'],
    ['spec.when[0].change.type', '7:25'],
    ['spec.when[0].change.path', '7:16'],
    ['spec.when[1]', '7:38'],
    ['spec.when[9]', '7:8'],
    ['merged.there', '12:3'],
    ['merged.here', '9:3'],
    ['alias.here', '9:3'],
    ['nowhere', '2:1'],
    ['[3]', '2:1'],
  ])('%j is at %s', (field, place) => {
    const [document] = parseDocuments('a.yaml', text).documents;
    const { file, line, column } = document?.at(field) ?? { file: '', line: 0, column: 0 };
    expect([file, `${line}:${column}`]).toEqual(['a.yaml', place]);
  });

  test('an item of a List has its own', () => {
    const list = 'kind: List\nitems:\n- kind: A\n  spec: {a: 1}\n- kind: List\n  items:\n  - kind: B\n';
    const objects = parseDocuments('a.yaml', list).documents.flatMap(objectsOf);
    expect(objects.map(({ value, at }) => [value, at('spec.a').line, at('').line])).toEqual([
      [{ kind: 'A', spec: { a: 1 } }, 4, 3],
      [{ kind: 'B' }, 7, 7],
    ]);
  });
});
