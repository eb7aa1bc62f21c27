import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildSpecification } from './supervisor-protocol.ts';
import { waitUntil } from './wait-until.ts';

/** What starts processes on behalf of the runner. */
export interface ChildStarter {
  startChild(child: ChildSpecification): Promise<number>;
}

/** How to start one component. */
export interface ComponentStart {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Whether it is ready. May throw while it isn't. */
  readonly isReady: () => Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
}

// Several times what a cold start takes on a small machine.
const READY_TIMEOUT_MS = 60_000;
const LOG_LINES = 12;

/** Thrown when a component ended or did not become ready in time. The message has the end of its log. */
export class ComponentError extends Error {
  /** Whether another process had taken the port that the component was to listen on. */
  readonly isPortTaken: boolean;

  constructor(message: string, log: string) {
    super(`${message}\n${log.trimEnd().split('\n').slice(-LOG_LINES).join('\n')}`);
    this.isPortTaken = log.includes('address already in use');
  }
}

/** Starts the components of one sandbox and knows which of them have ended. */
export class ComponentRunner {
  readonly #starter: ChildStarter;
  readonly #logs: string;
  readonly #ended = new Map<string, string>();

  constructor(starter: ChildStarter, directory: string) {
    this.#starter = starter;
    this.#logs = join(directory, 'logs');
    mkdirSync(this.#logs, { recursive: true });
  }

  /** The file that holds the output of that component. */
  logFile(name: string): string {
    return join(this.#logs, `${name}.log`);
  }

  /** To be told when a component ended without having been asked to. */
  noteExit(name: string, how: string): void {
    this.#ended.set(name, how);
  }

  /** Starts a component and returns once it is ready. Throws a ComponentError if it ends before, or isn't ready in a minute. */
  async start({ name, command, args, isReady, signal }: ComponentStart): Promise<void> {
    signal?.throwIfAborted();
    this.#ended.delete(name);
    await this.#starter.startChild({ name, command, args, logFile: this.logFile(name) });
    const condition = async () => {
      const how = this.#ended.get(name);
      if (how !== undefined) {
        throw new ComponentError(`${name} ended (${how}) before it was ready`, this.#log(name));
      }
      // No connection yet is the ordinary case, and whatever else is wrong ends in the timeout, with the log.
      return isReady().catch(() => false);
    };
    if (!(await waitUntil(condition, { timeoutMs: READY_TIMEOUT_MS, signal }))) {
      throw new ComponentError(`${name} was not ready in ${READY_TIMEOUT_MS / 1000} s`, this.#log(name));
    }
  }

  #log(name: string): string {
    try {
      return readFileSync(this.logFile(name), 'utf8');
    } catch {
      return '';
    }
  }
}

const PORT_ATTEMPTS = 5;

/** Starts something on a free port, on another one if that was taken in the meantime, and returns the port. Throws what `start` throws. */
export async function startOnFreePort(
  freePort: () => Promise<number>,
  start: (port: number) => Promise<void>,
): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      await start(port);
      return port;
    } catch (error) {
      if (!(error instanceof ComponentError && error.isPortTaken && attempt < PORT_ATTEMPTS)) {
        throw error;
      }
    }
  }
}
