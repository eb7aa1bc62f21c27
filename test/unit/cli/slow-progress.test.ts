import { PassThrough, Writable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lintCommand } from '../../../src/cli/lint.ts';
import { slowProgress } from '../../../src/cli/slow-progress.ts';
import { SCALE } from './support/guardrails.ts';

const FIRST = '\r\u001b[2K';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

class Screen extends Writable {
  readonly isTTY: boolean;
  text = '';

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

test.each([
  ['a terminal', true, `${FIRST}read 0 files${FIRST}`],
  ['anything else', false, ''],
])('lint that reads for long says so on %s', async (_what, isTerminal, shown) => {
  const stdin = new PassThrough();
  const stderr = new Screen(isTerminal);
  const { signal } = new AbortController();
  const running = lintCommand.run(['-'], { stdin, stdout: new Screen(false), stderr, env: {}, cwd: '/', signal });
  vi.advanceTimersByTime(900);
  expect(stderr.text).toBe('');
  vi.advanceTimersByTime(200);
  stdin.end(SCALE);
  expect(await running).toBe(0);
  expect(stderr.text).toBe(shown);
  vi.advanceTimersByTime(5_000);
  expect(stderr.text).toBe(shown);
});

test('what never waits is shown, too', () => {
  const stderr = new Screen(true);
  const progress = slowProgress(stderr);
  progress.update('1 test run');
  const later = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 1_500);
  progress.update('2 tests run');
  later.mockRestore();
  expect(stderr.text).toBe(`${FIRST}2 tests run`);
  progress.clear();
});
