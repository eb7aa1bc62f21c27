import { expect, test } from 'vitest';
import { orderOf } from '../../../scripts/bench/order.ts';

const ITEMS = ['a', 'b', 'c', 'd', 'e', 'f'];
const ROUNDS = [0, 1, 2, 3, 4, 5, 6, 7];

test.each(ROUNDS)('round %i has every item once', (round) => {
  const order = orderOf(ITEMS, round);
  expect(order).toHaveLength(ITEMS.length);
  expect(new Set(order)).toEqual(new Set(ITEMS));
});

test('every item is the first of one of as many rounds as there are items', () => {
  expect(ITEMS.map((_, round) => orderOf(ITEMS, round)[0])).toEqual(ITEMS);
});

test('nobody always comes after the same one', () => {
  const before = ROUNDS.map((round) => {
    const order = orderOf(ITEMS, round);
    return order[order.indexOf('c') - 1];
  });
  expect(new Set(before).size).toBeGreaterThan(2);
});

test('a round has the same order in every run', () => {
  expect(orderOf(ITEMS, 3)).toEqual(orderOf(ITEMS, 3));
});

test('nothing has an order too', () => {
  expect(orderOf([], 2)).toEqual([]);
});
