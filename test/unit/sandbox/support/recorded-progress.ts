import type { Progress } from '../../../../src/sandbox/progress.ts';

/** Remembers what was said. */
export function recordedProgress(): Progress & { readonly lines: string[]; readonly updates: string[] } {
  const lines: string[] = [];
  const updates: string[] = [];
  return { lines, updates, line: (text) => lines.push(text), update: (text) => updates.push(text) };
}
