import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileJsonPath, compileSimpleJsonPath } from '../../../src/policy/json-path.ts';

const DOCUMENT = {
  a: { b: { c: 1 }, list: [{ v: 1 }, { v: 2 }, {}], 'x.y/z': 'dotted', null: null, zero: 0 },
  "it's": 'quoted',
  '^': { v: 'caret' },
  deep: [{ v: 3, inner: { v: 4 } }],
};

describe('values at a path', () => {
  test.each<[string, unknown[]]>([
    ['$', [DOCUMENT]],
    ['$.a.b.c', [1]],
    ["$['a'].b['c']", [1]],
    ['$["a"]["x.y/z"]', ['dotted']],
    ['$["it\'s"]', ['quoted']],
    ["$['^'].v", ['caret']],
    ['$.a.zero', [0]],
    ['$.a.null', [undefined]],
    ['$.a.missing.more', [undefined]],
    ['$.a.list[*].v', [1, 2, undefined]],
    ['$.a.list[1].v', [2]],
    ['$.a.list[9].v', [undefined]],
    ['$.a.b.*', [1]],
    ['$.a.b[*]', [1]],
    ['$.a.missing[*].v', []],
    ['$.a.b[0]', [undefined]],
    ['$.a.list.length', [undefined]],
    ['$.constructor', [undefined]],
    ['$.__proto__', [undefined]],
    ['$.a.list[0:2].v', [1, 2]],
    ['$.a.list[-1:]', [{}]],
    ['$.a.list[::2]', [{ v: 1 }, {}]],
    ['$.a.list[0,1].v', [1, 2]],
    ['$..v', [1, 2, 'caret', 3, 4]],
    ['$.deep..v', [3, 4]],
    ["$['a']..v", [1, 2]],
    ['$..constructor', []],
    ['$..__proto__', []],
  ])('%s', (path, expected) => expect(compileJsonPath(path).values(DOCUMENT)).toEqual(expected));

  test.each([undefined, null, 1, 'a', []])('of %j are missing ones', (root) => {
    expect(compileJsonPath('$.a').values(root)).toEqual([undefined]);
    expect(compileJsonPath('$.a[*]').values(root)).toEqual([]);
    expect(compileJsonPath('$..a').values(root)).toEqual([]);
  });

  test('are own properties alone, also of keys that every object has', () => {
    const hostile = JSON.parse('{"__proto__": {"v": 1}, "constructor": {"v": 2}}');
    expect(compileJsonPath("$['__proto__'].v").values(hostile)).toEqual([1]);
    expect(compileJsonPath('$.constructor.v').values(hostile)).toEqual([2]);
    expect(compileJsonPath('$.v').values(hostile)).toEqual([undefined]);
  });
});

