import { expect, test } from 'vitest';
import { type Column, tableText } from '../../../scripts/bench/table.ts';

interface Row {
  readonly name: string;
  readonly count: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'COUNT', value: ({ count }) => String(count), align: 'right' },
];

test('columns are as wide as their widest cell, and numbers stand at the right', () => {
  const rows = [
    { name: 'a', count: 1 },
    { name: 'longer', count: 1_000_000 },
  ];
  expect(tableText(rows, COLUMNS)).toBe(['NAME       COUNT', 'a              1', 'longer   1000000', ''].join('\n'));
});

test('no line ends with spaces', () => {
  const [name] = COLUMNS;
  const rows = [{ name: 'a', count: 1 }];
  expect(tableText(rows, name === undefined ? [] : [name])).toBe('NAME\na\n');
});

test('without rows there are the titles', () => {
  expect(tableText([], COLUMNS)).toBe('NAME   COUNT\n');
});
