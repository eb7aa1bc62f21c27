/** How the names of all sandboxes' own folders begin. */
export const DIRECTORY_PREFIX = 'guardrails-sandbox-';

/** What the supervisor is told when it is started, as one JSON argument. */
export interface SupervisorSettings {
  /** The folder in which it makes the sandbox's own folder, and from which it removes it at the end. */
  readonly parentDirectory: string;
  /** Where programs are looked for. The children get nothing else of the environment: a proxy set there is not for them. */
  readonly path: string;
}

/** One child process of the supervisor. */
export interface ChildSpecification {
  /** What messages call it; a later child of that name takes the place of an earlier one. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Where its output is appended to. */
  readonly logFile: string;
}

/** What the supervisor can be asked for. Every request gets one reply. */
export type SupervisorRequest =
  | { readonly type: 'start'; readonly child: ChildSpecification }
  /** Kills one child with SIGKILL; the reply comes when it is gone. */
  | { readonly type: 'kill'; readonly name: string }
  /** From now on the supervisor outlives its parent. */
  | { readonly type: 'detach' }
  /** Removes this file too, when it ends. */
  | { readonly type: 'removeAtEnd'; readonly path: string }
  /** Stops every child and removes the folder; the supervisor then ends. The only request without a reply: its exit is one. */
  | { readonly type: 'stop' };

/** A request on its way, with the number that its reply repeats. */
export interface NumberedRequest {
  readonly id: number;
  readonly request: SupervisorRequest;
}

/** What the supervisor says of its own accord or in reply. */
export type SupervisorMessage =
  /** The first message: it is ready for requests, and this is the sandbox's folder. */
  | { readonly type: 'ready'; readonly directory: string }
  | { readonly type: 'reply'; readonly id: number; readonly error?: string; readonly pid?: number }
  /** A child ended without having been asked to. */
  | { readonly type: 'exited'; readonly name: string; readonly how: string };
