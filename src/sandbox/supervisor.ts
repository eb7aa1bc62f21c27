/**
 * The process that holds the sandbox's children and removes its folder at the end.
 *
 * It is tied to its parent by the IPC channel: when the parent is gone, however that came about, the channel closes, and
 * the supervisor stops everything. It runs in a session of its own, so a Ctrl-C in the terminal reaches only the parent,
 * which then asks for an orderly stop.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { dieWithParent } from './die-with-parent.ts';
import {
  type ChildSpecification,
  DIRECTORY_PREFIX,
  type NumberedRequest,
  type SupervisorMessage,
  type SupervisorRequest,
  type SupervisorSettings,
} from './supervisor-protocol.ts';

/** How long a child may take to end by itself. Three of them one after the other must stay below the 5 s that a stop may take. */
const GRACE_MS = 1_500;

interface Child {
  readonly process: ChildProcess;
  readonly gone: Promise<void>;
  isGone: boolean;
  isExpectedToEnd: boolean;
}

const settings = JSON.parse(process.argv[2] ?? '{}') as SupervisorSettings;
const directory = makeDirectory();
const removeAtEnd = [directory];
const children = new Map<string, Child>();
let isDetached = false;
let isStopping = false;

function makeDirectory(): string {
  try {
    return mkdtempSync(join(settings.parentDirectory, DIRECTORY_PREFIX));
  } catch (error) {
    process.stderr.write(error instanceof Error ? error.message : String(error));
    return process.exit(1);
  }
}

function send(message: SupervisorMessage): void {
  if (process.connected) {
    process.send?.(message, undefined, undefined, () => {
      // The parent may be gone in this very moment; the 'disconnect' event deals with that.
    });
  }
}

function start({ name, command, args, logFile }: ChildSpecification): Promise<number> {
  const log = openSync(logFile, 'a');
  const [file, ...rest] = dieWithParent([command, ...args], settings.path);
  const spawned = spawn(file, rest, {
    cwd: directory,
    env: { PATH: settings.path },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const child: Child = {
    process: spawned,
    isGone: false,
    isExpectedToEnd: false,
    gone: new Promise((resolve) => {
      const settle = (how: string) => {
        child.isGone = true;
        resolve();
        if (!child.isExpectedToEnd) {
          send({ type: 'exited', name, how });
        }
      };
      spawned.once('exit', (code, signal) => settle(signal === null ? `code ${code}` : `signal ${signal}`));
      spawned.once('error', (error) => settle(error.message));
    }),
  };
  children.set(name, child);
  return new Promise((resolve, reject) => {
    spawned.once('spawn', () => resolve(spawned.pid ?? 0));
    spawned.once('error', reject);
  });
}

async function kill(name: string): Promise<void> {
  const child = children.get(name);
  if (child !== undefined) {
    child.isExpectedToEnd = true;
    child.process.kill('SIGKILL');
    await child.gone;
  }
}

async function stopChild(child: Child): Promise<void> {
  child.isExpectedToEnd = true;
  if (!child.isGone) {
    child.process.kill('SIGTERM');
    const deadline = setTimeout(() => child.process.kill('SIGKILL'), GRACE_MS);
    await child.gone;
    clearTimeout(deadline);
  }
}

async function stop(): Promise<void> {
  if (isStopping) {
    return;
  }
  isStopping = true;
  // The last one started first: each needs those that were started before it.
  for (const child of [...children.values()].reverse()) {
    await stopChild(child);
  }
  for (const path of removeAtEnd.reverse()) {
    rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  }
  process.exit(0);
}

async function perform(request: SupervisorRequest): Promise<number | undefined> {
  if (isStopping) {
    throw new Error('the sandbox is being stopped');
  }
  switch (request.type) {
    case 'start':
      return start(request.child);
    case 'kill':
      await kill(request.name);
      return undefined;
    case 'detach':
      isDetached = true;
      return undefined;
    case 'removeAtEnd':
      removeAtEnd.push(request.path);
      return undefined;
    case 'stop':
      await stop();
      return undefined;
    default:
      return request satisfies never;
  }
}

process.on('message', ({ id, request }: NumberedRequest) => {
  perform(request).then(
    (pid) => send({ type: 'reply', id, ...(pid === undefined ? {} : { pid }) }),
    (error: unknown) => send({ type: 'reply', id, error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => {
  if (!isDetached) {
    void stop();
  }
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => void stop());
}
// Nobody reads it any more once the parent is gone; that is no reason to end.
process.stderr.on('error', () => {});
process.on('uncaughtException', () => void stop());
// Something must keep the event loop alive once the channel is closed, even if every child has died.
setInterval(() => {}, 0x7fffffff);
send({ type: 'ready', directory });
if (!process.connected) {
  void stop();
}
