/** The knobs of a ListWatch. */
export interface ListWatchSettings {
  /** Objects per page of a list. */
  readonly pageSize: number;
  /** After how long the server is asked to end a watch; up to a tenth is added at random. */
  readonly watchSeconds: number;
  /** How long an open watch may be silent before it is taken for dead. The API server sends a bookmark about every minute. */
  readonly inactivityMs: number;
  /** How long a page of a list, or opening a watch, may take. Where it is not set, it is at most inactivityMs. */
  readonly responseMs: number;
  /** How often everything is listed anew, whatever the watch says; up to a tenth is taken off at random. */
  readonly relistMs: number;
  /** The first wait after a failure is at most this. */
  readonly backoffBaseMs: number;
  /** The longest wait between attempts: with it, recovery is soon after the API server is back. */
  readonly backoffCapMs: number;
}

/** What a ListWatch does unless told otherwise. */
export const LIST_WATCH_DEFAULTS: ListWatchSettings = {
  pageSize: 500,
  watchSeconds: 290,
  inactivityMs: 90_000,
  responseMs: 10_000,
  relistMs: 600_000,
  backoffBaseMs: 100,
  backoffCapMs: 2_000,
};
