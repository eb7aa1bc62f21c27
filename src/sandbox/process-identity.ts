import { readFileSync } from 'node:fs';

/** One process, told apart from a later one that got the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the kernel's clock ticks since boot. Empty where the system doesn't tell (it does on Linux). */
  readonly startTime: string;
}

function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses, and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    // A zombie has ended: only its parent hasn't asked yet.
    return state === 'Z' || state === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Returns the identity of a running process. Its start time is empty if the process is gone already. */
export const identifyProcess = (pid: number): ProcessIdentity => ({ pid, startTime: startTimeOf(pid) ?? '' });

/** Whether that very process still runs. */
export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and belongs to someone else.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) {
      return false;
    }
  }
  return process.platform !== 'linux' || startTimeOf(pid) === startTime;
}

/** Sends a signal to that very process. Does nothing if it has ended. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (isRunning(identity)) {
    try {
      process.kill(identity.pid, signal);
    } catch {
      // It ended in between.
    }
  }
}
