import { expect, test } from 'vitest';
import { UsageError } from '../../../src/cli/command.ts';
import { parseDuration } from '../../../src/cli/duration.ts';

test.each([
  ['0s', 0],
  ['500ms', 500],
  ['30s', 30_000],
  ['1.5s', 1_500],
  ['0.001s', 1],
  ['10m', 600_000],
  ['1h', 3_600_000],
  ['7d', 604_800_000],
  ['999999999d', 999_999_999 * 86_400_000],
])('%s is %i ms', (text, milliseconds) => {
  expect(parseDuration('--flag', text)).toBe(milliseconds);
});

test.each([
  '',
  '30',
  's',
  '-1s',
  '+1s',
  '1 s',
  ' 1s',
  '1s ',
  '1s\n',
  '1S',
  '1w',
  '1m30s',
  '.5s',
  '1.s',
  '1.0001s',
  '1e3s',
  '0x10s',
  '1000000000s',
  'constructor',
])('"%s" is refused, with the name of the flag and examples', (text) => {
  expect(() => parseDuration('--retention-age', text)).toThrow(UsageError);
  expect(() => parseDuration('--retention-age', text)).toThrow(
    `--retention-age must be a duration such as 500ms, 30s, 10m, 1h or 7d, not "${text}"`,
  );
});
