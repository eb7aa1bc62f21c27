import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseQuantity } from '../../../src/policy/quantity.ts';

const NANO = 1_000_000_000n;

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
    ['Ki', undefined],
    ['.', undefined],
    ['1 ', undefined],
    [' 1', undefined],
    ['1K', undefined],
    ['1ki', undefined],
    ['1mi', undefined],
    ['1e', undefined],
    ['1e3Ki', undefined],
    ['1e9999', undefined],
    ['0x10', undefined],
    ['1_000', undefined],
    ['--1', undefined],
    ['1,5', undefined],
    ['٣', undefined],
    ['1'.repeat(65), undefined],
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
        expect(parseQuantity(text)).toBe(isNegative ? -magnitude : magnitude);
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
