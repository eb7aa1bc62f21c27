import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { freePort } from '../../src/sandbox/free-port.ts';
import { eventually } from './support/poll.ts';
import { processesWith } from './support/processes.ts';
import { type Step, stepsOf } from './support/tutorial/blocks.ts';
import { isAsExpected } from './support/tutorial/output.ts';
import { type Followed, Reader } from './support/tutorial/reader.ts';
import { Shell } from './support/tutorial/shell.ts';
import { makeStage, type Stage } from './support/tutorial/stage.ts';

const DOCUMENT = 'docs/writing-guardrails.md';
const TEXT = readFileSync(fileURLToPath(new URL(`../../${DOCUMENT}`, import.meta.url)), 'utf8');

const COMMAND_TIMEOUT_MS = 60_000;
/** It takes a minute on a quiet machine, and a busy one several times as long. */
const TUTORIAL_TIMEOUT_MS = 300_000;

/** The port that the document chooses. Another may be taken on the machine that runs the test. */
const PORT = '9443';

describe(DOCUMENT, () => {
  let stage: Stage;
  let shell: Shell;

  beforeAll(async () => {
    stage = await makeStage();
    shell = new Shell({ directory: stage.home, env: stage.env, timeoutMs: COMMAND_TIMEOUT_MS });
    stage.killAtEnd(shell.processGroup);
  });
  afterAll(async () => {
    await stage.clear();
    expect([...processesWith(stage.home).values()]).toEqual([]);
  });

  test(
    'every command does what the document says, and what it starts it ends',
    async () => {
      const steps = stepsOf(TEXT.replaceAll(PORT, String(await freePort())));
      const reader = new Reader(shell);
      const followed: Followed[] = [];
      for (const step of steps) {
        const command = await reader.follow(step);
        if (command !== undefined) followed.push(command);
      }

      expect(followed.length).toBeGreaterThan(20);
      expect(followed.flatMap(blindSpots)).toEqual([]);
      await shell.end();
      const left = () => [...processesWith(stage.home).values()].filter((line) => !line.includes('tutorial-cleaner'));
      await eventually(() => left().length === 0, { message: 'what the document starts has ended' });
    },
    TUTORIAL_TIMEOUT_MS,
  );

  test('what the pipeline runs is run here too', () => {
    const steps = stepsOf(TEXT);
    const here = steps.flatMap((step) => (step.kind === 'Run' ? [step.command] : []));
    expect(pipelineCommands(steps)).not.toEqual([]);
    expect(here).toEqual(expect.arrayContaining(pipelineCommands(steps)));
  });
});

/** The lines of an expected output that could be something else without anybody noticing. */
function blindSpots({ step, lines }: Followed): string[] {
  return step.output.filter((line, index) => {
    if (line === '' || line.trim() === '...') return false;
    return isAsExpected(step.output.with(index, `${line} and more`), lines);
  });
}

/** What the workflows among the files run of ours. */
function pipelineCommands(steps: readonly Step[]): string[] {
  const workflows = steps.flatMap((step) =>
    step.kind === 'Write' && step.file.includes('workflows/') ? [step.text] : [],
  );
  return workflows.flatMap((text) =>
    Object.values<{ steps: { run?: string }[] }>(parse(text).jobs).flatMap((job) =>
      job.steps.flatMap(({ run = '' }) => (run.startsWith('guardrails ') ? [run] : [])),
    ),
  );
}

describe('a comparison', () => {
  test.each<[string, boolean, string[], string[]]>([
    ['the same lines', true, ['a', 'b'], ['a', 'b']],
    ['another line', false, ['a', 'b'], ['a', 'c']],
    ['a line too many', false, ['a'], ['a', 'b']],
    ['a line too few', false, ['a', 'b'], ['a']],
    ['nothing, where something is expected', false, ['a'], ['']],
    ['something, where nothing is expected', false, [], ['a']],
    ['any lines', true, ['a', '...', 'd'], ['a', 'b', 'c', 'd']],
    ['any lines, but not the one after them', false, ['a', '...', 'd'], ['a', 'b', 'c']],
    ['any text in a line', true, ['one [...] three [...].'], ['one two three four.']],
    ['any text in a line, but not what is around it', false, ['one [...] three'], ['one two four']],
    ['other names of records', true, ['0towxc0-d58eb76620dd   Denied'], ['0toxe1o-359d28b6c68c   Denied']],
    ['another decision in a record', false, ['0towxc0-d58eb76620dd   Denied'], ['0toxe1o-359d28b6c68c   Warned']],
    ['other ages', true, ['keep-half   Deny   2m5s'], ['keep-half   Deny   3s']],
    ['another number', false, ['replicas 12 -> 1'], ['replicas 12 -> 2']],
    ['other ports', true, ['https://127.0.0.1:6443'], ['https://127.0.0.1:40123']],
    ['other times', true, ['at 2026-03-03T13:02:11Z'], ['at 2027-01-01T00:00:00.123456Z']],
  ])('%s', (_, isSame, expected, actual) => {
    expect(isAsExpected(expected, actual)).toBe(isSame);
  });
});

describe('a document', () => {
  test.each([
    ['a block of another language', '```sh\nkubectl get pods\n```', /line 1: a block of "sh" can't be tested/],
    ['a block without a language', '```\ntext\n```', /can't be tested/],
    ['a block that does not end', '```console\n$ true', /line 1: the block does not end/],
    ['output without a command', '```console\ntext\n```', /must be a command/],
    ['a file without a name', '```yaml\nkind: Guardrail\n```', /must be a comment with the file's name/],
    ['a change without a file', '```diff\n-a\n+b\n```', /must be "--- "/],
    ['an exit code that is none', '```console exit=never\n$ true\n```', /must be exit=CODE/],
  ])('%s is refused', (_, text, message) => {
    expect(() => stepsOf(text)).toThrow(message);
  });
});
