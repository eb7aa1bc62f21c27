import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Linux counts the time of a process in hundredths of a second towards programs, whatever its own clock is. */
const TICKS_PER_SECOND = 100;

const STEP_MS = 250;
/** So much of one core is what a few operators need that have nothing to do. */
const QUIET_SHARE = 0.1;

/** The CPU time that a process has taken so far, user and system, in seconds. Linux only. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the command in parentheses, and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The memory of a process that is in RAM, in MiB. Linux only. */
export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** Waits until the processes have little to do, at most for that long: what one still writes must not disturb the next. */
export async function untilQuiet(pids: readonly number[], timeoutMs: number, signal: AbortSignal): Promise<void> {
  const total = (): number => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const end = performance.now() + timeoutMs;
  let before = total();
  while (performance.now() < end) {
    await sleep(STEP_MS, undefined, { signal });
    const now = total();
    if (now - before <= (QUIET_SHARE * STEP_MS) / 1_000) return;
    before = now;
  }
}
