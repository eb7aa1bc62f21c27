import { describe, expect, test } from 'vitest';
import { diff, differs, keySegment } from '../../../src/policy/diff.ts';
import { alignLists } from '../../../src/policy/named-list.ts';

describe('differences', () => {
  test.each<[string, unknown, unknown, string[]]>([
    ['none', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
    ['null and nothing', { a: null }, {}, []],
    ['a value', { a: 1 }, { a: 2 }, ['$.a']],
    ['a type', { a: 1 }, { a: '1' }, ['$.a']],
    ['an object that becomes a list', { a: {} }, { a: [] }, ['$.a']],
    ['what comes and goes', { a: 1 }, { b: { c: 1 } }, ['$.a', '$.b']],
    ['the whole', undefined, { a: 1 }, ['$']],
    ['a quoted key', { 'a.b/c': 1 }, {}, ["$['a.b/c']"]],
    [
      'a key that every object has',
      {},
      JSON.parse('{"__proto__": 1, "constructor": 2}'),
      ['$.__proto__', '$.constructor'],
    ],
    [
      'by name',
      {
        l: [
          { name: 'a', v: 1 },
          { name: 'b', v: 1 },
        ],
      },
      {
        l: [
          { name: 'b', v: 2 },
          { name: 'a', v: 1 },
        ],
      },
      ['$.l[b].v'],
    ],
    ['by port and protocol', [{ port: 1, protocol: 'TCP' }], [{ port: 1, protocol: 'UDP' }], ['$[1/TCP]', '$[1/UDP]']],
    ['by mount path', [{ mountPath: '/a', name: undefined }], [{ mountPath: '/b' }], ['$[/a]', '$[/b]']],
    [
      'of names that occur again',
      [
        { name: 'a', v: 1 },
        { name: 'a', v: 2 },
      ],
      [
        { name: 'a', v: 1 },
        { name: 'a', v: 3 },
      ],
      ['$[a#2].v'],
    ],
    ['by position without names', [1, 2], [1, 3], ['$[1]']],
    ['by position where one has no name', [{ name: 'a' }, {}], [{ name: 'b' }, {}], ['$[0].name']],
    ['by position where a name is no scalar', [{ name: {} }], [{ name: { a: 1 } }], ['$[0].name.a']],
  ])('%s', (_name, from, to, paths) => {
    expect(diff(from, to, '$').map(({ path }) => path)).toEqual(paths);
    expect(differs(from, to)).toBe(paths.length > 0);
  });

  test('names that collide with a count stay apart', () => {
    const list = ['a#2', 'a', 'a', 'a#3', 'a'].map((name) => ({ name }));
    const labels = alignLists(list, []).map(({ label }) => label);
    expect(new Set(labels).size).toBe(list.length);
  });

  test.each([
    ['another order', ['a', 'b'], ['b', 'a'], ['$.l']],
    ['another order, and more', ['a', 'b'], ['b', 'c', 'a'], ['$.l', '$.l[c]']],
    ['the same order around what comes', ['a', 'b'], ['a', 'c', 'b'], ['$.l[c]']],
    ['the same order around what goes', ['a', 'c', 'b'], ['a', 'b'], ['$.l[c]']],
  ])('%s of named things, where order counts', (_name, from, to, paths) => {
    const list = (names: readonly string[]) => ({ l: names.map((name) => ({ name })) });
    expect(diff(list(from), list(to), '$', { ordered: true }).map(({ path }) => path)).toEqual(paths);
  });

  test.each([
    ['a', '.a'],
    ['a-b_c', '.a-b_c'],
    ['a.b', "['a.b']"],
    ['0', "['0']"],
    ['', "['']"],
  ])('the key %j is written %s', (key, segment) => expect(keySegment(key)).toBe(segment));
});

describe('what strangers send is compared in bounded time', () => {
  const nested = (depth: number, leaf: unknown) => {
    let value = leaf;
    for (let level = 0; level < depth; level++) value = { a: value };
    return value;
  };

  test.each<[string, () => unknown, () => unknown]>([
    ['nested 10,000 deep', () => nested(10_000, 1), () => nested(10_000, 2)],
    [
      'lists nested 10,000 deep',
      () => JSON.parse('['.repeat(10_000) + ']'.repeat(10_000)),
      () => JSON.parse(`${'['.repeat(10_000)}1${']'.repeat(10_000)}`),
    ],
    [
      '100,000 things of one name',
      () => Array.from({ length: 100_000 }, () => ({ name: 'a', v: 1 })),
      () => Array.from({ length: 100_000 }, () => ({ name: 'a', v: 2 })),
    ],
    [
      'a key of a megabyte over many changes',
      () => ({ ['k'.repeat(1 << 20)]: Object.fromEntries(Array.from({ length: 500 }, (_, i) => [i, 1])) }),
      () => ({ ['k'.repeat(1 << 20)]: Object.fromEntries(Array.from({ length: 500 }, (_, i) => [i, 2])) }),
    ],
    ['a name of a megabyte', () => [{ name: 'n'.repeat(1 << 20), v: 1 }], () => [{ name: 'n'.repeat(1 << 20), v: 2 }]],
    [
      'a million numbers',
      () => Array.from({ length: 1_000_000 }, () => 1),
      () => Array.from({ length: 1_000_000 }, () => 2),
    ],
  ])('%s', (_name, from, to) => {
    const [before, after] = [from(), to()];
    const started = performance.now();
    const changes = diff(before, after, '$', { ordered: true });
    expect(performance.now() - started).toBeLessThan(3000);
    expect(changes.length).toBeGreaterThan(0);
    expect(Math.max(...changes.map(({ path }) => path.length))).toBeLessThan(1000);
  });
});
