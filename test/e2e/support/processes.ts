import { readdirSync, readFileSync } from 'node:fs';

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    // It ended in between.
    return '';
  }
}

/** Returns the command lines of all running processes that mention that text, by process number. This process is left out. */
export const processesWith = (text: string): ReadonlyMap<number, string> =>
  new Map(
    readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry) && entry !== String(process.pid))
      .map((pid) => [Number(pid), commandLine(pid)] as const)
      .filter(([, line]) => line.includes(text)),
  );
