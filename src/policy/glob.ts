/** Tells whether a whole text matches a glob. */
export type Glob = (text: string) => boolean;

/**
 * Compiles a glob: `*` is any text, also across `/` and `.`, `?` any one character, all else itself. The result takes
 * time linear in text times pattern at worst: it goes back to the last star only.
 */
export function compileGlob(pattern: string): Glob {
  if (!/[*?]/.test(pattern)) return (text) => text === pattern;
  if (pattern === '*') return () => true;
  const tail = pattern.slice(0, -1);
  if (pattern.endsWith('*') && !/[*?]/.test(tail)) return (text) => text.startsWith(tail);
  return (text) => matchStars(pattern, text);
}

/** Compiles globs into one test that holds if any matches. */
export function compileGlobs(patterns: readonly string[]): Glob {
  const globs = patterns.map(compileGlob);
  return (text) => globs.some((glob) => glob(text));
}

function matchStars(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
