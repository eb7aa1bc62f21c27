import { expect, test } from 'vitest';
import { parseDuration } from '../../../src/policy/duration.ts';

test.each([
  ['0s', 0],
  ['30s', 30_000],
  ['10m', 600_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
  ['999999999999999d', 999_999_999_999_999 * 86_400_000],
])('%s is %i ms', (text, expected) => expect(parseDuration(text)).toBe(expected));

test.each(['', '1', 'h', '1w', '1 h', '-1h', '1.5h', '1h30m', '1H', ' 1h', '1h\n', '9999999999999999s'])(
  '%j is no duration',
  (text) => expect(parseDuration(text)).toBeUndefined(),
);
