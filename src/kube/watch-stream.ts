import { type KubeConfig, Watch } from '@kubernetes/client-node';
import { asObject } from '../policy/json.ts';
import type { KubeObject } from '../policy/review.ts';
import { type KubeError, toKubeError } from './errors.ts';

/** How one watch connection ended. */
export type WatchEnd =
  /** The server closed it in order, as it does after timeoutSeconds. */
  | { readonly kind: 'Closed' }
  /** Nothing came for too long: the connection may be dead without either side knowing. */
  | { readonly kind: 'Silent' }
  /** The caller's signal was aborted. */
  | { readonly kind: 'Stopped' }
  | { readonly kind: 'Failed'; readonly error: KubeError };

/** One watch connection. */
export interface WatchRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string | number | boolean | undefined>>;
  /** How long the server may take to accept the watch. */
  readonly openTimeoutMs: number;
  /** How long an open watch may say nothing. */
  readonly inactivityMs: number;
  readonly signal: AbortSignal;
  /** The server has accepted the watch. */
  onOpen(): void;
  /** An event has come. Throwing ends the watch as Failed. */
  onEvent(type: unknown, object: KubeObject): void;
}

/**
 * Watches until the connection ends, on the library's Watch, and resolves with how it ended. Never rejects. No callback is
 * called after the end, so an end is reported once, whatever the library does afterwards.
 */
export function watchOnce(config: KubeConfig, request: WatchRequest): Promise<WatchEnd> {
  const { openTimeoutMs, inactivityMs, signal } = request;
  const doing = `WATCH ${request.path}`;
  const watch = new Watch(config);
  // The library's own timer: it can't tell opening from waiting, and ignores what our callbacks throw. It is the backstop
  // that frees the socket of a watch which we gave up before it was open, since that can't be aborted.
  Object.assign(watch, { requestTimeoutMs: Math.max(openTimeoutMs, inactivityMs) });

  return new Promise((resolve) => {
    let state: 'opening' | 'open' | 'ended' = 'opening';
    let controller: AbortController | undefined;
    let timer: NodeJS.Timeout | undefined;

    const end = (result: WatchEnd): void => {
      if (state !== 'ended') {
        state = 'ended';
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        controller?.abort();
        resolve(result);
      }
    };
    const stop = (): void => end({ kind: 'Stopped' });
    const fail = (error: unknown): void => end({ kind: 'Failed', error: toKubeError(error, doing) });
    const restartTimer = (ms: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => end({ kind: 'Silent' }), ms);
    };
    const guarded = (callback: () => void): void => {
      try {
        callback();
      } catch (error) {
        fail(error);
      }
    };
    const open = (): void => {
      if (state === 'opening') {
        state = 'open';
        restartTimer(inactivityMs);
        guarded(request.onOpen);
      }
    };

    if (signal.aborted) {
      stop();
      return;
    }
    signal.addEventListener('abort', stop);
    restartTimer(openTimeoutMs);
    watch
      .watch(
        request.path,
        { ...request.query },
        (type: unknown, object: unknown) => {
          open();
          if (state === 'open') {
            restartTimer(inactivityMs);
            guarded(() => request.onEvent(type, asObject(object)));
          }
        },
        (error: unknown) => (error === null || error === undefined ? end({ kind: 'Closed' }) : fail(error)),
      )
      // Resolves also when the watch could not be opened: then `done` was called before.
      .then((opened) => {
        controller = opened;
        if (state === 'ended') {
          opened.abort();
        } else {
          open();
        }
      }, fail);
  });
}