describe('what is refused', () => {
  test.each([
    ['', 'expected $ at position 1'],
    ['a', 'expected $ at position 1'],
    ['$a', 'expected . or [ at position 2'],
    ['$.', 'expected a name or * at position 3'],
    ['$.a.', 'expected a name or * at position 5'],
    ['$..', 'expected a name after .. at position 4'],
    ['$..*', 'expected a name after .. at position 4'],
    ['$...a', 'expected a name after .. at position 4'],
    ['$[', 'expected *, an index, a quoted key, a slice or a union at position 3'],
    ['$[0', 'expected ] at position 4'],
    ["$['a", 'expected *, an index, a quoted key, a slice or a union at position 3'],
    ["$['a\\'b']", 'expected *, an index, a quoted key, a slice or a union at position 3'],
    ['$[-1]', 'expected *, an index, a quoted key, a slice or a union at position 3'],
    ['$[?(@.a)]', 'expected *, an index, a quoted key, a slice or a union at position 3'],
    ['$[(@.length-1)]', 'expected *, an index, a quoted key, a slice or a union at position 3'],
    ['$.a^', 'expected . or [ at position 4'],
    ['$.a~', 'expected . or [ at position 4'],
    ['$.a.@number()', 'expected a name or * at position 5'],
    ['$.a b', 'expected . or [ at position 4'],
    ['$.`a', 'expected a name or * at position 3'],
    ['$.0', 'expected a name or * at position 3'],
    ['$.$', 'expected a name or * at position 3'],
    ['$[1:2:0]', 'expected ] at position 6'],
    ['$[-:]', 'expected *, an index, a quoted key, a slice or a union at position 3'],
    [' $.a', 'expected $ at position 1'],
    ['$.a[', 'expected *, an index, a quoted key, a slice or a union at position 5'],
    ['$.a[]', 'expected *, an index, a quoted key, a slice or a union at position 5'],
    ['$.a]', 'expected . or [ at position 4'],
    ['$.a[?(@.b==1)]', 'expected *, an index, a quoted key, a slice or a union at position 5'],
    ['$.a[?@.b]', 'expected *, an index, a quoted key, a slice or a union at position 5'],
    ['$.a[(process.exit(1))]', 'expected *, an index, a quoted key, a slice or a union at position 5'],
    ['$.a.(@.b)', 'expected a name or * at position 5'],
    ['$.a[@.length]', 'expected *, an index, a quoted key, a slice or a union at position 5'],
    ['$.@', 'expected a name or * at position 3'],
    ['@.a', 'expected $ at position 1'],
    ['$^', 'expected . or [ at position 2'],
    ['$.^', 'expected a name or * at position 3'],
    ['$.a.~', 'expected a name or * at position 5'],
    ['$~', 'expected . or [ at position 2'],
    ["$['a]", 'expected *, an index, a quoted key, a slice or a union at position 3'],
    ['$["a\']', 'expected *, an index, a quoted key, a slice or a union at position 3'],
    ["$['a'", 'expected ] at position 6'],
    ["$['a''b']", 'expected ] at position 6'],
    ["$['a','b']", 'expected ] at position 6'],
    ["$['a\\u0062']", 'expected *, an index, a quoted key, a slice or a union at position 3'],
    ['$.a\\b', 'expected . or [ at position 4'],
    ['$.\u{1F600}', 'expected a name or * at position 3'],
    ['$.a\u{1F600}', 'expected . or [ at position 4'],
    ['$.é', 'expected a name or * at position 3'],
    ['$.-a', 'expected a name or * at position 3'],
    ['$.a\n.b', 'expected . or [ at position 4'],
    ['$.a\u0000', 'expected . or [ at position 4'],
    ['$[1234567]', 'expected ] at position 9'],
    ['$[1.5]', 'expected ] at position 4'],
    ['$[1e3]', 'expected ] at position 4'],
    ['$[0,]', 'expected ] at position 4'],
    ['$[*', 'expected ] at position 4'],
    ['$[a]', 'expected *, an index, a quoted key, a slice or a union at position 3'],
    ['$[$.a]', 'expected *, an index, a quoted key, a slice or a union at position 3'],
    ['$.a,$.b', 'expected . or [ at position 4'],
    ['$.a|b', 'expected . or [ at position 4'],
    ['$.**', 'expected . or [ at position 4'],
    ['$..[0]', 'expected a name after .. at position 4'],
    ["$..['a']", 'expected a name after .. at position 4'],
    ['{$.a}', 'expected $ at position 1'],
    ['.a', 'expected $ at position 1'],
  ])('%s: %s', (path, message) => {
    expect(() => compileJsonPath(path)).toThrow(`must be a JSONPath such as $.spec.replicas: ${message}`);
  });

  test('with the position of the first character that does not fit, whatever is put into a path', () => {
    const hostile = fc.constantFrom(
      '?',
      '(',
      ')',
      '@',
      '^',
      '~',
      '`',
      '\\\\',
      '{',
      '|',
      ',',
      ' ',
      '\u{1F600}',
      '\u0000',
      '&',
      ';',
    );
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('.a', '[0]', '[*]', "['b c']", '.*'), { maxLength: 5 }),
        hostile,
        fc.string(),
        (steps, sign, rest) => {
          const start = `$${steps.join('')}`;
          expect(() => compileJsonPath(start)).not.toThrow();
          expect(() => compileJsonPath(start + sign + rest)).toThrow(new RegExp(` at position ${start.length + 1}$`));
        },
      ),
    );
  });

  test.each(['$..a..b', '$..a.b..c'])('%s: more than one .. multiplies the work', (path) => {
    expect(() => compileJsonPath(path)).toThrow('must not have more than one ..');
  });

  test.each(["$['^']..x", "$['*'][0:1]", "$['~']..x", "$['$']..x", "$['..']..x", "$['@number()']..x", "$..x['`y']"])(
    '%s: the library would read the key as an operator',
    (path) => expect(() => compileJsonPath(path)).toThrow('must have keys of letters, digits'),
  );

  test.each(['$..a', '$.a[0:1]', '$.a[0,1]'])('%s where two objects are compared', (path) => {
    expect(() => compileSimpleJsonPath(path)).toThrow('must consist of names, indices, quoted keys and * alone here');
  });
});

