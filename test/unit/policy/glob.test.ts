import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EvaluationError } from '../../../src/policy/evaluation-context.ts';
import { compileGlob, compileGlobs } from '../../../src/policy/glob.ts';

describe('globs', { timeout: 60_000 }, () => {
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

  /** A text that counts how often it is looked at. */
  function counted(text: string): { readonly text: string; readonly looks: () => number } {
    let looks = 0;
    const charCodeAt = (index: number): number => {
      looks++;
      return text.charCodeAt(index);
    };
    return { text: { length: text.length, charCodeAt } as string, looks: () => looks };
  }

  function looks(pattern: string, text: string): number {
    const subject = counted(text);
    compileGlob(pattern)(subject.text);
    return subject.looks();
  }

  test('look at each character of a text as often as the pattern is long at most', () => {
    const sign = fc.constantFrom('a', 'b', '*', '?');
    let most = 0;
    fc.assert(
      fc.property(
        fc.string({ unit: sign, minLength: 1, maxLength: 20 }).map((pattern) => `*${pattern}*a`),
        fc.string({ unit: fc.constantFrom('a', 'a', 'a', 'b'), minLength: 1, maxLength: 200 }),
        (pattern, text) => {
          const count = looks(pattern, text);
          most = Math.max(most, count / text.length);
          expect(count).toBeLessThanOrEqual(pattern.length * text.length);
        },
      ),
      { numRuns: 2000 },
    );
    expect(most).toBeGreaterThan(2);
  });

  test.each([
    ['many stars', '*a'.repeat(100)],
    ['stars and a last letter that is missing', `${'*a'.repeat(100)}b`],
    ['question marks between stars', `${'*?'.repeat(100)}b`],
    ['a long part that nearly matches', `*${'a'.repeat(100)}b*`],
  ])('take twice the steps for twice the text: %s', (_name, pattern) => {
    const [once, twice] = [looks(pattern, 'a'.repeat(1000)), looks(pattern, 'a'.repeat(2000))];
    expect(once).toBeGreaterThanOrEqual(900);
    expect(twice).toBeLessThanOrEqual(once * 2.3);
  });

  test('that nearly match a very long text can not be told', () => {
    expect(() => compileGlob(`*${'a'.repeat(500)}b`)('a'.repeat(1_000_000))).toThrow(EvaluationError);
    expect(compileGlob('*a*b*c')('ab'.repeat(500_000))).toBe(false);
    expect(compileGlob(`${'*a'.repeat(250)}*`)('a'.repeat(1_000_000))).toBe(true);
  });
});
