import { type ChildProcess, fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type {
  ChildSpecification,
  SupervisorMessage,
  SupervisorRequest,
  SupervisorSettings,
} from './supervisor-protocol.ts';

// Run by Node from its TypeScript source, or compiled: the script has the ending that this file has.
const SCRIPT = fileURLToPath(new URL(`./supervisor${extname(fileURLToPath(import.meta.url))}`, import.meta.url));

/** What a supervisor needs of its surroundings. */
export interface SupervisorOptions extends SupervisorSettings {
  /** Called when a child ended without having been asked to. */
  readonly onExited: (name: string, how: string) => void;
}

/** How a supervisor ended: in order, or killed outright. */
export type StopKind = 'Stopped' | 'Killed';

interface Pending {
  readonly resolve: (pid: number | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** The parent's end of the channel to the process that holds the children. */
export class Supervisor {
  /** The sandbox's folder. The supervisor removes it when it ends. */
  readonly directory: string;
  /** Resolves when the supervisor has ended, and with it all its children; says whether it could stop them in order. */
  readonly ended: Promise<StopKind>;
  readonly #process: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  readonly #removeAtEnd: string[];
  #nextId = 1;

  private constructor(child: ChildProcess, directory: string, onExited: SupervisorOptions['onExited']) {
    this.#process = child;
    this.directory = directory;
    this.#removeAtEnd = [directory];
    child.on('message', (message: SupervisorMessage) => {
      if (message.type === 'exited') {
        onExited(message.name, message.how);
      } else if (message.type === 'reply') {
        this.#settle(message);
      }
    });
    this.ended = new Promise((resolve) => {
      child.once('exit', (code) => {
        resolve(code === 0 ? 'Stopped' : 'Killed');
        this.#close(code === 0);
      });
    });
  }

  /** Starts a supervisor. Returns when it has made its folder. Throws if it can't run or can't make it. */
  static async start({ parentDirectory, path, onExited }: SupervisorOptions): Promise<Supervisor> {
    const child = fork(SCRIPT, [JSON.stringify({ parentDirectory, path } satisfies SupervisorSettings)], {
      detached: true,
      // Not inherited: with `--detach` it would keep the caller's pipes open, and so keep them waiting for its end.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { PATH: path },
      execArgv: [],
    });
    const directory = await new Promise<string>((resolve, reject) => {
      let output = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8');
      });
      child.once('error', reject);
      // Not 'exit': what it said may come after that.
      child.once('close', () => reject(new Error(`the sandbox's supervisor could not start: ${output.trim()}`)));
      child.once('message', (message: SupervisorMessage) => {
        if (message.type === 'ready') {
          resolve(message.directory);
        }
      });
    });
    child.stderr?.removeAllListeners('data').resume();
    return new Supervisor(child, directory, onExited);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Starts a child and returns its process number. Throws if the file can't be run. */
  async startChild(child: ChildSpecification): Promise<number> {
    return (await this.#request({ type: 'start', child })) ?? 0;
  }

  /** Kills a child with SIGKILL and returns once it is gone. */
  async killChild(name: string): Promise<void> {
    await this.#request({ type: 'kill', name });
  }

  /** Has one more file removed at the end. */
  async removeAtEnd(path: string): Promise<void> {
    this.#removeAtEnd.push(path);
    await this.#request({ type: 'removeAtEnd', path });
  }

  /** Lets the supervisor outlive this process, and cuts the tie to it: no request is possible after that. */
  async detach(): Promise<void> {
    await this.#request({ type: 'detach' });
    this.#process.stderr?.destroy();
    this.#process.disconnect();
    this.#process.unref();
  }

  /** Stops all children, removes the folder, and returns when that is done. Does no harm if it is done already. */
  async stop(): Promise<void> {
    this.#request({ type: 'stop' }).catch(() => {
      // Its end is the answer.
    });
    await this.ended;
  }

  #request(request: SupervisorRequest): Promise<number | undefined> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (!this.#process.connected) {
        reject(new Error('the sandbox was stopped'));
        return;
      }
      this.#pending.set(id, { resolve, reject });
      this.#process.send({ id, request }, (error) => {
        if (error !== null) {
          this.#pending.delete(id);
          reject(error);
        }
      });
    });
  }

  #close(isOrderly: boolean): void {
    // What it couldn't do itself.
    for (const path of isOrderly ? [] : this.#removeAtEnd) {
      rmSync(path, { recursive: true, force: true, maxRetries: 5 });
    }
    for (const { reject } of this.#pending.values()) {
      reject(new Error('the sandbox was stopped'));
    }
    this.#pending.clear();
  }

  #settle({ id, error, pid }: Extract<SupervisorMessage, { type: 'reply' }>): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === undefined) {
      pending?.resolve(pid);
    } else {
      pending?.reject(new Error(error));
    }
  }
}
