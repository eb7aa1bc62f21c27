import { homedir } from 'node:os';
import { join } from 'node:path';

/** The environment variables that the sandbox may look at. Handed in by the caller: nothing here reads the process's own. */
export type Environment = Readonly<Record<string, string | undefined>>;

// The XDG rules say that a relative path in these variables must be ignored.
const absolute = (value: string | undefined): string | undefined => (value?.startsWith('/') ? value : undefined);

const home = (env: Environment): string => absolute(env.HOME) ?? homedir();

/** The folder below which the binaries of every version and platform are cached. It is outside the checkout, and may not exist yet. */
export const cacheDirectory = (env: Environment): string =>
  join(absolute(env.XDG_CACHE_HOME) ?? join(home(env), '.cache'), 'kube-guardrails', 'control-plane');

/** The folder that holds one state file for each sandbox that is up. It may not exist yet. */
export const stateDirectory = (env: Environment): string =>
  join(absolute(env.XDG_STATE_HOME) ?? join(home(env), '.local', 'state'), 'kube-guardrails', 'sandbox');

/** The folder in which a sandbox makes its own folder, if the caller names none. */
export const temporaryDirectory = (env: Environment): string => absolute(env.TMPDIR) ?? '/tmp';
