import { appendFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  ComponentError,
  ComponentRunner,
  type ComponentStart,
  startOnFreePort,
} from '../../../src/sandbox/component-runner.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** A runner of components that each write that text to their log, and then run or end. */
function scene(log: string, { ends }: { readonly ends: boolean }): ComponentRunner {
  const runner = new ComponentRunner(
    {
      startChild: async ({ name, logFile }) => {
        appendFileSync(logFile, log);
        if (ends) {
          runner.noteExit(name, 'code 1');
        }
        return 1;
      },
    },
    temporaryFolder(),
  );
  return runner;
}

const etcd = (isReady: () => Promise<boolean>): ComponentStart => ({
  name: 'etcd',
  command: 'etcd',
  args: [],
  isReady,
});

test('a component is started once it is ready, and no connection before that is no failure', async () => {
  let asked = 0;
  const isReady = async () => {
    asked += 1;
    if (asked < 3) {
      throw new Error('connection refused');
    }
    return asked > 3;
  };
  await scene('', { ends: false }).start(etcd(isReady));
  expect(asked).toBe(4);
});

test('a component that ends before it is ready fails with the end of its log', async () => {
  const runner = scene('first\nsecond\n', { ends: true });
  await expect(runner.start(etcd(async () => false))).rejects.toThrow(
    /^etcd ended \(code 1\) before it was ready\nfirst\nsecond$/,
  );
});

test('a port that was taken in the meantime is exchanged for another one', async () => {
  const ports = [20_001, 20_002];
  const tried: number[] = [];
  const taken = scene('listen tcp 127.0.0.1:20001: bind: address already in use\n', { ends: true });
  const free = scene('', { ends: false });
  const port = await startOnFreePort(
    async () => ports.shift() ?? 0,
    (candidate) => {
      tried.push(candidate);
      return (candidate === 20_001 ? taken : free).start(etcd(async () => candidate !== 20_001));
    },
  );
  expect(port).toBe(20_002);
  expect(tried).toEqual([20_001, 20_002]);
});

test('a component that fails for another reason is not started again', async () => {
  let starts = 0;
  const runner = scene('no space left on device\n', { ends: true });
  const start = () => {
    starts += 1;
    return runner.start(etcd(async () => false));
  };
  await expect(startOnFreePort(async () => 20_001, start)).rejects.toThrow(ComponentError);
  expect(starts).toBe(1);
});

test('a machine where every port is taken is not tried for ever', async () => {
  let starts = 0;
  const runner = scene('address already in use\n', { ends: true });
  const start = () => {
    starts += 1;
    return runner.start(etcd(async () => false));
  };
  await expect(startOnFreePort(async () => 20_001, start)).rejects.toThrow(ComponentError);
  expect(starts).toBe(5);
});
