import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { streamProgress } from '../../../src/sandbox/progress.ts';

function scene(isTTY: boolean) {
  const stream = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY });
  const clock = { now: 0 };
  return { progress: streamProgress(stream, () => clock.now), clock, written: () => stream.read() as string | null };
}

test('on a terminal an update takes the place of the one before, and a line the place of an update', () => {
  const { progress, written } = scene(true);
  progress.update('one');
  progress.update('two');
  progress.line('done');
  progress.line('next');
  expect(written()).toBe('\r\u001b[2Kone\r\u001b[2Ktwo\r\u001b[2Kdone\nnext\n');
  progress.update('three');
  progress.clear();
  progress.clear();
  expect(written()).toBe('\r\u001b[2Kthree\r\u001b[2K');
});

test('elsewhere an update is a plain line, at most every 20 s', () => {
  const { progress, clock, written } = scene(false);
  for (clock.now = 0; clock.now <= 41_000; clock.now += 1_000) {
    progress.update(`at ${clock.now}`);
  }
  progress.line('done');
  expect(written()).toBe('at 0\nat 20000\nat 40000\ndone\n');
});
