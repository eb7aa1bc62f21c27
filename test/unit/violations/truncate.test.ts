import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { truncate } from '../../../src/violations/truncate.ts';
import { valueText } from '../../../src/violations/value-text.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 60 });

describe('truncate', () => {
  test.each([
    { name: 'a text of just the limit stays as it is', text: 'abcde', limit: 5, expected: 'abcde' },
    { name: 'a longer text ends in an ellipsis', text: 'abcdef', limit: 5, expected: 'abcd…' },
    { name: 'a character of two units is left out rather than split', text: 'abc😀def', limit: 5, expected: 'abc…' },
    { name: 'a character of two units stays where it fits', text: 'ab😀def', limit: 5, expected: 'ab😀…' },
    { name: 'half a character in the text becomes a replacement', text: 'a\ud800b', limit: 5, expected: 'a\ufffdb' },
    { name: 'nothing fits into nothing', text: 'abc', limit: 0, expected: '' },
  ])('$name', ({ text, limit, expected }) => {
    expect(truncate(text, limit)).toBe(expected);
  });

  test('the limit holds, characters stay whole, and what is cut is a beginning', () => {
    fc.assert(
      fc.property(anyText, fc.nat(64), (text, limit) => {
        const result = truncate(text, limit);
        expect(result.length).toBeLessThanOrEqual(limit);
        expect(result.isWellFormed()).toBe(true);
        expect(text.toWellFormed().startsWith(result.replace(/…$/, ''))).toBe(true);
      }),
    );
  });
});

describe('the text of a value', () => {
  test.each([
    { name: 'a string is itself, without quotes', value: 'nginx:1.27', expected: 'nginx:1.27' },
    { name: 'a number', value: 10, expected: '10' },
    { name: 'a large integer', value: 12345678901234567890n, expected: '12345678901234567890' },
    { name: 'a boolean', value: false, expected: 'false' },
    { name: 'an object is JSON', value: { a: [1, 'x', null], 'b"': {} }, expected: '{"a":[1,"x",null],"b\\"":{}}' },
    { name: 'a long one is cut', value: { a: 'x'.repeat(100) }, expected: '{"a":"xxxxxxxxxxxxxxxxxxxxxxxx…' },
  ])('$name', ({ value, expected }) => {
    expect(valueText(value, 31)).toBe(expected);
  });

  test('it is the beginning of what JSON.stringify makes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 1, max: 200 }), (value, limit) => {
        fc.pre(typeof value !== 'string');
        // JSON has no -0.
        const json = JSON.stringify(value);
        expect(valueText(JSON.parse(json), limit)).toBe(truncate(json, limit));
      }),
    );
  });

  test('it reads no more of a huge value than it needs', () => {
    let read = 0;
    const huge = Array.from({ length: 1000 }, () => ({
      get part() {
        read += 1;
        return 'x'.repeat(50);
      },
    }));
    expect(valueText(huge, 100)).toHaveLength(100);
    expect(read).toBeLessThan(5);
  });

  test('a deep value does not run out of stack', () => {
    let deep: unknown = 'end';
    for (let level = 0; level < 100_000; level += 1) {
      deep = [deep];
    }
    expect(valueText(deep, 20)).toBe(`${'['.repeat(19)}…`);
  });
});
