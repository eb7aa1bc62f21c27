import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createLogger, type LogLevel, silentLogger } from '../../../src/telemetry/logger.ts';

function capture(level: LogLevel) {
  const written: string[] = [];
  // Slow, so that a close which does not wait is noticed.
  const stream = new Writable({
    write: (chunk, _, done) => {
      setImmediate(() => {
        written.push(String(chunk));
        done();
      });
    },
  });
  const logger = createLogger({ level, stream });
  const lines = async (): Promise<Record<string, unknown>[]> => {
    await logger.close();
    return written
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  };
  return { logger, stream, lines };
}

test('a line is one JSON object with time, level, message and fields', async () => {
  const { logger, lines } = capture('info');
  logger.info('guardrail loaded', { guardrail: 'no-deletes', generation: 3, ready: true, actions: ['Delete'] });
  const [line] = await lines();
  expect(line).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    level: 'info',
    message: 'guardrail loaded',
    guardrail: 'no-deletes',
    generation: 3,
    ready: true,
    actions: ['Delete'],
  });
});

test.each<[LogLevel, string[]]>([
  ['error', ['error']],
  ['warn', ['error', 'warn']],
  ['info', ['error', 'warn', 'info']],
  ['debug', ['error', 'warn', 'info', 'debug']],
])('at level %s, %j are written', async (level, expected) => {
  const { logger, lines } = capture(level);
  for (const each of ['error', 'warn', 'info', 'debug'] as const) {
    logger[each]('message');
  }
  expect(logger.isDebugEnabled()).toBe(level === 'debug');
  expect((await lines()).map((line) => line.level)).toEqual(expected);
});

test('a child has the fields of its parents, and may say them otherwise', async () => {
  const { logger, lines } = capture('info');
  logger.child({ a: 1, b: 1 }).child({ b: 2 }).warn('message', { c: 3 });
  expect(await lines()).toMatchObject([{ level: 'warn', message: 'message', a: 1, b: 2, c: 3 }]);
});

test('fields can not take the place of level, message and time', async () => {
  const { logger, lines } = capture('info');
  logger.info('real', { level: 'error', message: 'forged' });
  expect(await lines()).toMatchObject([{ level: 'info', message: 'real' }]);
});

test('values with line ends stay within their line', async () => {
  const { logger, lines } = capture('info');
  logger.info('message', { user: 'eve\n{"level":"info","message":"forged"}' });
  expect(await lines()).toHaveLength(1);
});

test('an error is its message, and nothing that it carries', async () => {
  const { logger, lines } = capture('info');
  const error = Object.assign(new Error('refused', { cause: new Error('why') }), { body: 'secret' });
  logger.error('failed', { error });
  const [line] = await lines();
  expect(line).toMatchObject({ message: 'failed', error: 'refused' });
  expect(JSON.stringify(line)).not.toContain('secret');
  expect(line).not.toHaveProperty('errorStack');
});

test('at level debug an error has its stack and those of its causes', async () => {
  const { logger, lines } = capture('debug');
  const error = Object.assign(new Error('refused', { cause: new Error('why') }), { body: 'secret' });
  logger.error('failed', { error });
  const [line] = await lines();
  expect(line?.errorStack).toMatch(/^Error: refused\n +at [\s\S]*\ncaused by: Error: why\n +at /);
  expect(JSON.stringify(line)).not.toContain('secret');
});

test('close waits for all lines and leaves the stream open', async () => {
  const { logger, stream, lines } = capture('info');
  for (let i = 0; i < 500; i += 1) {
    logger.info('message', { i });
  }
  expect(await lines()).toHaveLength(500);
  expect(stream.writable).toBe(true);
});

test('the silent logger has silent children', () => {
  expect(() => silentLogger.child({ a: 1 }).error('message')).not.toThrow();
  expect(silentLogger.isDebugEnabled()).toBe(false);
});

test('several lines at once are lines like any others', async () => {
  const { logger, lines } = capture('info');
  logger.child({ a: 1 }).infoAll('decision', [{ guardrail: 'one' }, { guardrail: 'two', error: new Error('no') }]);
  logger.infoAll('nothing', []);
  logger.info('after');
  expect(await lines()).toEqual([
    { time: expect.any(String), level: 'info', message: 'decision', a: 1, guardrail: 'one' },
    { time: expect.any(String), level: 'info', message: 'decision', a: 1, guardrail: 'two', error: 'no' },
    { time: expect.any(String), level: 'info', message: 'after' },
  ]);
});

test('several lines are not written at a level at which one would not be', async () => {
  const { logger, lines } = capture('warn');
  logger.infoAll('decision', [{ guardrail: 'one' }]);
  expect(await lines()).toEqual([]);
});
