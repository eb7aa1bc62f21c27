import { streamProgress } from '../sandbox/progress.ts';
import type { CommandIo, OutputStream } from './command.ts';
import { type Loaded, load, type Wanted } from './documents/load.ts';
import { counted } from './report/counted.ts';

/** How far something has come that may be over before anybody could read of it. */
export interface SlowProgress {
  update(text: string): void;
  /** Takes it off the screen, for good. */
  clear(): void;
}

/** What takes less is over before anybody could read of it. */
const QUIET_MS = 1_000;

/** Often enough to show that it goes on. */
const INTERVAL_MS = 200;

/** Says how far something has come: on a terminal alone, and once it takes longer than a second. */
export function slowProgress(stderr: OutputStream): SlowProgress {
  if (stderr.isTTY !== true) return { update: () => {}, clear: () => {} };
  const progress = streamProgress(stderr);
  let latest = '';
  let next = performance.now() + QUIET_MS;
  const show = () => {
    if (latest === '' || performance.now() < next) return;
    progress.update(latest);
    next = performance.now() + INTERVAL_MS;
  };
  // Folders without any file of ours bring no update.
  const timer = setInterval(show, INTERVAL_MS).unref();
  return {
    update: (text) => {
      latest = text;
      // What never waits lets no timer have its turn.
      show();
    },
    clear: () => {
      clearInterval(timer);
      progress.clear();
    },
  };
}

/** Reads files and folders as `load` does, and says how many were read. */
export async function readWithProgress(io: CommandIo, paths: readonly string[], wanted: Wanted): Promise<Loaded> {
  const progress = slowProgress(io.stderr);
  const tell = (files: number) => progress.update(`read ${counted(files, 'file')}`);
  tell(0);
  return load(io, paths, wanted, tell).finally(progress.clear);
}
