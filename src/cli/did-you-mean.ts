/** No word of ours is longer; what is longer is no slip of the finger. */
const MAX_LENGTH = 40;

/** Ends a sentence on a word that is not known: with the known one that is nearest, `; did you mean "word"?`, or with a full stop. */
export function didYouMean(word: string, known: readonly string[]): string {
  if (word.length > MAX_LENGTH) return '.';
  const near = known
    .map((candidate) => ({ candidate, distance: distanceOf(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  const [nearest] = near;
  return nearest === undefined ? '.' : `; did you mean "${nearest.candidate}"?`;
}

/** How many letters must be put in, left out, replaced or swapped with their neighbour to make one word of the other. */
function distanceOf(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let least = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, at(beforeLast, j - 2) + 1);
      }
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY;
