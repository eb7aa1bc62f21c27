import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BINARY_NAMES, missingBinaries } from '../../../src/sandbox/binary-folder.ts';
import { ensureCached, entryDirectory } from '../../../src/sandbox/cache.ts';
import { SILENT } from '../../../src/sandbox/progress.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const scene = () => {
  const entry = { root: join(temporaryFolder(), 'cache'), name: 'v1.2.3-linux-amd64' };
  return { entry, directory: entryDirectory(entry) };
};

const writeAll = (directory: string, content = 'x'): void => {
  for (const name of BINARY_NAMES) {
    writeFileSync(join(directory, name), content);
  }
};

const options = { progress: SILENT };
const visible = (root: string) => readdirSync(root).filter((file) => file !== '.locks');

test('an entry appears complete and executable', async () => {
  const { entry, directory } = scene();
  await ensureCached(
    entry,
    async (partial) => {
      writeAll(partial);
      expect(existsSync(directory)).toBe(false);
    },
    options,
  );
  expect(missingBinaries(directory)).toEqual([]);
  expect(visible(entry.root)).toEqual([entry.name]);
});

test('nothing is left of a fill that failed, and the next one can succeed', async () => {
  const { entry, directory } = scene();
  const broken = async (partial: string) => {
    writeFileSync(join(partial, 'etcd'), 'half of');
    throw new Error('disk full');
  };
  await expect(ensureCached(entry, broken, options)).rejects.toThrow('disk full');
  expect(visible(entry.root)).toEqual([]);
  await ensureCached(entry, async (partial) => writeAll(partial), options);
  expect(missingBinaries(directory)).toEqual([]);
});

test('a fill that forgets a file does not make an entry', async () => {
  const { entry } = scene();
  const forgetful = async (partial: string) => writeFileSync(join(partial, 'etcd'), 'x');
  await expect(ensureCached(entry, forgetful, options)).rejects.toThrow('kube-apiserver');
  expect(visible(entry.root)).toEqual([]);
});

test('what a killed process left half-written is removed, and what others write is not', async () => {
  const { entry } = scene();
  mkdirSync(join(entry.root, '.partial-v1.2.3-linux-amd64-dead'), { recursive: true });
  mkdirSync(join(entry.root, '.partial-v1.2.3-linux-arm64-other'));
  await ensureCached(entry, async (partial) => writeAll(partial), options);
  expect(visible(entry.root).sort()).toEqual(['.partial-v1.2.3-linux-arm64-other', entry.name]);
});

test('an entry that lost a file is replaced', async () => {
  const { entry, directory } = scene();
  await ensureCached(entry, async (partial) => writeAll(partial, 'old'), options);
  rmSync(join(directory, 'kubectl'));
  await ensureCached(entry, async (partial) => writeAll(partial, 'new'), options);
  expect(readFileSync(join(directory, 'etcd'), 'utf8')).toBe('new');
});

test('of two callers at once one fills and the other waits for it', async () => {
  const { entry } = scene();
  const said: string[] = [];
  let fills = 0;
  let letFirstFinish = (): void => {};
  const mayFinish = new Promise<void>((resolve) => {
    letFirstFinish = resolve;
  });
  const fill = async (partial: string) => {
    fills += 1;
    await mayFinish;
    writeAll(partial);
  };
  // The first can finish only once the second has said that it waits.
  const progress = {
    ...SILENT,
    line: (text: string) => {
      said.push(text);
      letFirstFinish();
    },
  };
  await Promise.all([ensureCached(entry, fill, { progress }), ensureCached(entry, fill, { progress })]);
  expect(fills).toBe(1);
  expect(said).toEqual([`waiting for process ${process.pid}, which downloads or builds the same binaries`]);
});