describe('a path that is left to the library reads as one that is not', () => {
  const key = fc.constantFrom('a', 'b', 'x.y', 'a b', 'k8s.io/name', 'a..b', '0', '__proto__', 'constructor');
  const document = fc.letrec((tie) => ({
    node: fc.oneof({ maxDepth: 4 }, fc.integer(), fc.string(), tie('object'), fc.array(tie('node'), { maxLength: 3 })),
    object: fc.dictionary(key, tie('node'), { maxKeys: 4 }),
  })).object;

  test('with quoted keys before a ..', () => {
    fc.assert(
      fc.property(document, fc.array(key, { maxLength: 3 }), (root, keys) => {
        // The library takes a number for an index of a list too, as below.
        fc.pre(!keys.some((one) => /^\d+$/.test(one)));
        const path = `$${keys.map((one) => `['${one}']`).join('')}`;
        const [base] = compileJsonPath(path).values(root);
        expect(compileJsonPath(`${path}..a`).values(root)).toEqual(descend(base, 'a'));
      }),
      { numRuns: 500 },
    );
  });

  test('but for a quoted number, which is an index of a list as well', () => {
    expect(compileJsonPath("$.x['0']..a").values({ x: [{ a: 1 }] })).toEqual([1]);
    expect(compileJsonPath("$.x['0'].a").values({ x: [{ a: 1 }] })).toEqual([undefined]);
  });

  function descend(value: unknown, name: string): unknown[] {
    if (typeof value !== 'object' || value === null) return [];
    const here = !Array.isArray(value) && Object.hasOwn(value, name) ? [(value as Record<string, unknown>)[name]] : [];
    return [...here, ...Object.values(value).flatMap((inner) => descend(inner, name))];
  }
});

describe('pairs', () => {
  const pairs = (path: string, from: unknown, to: unknown) =>
    compileSimpleJsonPath(path)
      .pairs(from, to)
      .map(({ path: place, from: before, to: after, isShared }) => [place, before, after, isShared]);

  test.each<[string, string, unknown, unknown, unknown[]]>([
    [
      'by name',
      '$.l[*].v',
      { l: [{ name: 'a', v: 1 }] },
      {
        l: [
          { name: 'b', v: 2 },
          { name: 'a', v: 3 },
        ],
      },
      [
        ['$.l[a].v', 1, 3, true],
        ['$.l[b].v', undefined, 2, false],
      ],
    ],
    [
      'by key',
      '$.*',
      { a: 1 },
      { b: 2 },
      [
        ['$.a', 1, undefined, true],
        ['$.b', undefined, 2, true],
      ],
    ],
    ['by index', '$.l[0]', { l: [1] }, { l: [] }, [['$.l[0]', 1, undefined, false]]],
    ['of what comes', '$.a', undefined, { a: 1 }, [['$.a', undefined, 1, false]]],
    ['of null', '$.l[*]', { l: [null] }, { l: ['a'] }, [['$.l[0]', undefined, 'a', false]]],
  ])('%s', (_name, path, from, to, expected) => expect(pairs(path, from, to)).toEqual(expected));
});
