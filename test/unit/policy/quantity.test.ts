import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseQuantity } from '../../../src/policy/quantity.ts';

const NANO = 1_000_000_000n;
/** Where apimachinery ends what has a binary suffix. */
const MAX = (2n ** 63n - 1n) * NANO;

describe('quantities', () => {
  test.each<[unknown, bigint | undefined]>([
    ['0', 0n],
    ['1', NANO],
    ['+1', NANO],
    ['-1', -NANO],
    ['1.', NANO],
    ['.5', NANO / 2n],
    ['1000m', NANO],
    ['100u', 100_000n],
    ['1n', 1n],
    ['0.1n', 1n],
    ['-0.1n', -1n],
    ['1k', 1000n * NANO],
    ['1E', 10n ** 18n * NANO],
    ['1E3', 1000n * NANO],
    ['1e3', 1000n * NANO],
    ['1e-3', NANO / 1000n],
    ['1Ki', 1024n * NANO],
    ['0.5Gi', 2n ** 29n * NANO],
    ['1Ei', 2n ** 60n * NANO],
    [3, 3n * NANO],
    [0.1, NANO / 10n],
    [1e21, 10n ** 21n * NANO],
    [1e-7, 100n],
    [-0, 0n],
    ['', undefined],
    ['Ki', 0n],
    ['.', 0n],
    ['8Ei', MAX],
    ['-100Ei', -MAX],
    ['1e9999', 10n ** 1009n],
    ['1e-9999', 1n],
    [`${'0'.repeat(255)}1`, NANO],
    ['1 ', undefined],
    [' 1', undefined],
    ['1K', undefined],
    ['1ki', undefined],
    ['1mi', undefined],
    ['1e', undefined],
    ['1e3Ki', undefined],
    ['0x10', undefined],
    ['1_000', undefined],
    ['--1', undefined],
    ['1,5', undefined],
    ['٣', undefined],
    ['1'.repeat(257), undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [true, undefined],
    [null, undefined],
    [undefined, undefined],
    [{}, undefined],
    [['1'], undefined],
  ])('%j is %s billionths', (value, expected) => expect(parseQuantity(value)).toBe(expected));

  const SUFFIXES: Readonly<Record<string, readonly [bigint, bigint]>> = {
    '': [1n, 1n],
    n: [1n, 10n ** 9n],
    u: [1n, 10n ** 6n],
    m: [1n, 1000n],
    k: [1000n, 1n],
    M: [10n ** 6n, 1n],
    P: [10n ** 15n, 1n],
    E: [10n ** 18n, 1n],
    Ki: [2n ** 10n, 1n],
    Ti: [2n ** 40n, 1n],
    Ei: [2n ** 60n, 1n],
    e5: [10n ** 5n, 1n],
    'E-4': [1n, 10n ** 4n],
  };

  test('equal exact rational arithmetic, rounded away from zero to billionths', () => {
    const quantity = fc.record({
      isNegative: fc.boolean(),
      whole: fc.bigInt(0n, 10n ** 12n),
      fraction: fc.stringMatching(/^\d{0,9}$/),
      suffix: fc.constantFrom(...Object.keys(SUFFIXES)),
    });
    fc.assert(
      fc.property(quantity, ({ isNegative, whole, fraction, suffix }) => {
        const [times, by] = SUFFIXES[suffix] ?? [0n, 1n];
        const numerator = BigInt(`${whole}${fraction}`) * times * NANO;
        const denominator = 10n ** BigInt(fraction.length) * by;
        const magnitude = numerator / denominator + (numerator % denominator === 0n ? 0n : 1n);
        const text = `${isNegative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}${suffix}`;
        const kept = suffix.endsWith('i') && magnitude > MAX ? MAX : magnitude;
        expect(parseQuantity(text)).toBe(isNegative ? -kept : kept);
      }),
    );
  });

  test('a number is what its digits are', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), (value) => {
        expect(parseQuantity(value)).toBe(BigInt(value) * NANO);
        expect(parseQuantity(value / 8)).toBe((BigInt(value) * NANO) / 8n);
      }),
    );
  });
});

interface Corpus {
  readonly quantities: readonly { readonly text: string; readonly nano?: string; readonly canonical?: string }[];
  readonly comparisons: readonly { readonly a: string; readonly b: string; readonly cmp: number }[];
}

/** Written by scripts/quantity-corpus. */
const corpus: Corpus = JSON.parse(readFileSync(new URL('../../corpus/quantities.json', import.meta.url), 'utf8'));

describe('apimachinery', () => {
  test('parses the same texts to the same values', () => {
    const ours = corpus.quantities.map(({ text, ...rest }) => ({
      text,
      ...rest,
      nano: parseQuantity(text)?.toString(),
    }));
    expect(ours).toEqual(corpus.quantities.map((one) => ({ ...one, nano: one.nano })));
  });

  test('writes them in a form that is the same to us', () => {
    // It writes 1000E as 1: there is no suffix for that.
    const written = corpus.quantities.filter(({ text }) => text !== '1000E');
    for (const { text, canonical } of written) expect(parseQuantity(canonical)).toBe(parseQuantity(text));
  });

  test('compares them as we do', () => {
    for (const { a, b, cmp } of corpus.comparisons) {
      const [one = 0n, other = 0n] = [parseQuantity(a), parseQuantity(b)];
      expect({ a, b, cmp: one === other ? 0 : one < other ? -1 : 1 }).toEqual({ a, b, cmp });
    }
  });

  test('was asked of all suffixes, of what is wrong, and of all outcomes', () => {
    const texts = corpus.quantities.filter(({ nano }) => nano !== undefined).map(({ text }) => text);
    for (const suffix of [
      '',
      'n',
      'u',
      'm',
      'k',
      'M',
      'G',
      'T',
      'P',
      'E',
      'Ki',
      'Mi',
      'Gi',
      'Ti',
      'Pi',
      'Ei',
      'e3',
      'E-3',
    ]) {
      expect(texts).toContain(`1.5${suffix}`);
    }
    expect(corpus.quantities.filter(({ nano }) => nano === undefined).length).toBeGreaterThan(50);
    expect(new Set(corpus.comparisons.map(({ cmp }) => cmp))).toEqual(new Set([-1, 0, 1]));
  });
});
