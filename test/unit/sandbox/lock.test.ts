import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { acquireLock, lockHolder } from '../../../src/sandbox/lock.ts';
import { identifyProcess, type ProcessIdentity } from '../../../src/sandbox/process-identity.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const SOURCE = fileURLToPath(new URL('../../../src/sandbox/lock.ts', import.meta.url));

/** Runs a script in another process, with `acquireLock` and the folder at hand. */
function otherProcess(directory: string, script: string): ChildProcess {
  const program = `
    import { acquireLock } from ${JSON.stringify(SOURCE)};
    import { readFileSync, writeFileSync } from 'node:fs';
    const directory = ${JSON.stringify(directory)};
    ${script}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Another process that has taken the lock and keeps it. */
async function otherHolder(directory: string): Promise<ChildProcess> {
  const script = `await acquireLock({ directory, name: 'l' }); console.log('taken'); setInterval(() => {}, 1000);`;
  const child = otherProcess(directory, script);
  if (child.stdout !== null) {
    await once(child.stdout, 'data');
  }
  return child;
}

test('a second caller waits until the first one releases', async () => {
  const options = { directory: temporaryFolder(), name: 'l' };
  const order: string[] = [];
  const first = await acquireLock(options);
  let waitsFor: ProcessIdentity | undefined;
  const waiting = new Promise<void>((resolve) => {
    void acquireLock({
      ...options,
      onWait: (holder) => {
        waitsFor = holder;
        order.push('second waits');
        order.push('first releases');
        first.release();
      },
    }).then((second) => {
      order.push('second has it');
      second.release();
      resolve();
    });
  });
  await waiting;
  expect(order).toEqual(['second waits', 'first releases', 'second has it']);
  expect(waitsFor?.pid).toBe(process.pid);
});

test('locks of different names do not meet', async () => {
  const directory = temporaryFolder();
  const one = await acquireLock({ directory, name: 'v1.2.3-linux-amd64' });
  const two = await acquireLock({ directory, name: 'v1.2.3-linux-amd64.1' });
  one.release();
  two.release();
});

test('a lock is held by another process until that dies, even by SIGKILL', async () => {
  const options = { directory: temporaryFolder(), name: 'l' };
  const other = await otherHolder(options.directory);
  expect(lockHolder(options)?.pid).toBe(other.pid);
  const lock = await acquireLock({ ...options, onWait: () => void other.kill('SIGKILL') });
  expect(lockHolder(options)?.pid).toBe(process.pid);
  lock.release();
  expect(lockHolder(options)).toBeUndefined();
});

test('a lock of a dead process whose number another one got is free', async () => {
  const options = { directory: temporaryFolder(), name: 'l' };
  writeFileSync(join(options.directory, 'l.7'), JSON.stringify({ pid: process.pid, startTime: '1' }));
  const lock = await acquireLock(options);
  expect(readdirSync(options.directory)).toEqual(['l.8']);
  lock.release();
});

test('a caller who acts late on what it read does not take the lock from a later holder', async () => {
  const options = { directory: temporaryFolder(), name: 'l' };
  // Number 3 was the highest when someone read it; 4 came and went, and 5 is held now.
  writeFileSync(join(options.directory, 'l.5'), JSON.stringify(identifyProcess(process.pid)));
  let hasWaited = false;
  const lock = await acquireLock({
    ...options,
    onWait: () => {
      hasWaited = true;
      writeFileSync(join(options.directory, 'l.5'), '');
    },
  });
  expect(hasWaited).toBe(true);
  lock.release();
});

test('waiting ends when the signal aborts', async () => {
  const options = { directory: temporaryFolder(), name: 'l' };
  const lock = await acquireLock(options);
  const interrupted = new AbortController();
  const waiting = acquireLock({
    ...options,
    signal: interrupted.signal,
    onWait: () => interrupted.abort(new Error('enough')),
  });
  await expect(waiting).rejects.toThrow('enough');
  lock.release();
});

test('of many processes only one at a time has it', { timeout: 30_000 }, async () => {
  const root = temporaryFolder();
  const directory = join(root, 'lock');
  mkdirSync(directory);
  const counter = join(root, 'counter');
  writeFileSync(counter, '0');
  // Reading and writing apart: two at once would lose a count.
  const script = `
    const counter = ${JSON.stringify(counter)};
    for (let round = 0; round < 5; round += 1) {
      const lock = await acquireLock({ directory, name: 'l' });
      const count = Number(readFileSync(counter, 'utf8'));
      await new Promise((resolve) => setImmediate(resolve));
      writeFileSync(counter, String(count + 1));
      lock.release();
    }`;
  const ends = [1, 2, 3, 4].map(() => once(otherProcess(directory, script), 'exit'));
  expect(await Promise.all(ends)).toEqual([1, 2, 3, 4].map(() => [0, null]));
  expect(readFileSync(counter, 'utf8')).toBe('20');
});
