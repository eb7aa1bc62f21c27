import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { ExitCode, UsageError } from '../../../src/cli/command.ts';
import { helpOf } from '../../../src/cli/help.ts';
import { sandboxCommand } from '../../../src/cli/sandbox.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

function run(argv: readonly string[]) {
  const stdout = new PassThrough({ encoding: 'utf8' });
  const stderr = new PassThrough({ encoding: 'utf8' });
  const folder = temporaryFolder();
  const env = { HOME: folder, TMPDIR: folder };
  const stdin = new PassThrough().end();
  const signal = new AbortController().signal;
  const code = sandboxCommand.run(argv, { stdin, stdout, stderr, env, cwd: folder, signal });
  return { code, said: () => ({ stdout: stdout.read() as string | null, stderr: stderr.read() as string | null }) };
}

test.each([
  { argv: [], message: /^a verb is missing; it must be up, down, status, kubeconfig\./ },
  { argv: ['start'], message: /^unknown verb "start"; it must be up, down, status, kubeconfig\./ },
  { argv: ['toString'], message: /^unknown verb "toString"/ },
  { argv: ['up', '--nam', 'x'], message: /--nam; did you mean "--name"\?.*See "guardrails sandbox --help"/ },
  { argv: ['up', 'x'], message: /"x".*See "guardrails sandbox --help"/ },
  { argv: ['up', '--name'], message: /--name/ },
  { argv: ['up', '--name', '../x'], message: /^--name must be .*: "\.\.\/x"$/ },
  { argv: ['up', '--name', ''], message: /^--name must be / },
  {
    argv: ['up', '--audit-log', 'Request'],
    message: /^--audit-log must be one of Metadata, RequestResponse, not "Request"/,
  },
  {
    argv: ['up', '--kubernetes-version', '1.36'],
    message: /^--kubernetes-version must be a full version such as 1\.36\.3, not "1\.36"$/,
  },
  { argv: ['up', '--data-dir', '/no/such/folder'], message: /^--data-dir must be an existing folder; make .* first$/ },
  { argv: ['down', '--detach'], message: /--detach/ },
  { argv: ['status', '-o', 'xml'], message: /^--output must be one of table, json, yaml, not "xml"\.$/ },
  { argv: ['status', '-o', 'constructor'], message: /^--output must be one of table, json, yaml/ },
  { argv: ['kubeconfig', '--group', 'dev'], message: /^--group needs --user/ },
  { argv: ['kubeconfig', '--user', ''], message: /must not be empty$/ },
  { argv: ['kubeconfig', '--user', 'alice'], message: /^sandbox "default" is not up; start it with / },
])('guardrails sandbox $argv is wrong usage', async ({ argv, message }) => {
  const error = await run(argv).code.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UsageError);
  expect((error as UsageError).message).toMatch(message);
});

test('the status of nothing is an empty list, and not ok', async () => {
  const { code, said } = run(['status', '-o', 'json']);
  expect(await code).toBe(ExitCode.failed);
  expect(said()).toEqual({ stdout: '[]\n', stderr: 'no sandbox is up; start one with "guardrails sandbox up"\n' });
});

test('stopping what is not up is no failure', async () => {
  const { code, said } = run(['down', '--name', 'x']);
  expect(await code).toBe(ExitCode.ok);
  expect(said()).toEqual({ stdout: null, stderr: 'no sandbox "x" is up; nothing to do\n' });
});

test('the help names every verb and flag', () => {
  for (const word of [
    'up',
    'down',
    'status',
    'kubeconfig',
    '--name',
    '--detach',
    '--audit-log',
    '--data-dir',
    '--user',
  ]) {
    expect(helpOf(sandboxCommand)).toContain(word);
  }
});
