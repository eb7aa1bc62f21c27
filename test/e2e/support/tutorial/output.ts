/** What differs from run to run, and what stands for it. Each is as narrow as can be: nothing else is passed over. */
const VARIABLE: readonly { readonly pattern: RegExp; readonly placeholder: string }[] = [
  { pattern: /\b[0-9a-z]{7}-[0-9a-f]{12}\b/g, placeholder: '<record>' },
  { pattern: /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, placeholder: '<time>' },
  { pattern: /(?<=127\.0\.0\.1:)\d+\b/g, placeholder: '<port>' },
  { pattern: /\/\S*\/guardrails-sandbox-\w+(?=\/)/g, placeholder: '<sandbox>' },
  // An age is the last column of a table of kubectl, and never the only one.
  { pattern: /(?<= {3})(\d+[dhms]){1,2}$/g, placeholder: '<age>' },
];

/** A line that stands for any lines. */
const ANY_LINES = '...';
/** A part of a line that stands for any text. */
const ANY_TEXT = '[...]';

/** A line with placeholders for what differs from run to run. Space at its end is none of it. */
export const normalized = (line: string): string =>
  VARIABLE.reduce((text, { pattern, placeholder }) => text.replaceAll(pattern, placeholder), line.trimEnd());

/**
 * Whether a command has printed what is expected of it, but for what differs from run to run. A line `...` stands for any
 * lines, `[...]` in a line for any text.
 */
export function isAsExpected(expected: readonly string[], actual: readonly string[]): boolean {
  return matchesFrom(withoutEnd(expected.map(normalized)), withoutEnd(actual.map(normalized)));
}

/** Without the empty lines at the end: a block need not show them. */
const withoutEnd = (lines: readonly string[]): readonly string[] =>
  lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);

function matchesFrom([expected, ...rest]: readonly string[], actual: readonly string[]): boolean {
  if (expected === undefined) return actual.length === 0;
  if (expected.trim() !== ANY_LINES) {
    return actual[0] !== undefined && isAsLine(expected, actual[0]) && matchesFrom(rest, actual.slice(1));
  }
  return [...actual.keys(), actual.length].some((start) => matchesFrom(rest, actual.slice(start)));
}

function isAsLine(expected: string, actual: string): boolean {
  const [head = '', ...parts] = expected.split(ANY_TEXT);
  const tail = parts.pop();
  if (tail === undefined) return expected === actual;
  if (!actual.startsWith(head)) return false;
  let at = head.length;
  for (const part of parts) {
    const found = actual.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return actual.length - tail.length >= at && actual.endsWith(tail);
}
