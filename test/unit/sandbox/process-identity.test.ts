import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { identifyProcess, isRunning, signalProcess } from '../../../src/sandbox/process-identity.ts';

test('this process runs', () => {
  expect(isRunning(identifyProcess(process.pid))).toBe(true);
});

test.runIf(process.platform === 'linux')(
  'a process of the same number that started at another time is another one',
  () => {
    expect(isRunning({ pid: process.pid, startTime: '1' })).toBe(false);
  },
);

test('a process that was killed does not run, and signals to it go nowhere', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const identity = identifyProcess(child.pid ?? 0);
  expect(isRunning(identity)).toBe(true);
  signalProcess(identity, 'SIGKILL');
  await once(child, 'exit');
  expect(isRunning(identity)).toBe(false);
  signalProcess(identity, 'SIGKILL');
});
