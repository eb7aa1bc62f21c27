#!/usr/bin/env node
import { COMMANDS } from './cli/commands.ts';
import { dispatch } from './cli/dispatch.ts';

const argv = process.argv.slice(2);
const interrupted = new AbortController();
// What is caught has to be answered, which a command that works without a pause can not.
if (COMMANDS.some(({ name, stopsInOrder }) => name === argv[0] && stopsInOrder === true)) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupted.abort());
}
// Who reads no more, as in `guardrails lint | head`, has all that is wanted: what was found still makes the exit code.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
  });
}
process.exitCode = await dispatch(COMMANDS, argv, {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: interrupted.signal,
});
