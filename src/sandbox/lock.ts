import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.ts';

/** Where a lock is and how to wait for it. */
export interface LockOptions {
  /** The folder that holds the lock's files; it is made if need be. */
  readonly directory: string;
  readonly name: string;
  readonly signal?: AbortSignal | undefined;
  /** Called once, if another process holds the lock. */
  readonly onWait?: (holder: ProcessIdentity) => void;
}

/** A lock that is held. */
export interface Lock {
  /** Lets the next one have it. */
  release(): void;
}

const POLL_MS = 100;

/*
 * The files of a lock are numbered: `name.1`, `name.2` and so on. The one with the highest number counts. It names the
 * process that holds the lock, or is empty once that has released it. Whoever finds the holder dead or the file empty
 * makes the file with the next number, which exactly one can do. The highest file is never deleted, only surpassed: so
 * one who was slow to act on what it read can't take the lock from under a later holder.
 */

const highestNumber = ({ directory, name }: LockOptions): number => Math.max(0, ...numbers(directory, name));

const numbers = (directory: string, name: string): number[] =>
  readdirSync(directory)
    .filter((file) => file.startsWith(`${name}.`))
    .map((file) => file.slice(name.length + 1))
    .filter((suffix) => /^\d+$/.test(suffix))
    .map(Number);

const fileOf = ({ directory, name }: LockOptions, number: number): string => join(directory, `${name}.${number}`);

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

function readHolder(options: LockOptions, number: number): ProcessIdentity | undefined {
  try {
    const text = readFileSync(fileOf(options, number), 'utf8');
    const holder: ProcessIdentity | undefined = text === '' ? undefined : JSON.parse(text);
    return holder !== undefined && isRunning(holder) ? holder : undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return undefined;
    }
    throw error;
  }
}

function tryToTake(options: LockOptions, number: number): Lock | undefined {
  const file = fileOf(options, number);
  // Written beside it and then linked: the file appears with all its content or not at all.
  const claim = join(options.directory, `.claim-${randomUUID()}`);
  writeFileSync(claim, JSON.stringify(identifyProcess(process.pid)));
  try {
    linkSync(claim, file);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) {
      return undefined;
    }
    throw error;
  } finally {
    rmSync(claim, { force: true });
  }
  if (highestNumber(options) !== number) {
    // The number had been used, released and surpassed before.
    rmSync(file, { force: true });
    return undefined;
  }
  for (const lower of numbers(options.directory, options.name).filter((candidate) => candidate < number)) {
    rmSync(fileOf(options, lower), { force: true });
  }
  return { release: () => writeFileSync(file, '') };
}

/** Returns the process that holds the lock now, or `undefined` if none does. */
export function lockHolder(options: LockOptions): ProcessIdentity | undefined {
  mkdirSync(options.directory, { recursive: true });
  return readHolder(options, highestNumber(options));
}

/** Waits until no other caller, in this process or another, holds the lock, and takes it. A holder that died holds nothing. Throws when the signal aborts. */
export async function acquireLock(options: LockOptions): Promise<Lock> {
  mkdirSync(options.directory, { recursive: true });
  for (let hasSaid = false; ; ) {
    options.signal?.throwIfAborted();
    const number = highestNumber(options);
    const holder = readHolder(options, number);
    const lock = holder === undefined ? tryToTake(options, number + 1) : undefined;
    if (lock !== undefined) {
      return lock;
    }
    if (holder !== undefined && !hasSaid) {
      hasSaid = true;
      options.onWait?.(holder);
    }
    await delay(POLL_MS);
  }
}
