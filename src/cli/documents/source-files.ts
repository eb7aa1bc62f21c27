import { createReadStream, type Dirent, type Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { startOf } from './position.ts';
import type { Problem } from './problem.ts';

/** Where files are read from. */
export interface FileSystem {
  readonly cwd: string;
  readonly stdin: Readable;
}

/** A text that was asked for. */
export interface SourceText {
  /** As it was named, or "-". */
  readonly file: string;
  readonly text: string;
}

/** A file that was found, or why it was not. */
export type SourceFile =
  | {
      readonly kind: 'File';
      readonly file: string;
      readonly path: string /** The operand that named it. */;
      readonly from: string;
    }
  | { readonly kind: 'Input'; readonly from: string }
  /** A file that was found already, or an operand that leads to such a folder. */
  | { readonly kind: 'Again'; readonly from: string }
  | { readonly kind: 'Problem'; readonly problem: Problem };

/** The name of the standard input. */
export const STDIN = '-';

/** More than any manifest has; a larger one is a mistake, and would fill the memory. */
export const MAX_FILE_BYTES = 8 * 1024 * 1024;

const EXTENSIONS: ReadonlySet<string> = new Set(['.yaml', '.yml', '.json']);

/** Folders with what others have made. */
const LEFT_OUT: ReadonlySet<string> = new Set(['node_modules']);

/**
 * Finds the files that paths name: files as they are, of folders all YAML and JSON files below them, but for hidden folders and
 * node_modules. Sorted within a folder; a file that is reached twice comes once.
 */
export async function* findFiles({ cwd }: FileSystem, paths: readonly string[]): AsyncGenerator<SourceFile> {
  const seen = new Set<string>();
  let hasInput = false;
  for (const path of paths) {
    if (path === STDIN) {
      if (!hasInput) yield { kind: 'Input', from: path };
      hasInput = true;
    } else {
      yield* findAt(cwd, path, path, seen, true);
    }
  }
}

async function* findAt(
  cwd: string,
  path: string,
  from: string,
  seen: Set<string>,
  isNamed: boolean,
): AsyncGenerator<SourceFile> {
  let status: Stats;
  let real: string;
  let entries: readonly Dirent[] = [];
  try {
    const named = resolve(cwd, path);
    status = await stat(named);
    // A pipe behind /dev/stdin or /dev/fd has no path of its own.
    real = status.isFIFO() || status.isSocket() ? named : await realpath(named);
    // By its real path, so that links can't lead in circles.
    if (seen.has(real)) {
      if (isNamed || !status.isDirectory()) yield { kind: 'Again', from };
      return;
    }
    seen.add(real);
    if (status.isDirectory()) entries = await readdir(real, { withFileTypes: true });
  } catch (error) {
    yield { kind: 'Problem', problem: unreadable(path, error) };
    return;
  }
  if (status.isDirectory()) {
    const names = entries.map(({ name }) => name).sort();
    for (const name of names) {
      if (!name.startsWith('.') && !LEFT_OUT.has(name)) yield* findAt(cwd, join(path, name), from, seen, false);
    }
  } else if (isNamed || (status.isFile() && EXTENSIONS.has(extname(path).toLowerCase()))) {
    yield { kind: 'File', file: path, path: real, from };
  }
}

/** Reads a file, or the standard input. Returns a problem if it can't be read, is too large, or is not UTF-8. */
export async function readSource(
  source: Extract<SourceFile, { readonly kind: 'File' | 'Input' }>,
  { stdin }: FileSystem,
): Promise<SourceText | Problem> {
  const file = source.kind === 'Input' ? STDIN : source.file;
  try {
    const bytes = source.kind === 'Input' ? await readAll(stdin) : await readBounded(source.path);
    if (bytes === undefined) {
      return { position: startOf(file), message: `must not be larger than ${MAX_FILE_BYTES / 1024 / 1024} MiB` };
    }
    return { file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    if (error instanceof TypeError) return { position: startOf(file), message: 'must be text in UTF-8' };
    return unreadable(file, error);
  }
}

/** Whatever size it is said to have: a device has none, and no end. */
const readBounded = (path: string): Promise<Uint8Array | undefined> =>
  readAll(createReadStream(path, { end: MAX_FILE_BYTES }));

async function readAll(stream: Readable): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer | string>) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_FILE_BYTES) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** The system's errors by their codes, in words. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  ELOOP: 'it is a link that leads in a circle',
  EISDIR: 'it is a folder',
  ENOTDIR: 'there is no such folder',
  ENAMETOOLONG: 'the name is too long',
};

function unreadable(file: string, error: unknown): Problem {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return { position: startOf(file), message: `can not be read: ${REASONS[code] ?? message}` };
}
