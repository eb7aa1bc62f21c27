import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BINARY_NAMES, missingBinaries } from './binary-folder.ts';
import { acquireLock } from './lock.ts';
import type { Progress } from './progress.ts';

/** One folder of the cache: the binaries of one version for one platform. */
export interface CacheEntry {
  /** The folder with the binaries of all versions and platforms. */
  readonly root: string;
  /** The name of the folder in it. */
  readonly name: string;
}

/** The folder of that entry. It is there with all its files, or not at all. */
export const entryDirectory = ({ root, name }: CacheEntry): string => join(root, name);

// Locks have a folder of their own, beside the entries: an entry can then be deleted by hand at any time.
const lockDirectory = (root: string): string => join(root, '.locks');

const partialPrefix = ({ name }: CacheEntry): string => `.partial-${name}-`;

/** Puts the binaries into the folder that it is given. Throws if it can't. */
export type Fill = (directory: string) => Promise<void>;

async function fillAndPublish(entry: CacheEntry, fill: Fill): Promise<void> {
  // Only the holder of the lock makes such folders: what is there now was left by a process that died.
  for (const left of readdirSync(entry.root).filter((file) => file.startsWith(partialPrefix(entry)))) {
    rmSync(join(entry.root, left), { recursive: true, force: true });
  }
  const partial = mkdtempSync(join(entry.root, partialPrefix(entry)));
  try {
    await fill(partial);
    for (const name of BINARY_NAMES) {
      chmodSync(join(partial, name), 0o755);
    }
    chmodSync(partial, 0o755);
    const directory = entryDirectory(entry);
    if (existsSync(directory)) {
      // Incomplete, or this wouldn't be needed: someone deleted a part of it.
      rmSync(directory, { recursive: true, force: true });
    }
    renameSync(partial, directory);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/**
 * Makes sure that the entry is in the cache: `fill` puts the binaries into a folder beside it, which becomes the entry by
 * one rename when all of them are there. Of several callers, in this process or in others, one fills and the others wait.
 * Throws what `fill` throws, and nothing of its work is left then.
 */
export async function ensureCached(
  entry: CacheEntry,
  fill: Fill,
  { progress, signal }: { readonly progress: Progress; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  mkdirSync(entry.root, { recursive: true });
  const lock = await acquireLock({
    directory: lockDirectory(entry.root),
    name: entry.name,
    signal,
    onWait: ({ pid }) => progress.line(`waiting for process ${pid}, which downloads or builds the same binaries`),
  });
  try {
    if (missingBinaries(entryDirectory(entry)).length > 0) {
      await fillAndPublish(entry, fill);
    }
  } finally {
    lock.release();
  }
}
