import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileGlob, compileGlobs } from '../../../src/policy/glob.ts';

describe('globs', () => {
  test.each([
    ['web', 'web', true],
    ['web', 'web1', false],
    ['web', 'Web', false],
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['*', 'a/b.c\nd', true],
    ['web-*', 'web-', true],
    ['web-*', 'xweb-1', false],
    ['*-web', 'a-web', true],
    ['*-web', 'a-web-', false],
    ['?', 'a', true],
    ['?', '', false],
    ['?', 'ab', false],
    ['a?c', 'abc', true],
    ['a*b*c', 'a--b--c', true],
    ['a*b*c', 'a--c--b', false],
    ['**', 'a', true],
    ['*?', '', false],
    ['a.c', 'abc', false],
    ['[a]', 'a', false],
    ['a+', 'aa', false],
    ['\\*', '*', false],
    ['registry.example.com/*', 'registry.example.com/a/b:1', true],
    ['registry.example.com/*', 'registry.example.com.evil.net/a', false],
  ])('%s on %j: %s', (pattern, text, expected) => expect(compileGlob(pattern)(text)).toBe(expected));

  test('any of several is enough, and none of none', () => {
    expect(compileGlobs(['a', 'b*'])('bc')).toBe(true);
    expect(compileGlobs([])('')).toBe(false);
  });

  test('equal a naive regular expression', () => {
    const letters = fc.constantFrom('a', 'b', '.', '*', '?', '/');
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/', '\n'), maxLength: 12 });
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 8 }), text, (pattern, value) => {
        const source = pattern.replace(/[.*?/]/g, (sign) => ({ '*': '.*', '?': '.' })[sign] ?? `\\${sign}`);
        expect(compileGlob(pattern)(value)).toBe(new RegExp(`^${source}$`, 's').test(value));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['many stars', '*a'.repeat(100), 'a'.repeat(20_000)],
    ['stars and a last letter that is missing', `${'*a'.repeat(100)}b`, 'a'.repeat(20_000)],
    ['question marks between stars', `${'*?'.repeat(100)}b`, 'a'.repeat(20_000)],
    ['a text of a megabyte', '*a*b*c', 'ab'.repeat(500_000)],
  ])('take no exponential time: %s', (_name, pattern, text) => {
    const started = performance.now();
    compileGlob(pattern)(text);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
