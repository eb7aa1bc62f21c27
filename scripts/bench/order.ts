/**
 * The items in the order of a round: another one in each, so that nobody always comes after the same neighbour, and the
 * same one in every run. Every item comes first in one of the first `items.length` rounds.
 */
export function orderOf<T>(items: readonly T[], round: number): T[] {
  const start = round % Math.max(1, items.length);
  const [first, ...rest] = [...items.slice(start), ...items.slice(0, start)];
  return first === undefined ? [] : [first, ...shuffled(rest, round)];
}

/** Sorted by keys that are drawn, by a generator that is the same everywhere. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = generator(seed);
  const keyed = items.map((item) => ({ item, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

/** Numbers from 0 to 1, by the linear congruence of Numerical Recipes. */
function generator(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
