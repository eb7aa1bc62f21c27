import { expect, test } from 'vitest';
import { plainScalar } from '../../../../src/cli/documents/plain-scalar.ts';

/** As sigs.k8s.io/yaml v1.6.0, which kubectl reads manifests with, makes JSON of them. */
const SCALARS: readonly [text: string, value: unknown][] = [
  ['yes', true],
  ['Yes', true],
  ['y', true],
  ['N', false],
  ['on', true],
  ['OFF', false],
  ['off', false],
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['tRue', 'tRue'],
  ['~', null],
  ['null', null],
  ['Null', null],
  ['', null],
  ['nUll', 'nUll'],
  ['0', 0],
  ['-0', 0],
  ['+1', 1],
  ['12', 12],
  ['1_000', 1000],
  ['_1', '_1'],
  ['0777', 511],
  ['0o17', 15],
  ['0x1F', 31],
  ['0b11', 3],
  ['-0b11', -3],
  ['08', 8],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['1.', 1],
  ['.', '.'],
  ['1e3', 1000],
  ['1.5e-3', 0.0015],
  ['+.5', 0.5],
  ['-.5', -0.5],
  ['1:20', '1:20'],
  ['12:30:45', '12:30:45'],
  ['2026-12-20', '2026-12-20'],
  ['2026-12-20T00:00:00Z', '2026-12-20T00:00:00Z'],
  ['2026-12-20 00:00:00', '2026-12-20 00:00:00'],
  ['99999999999999999999', 100000000000000000000],
  ['1e400', '1e400'],
  ['0x', '0x'],
  ['0o8', '0o8'],
  ['1_0.5', 10.5],
  ['.e3', '.e3'],
  ['.5_0', 0.5],
  ['+', '+'],
  ['1__0', 10],
  ['1_', 1],
  ['0_7', 7],
  ['0x_1F', 31],
  ['-0x10', -16],
  ['--1', '--1'],
  ['+-1', '+-1'],
  ['1e', '1e'],
  ['12e03', 12000],
  ['0.0', 0],
  ['-0.0', -0],
  ['.1.2', '.1.2'],
  ['._5', '._5'],
  ['Infinity', 'Infinity'],
  ['NaN', 'NaN'],
  ['inf', 'inf'],
  ['1.0', 1],
  ['100000000000000000000000', 1e23],
  ['1e21', 1e21],
];

test.each(SCALARS)('%j stands for %j, as in kubectl', (text, value) => {
  expect(plainScalar(text)).toEqual(value);
});

test.each([
  ['9007199254740993', 9007199254740992],
  ['9223372036854775807', 2 ** 63],
])('%s, which no double holds, is the nearest one', (text, value) => {
  expect(plainScalar(text)).toBe(value);
});

test.each(['.inf', '-.inf', '.nan'])('%s is a number, which JSON does not have', (text) => {
  expect(Number.isFinite(plainScalar(text))).toBe(false);
});

test('what is longer than any number is text, and takes no time', () => {
  const text = '1'.repeat(1_000_000);
  expect(plainScalar(text)).toBe(text);
});
