import { isAlreadyExists, isConflict, isForbidden, isNotFound, isTransient, KubeError } from '../kube/errors.ts';

/** What a failed call to the API server means for the writer. */
export type ApiAnswer =
  /** There is a record of that name. */
  | 'exists'
  /** Somebody else has written in between. */
  | 'conflict'
  /** The namespace refuses: it ends, has a quota, or a policy forbids. Another may not. */
  | 'forbidden'
  /** There is no such namespace or record. */
  | 'absent'
  /** The same call may succeed later. */
  | 'later'
  /** The same call will fail again. */
  | 'refused';

const UNAUTHORIZED = 401;

const BY_CHECK: readonly (readonly [(error: unknown) => boolean, ApiAnswer])[] = [
  [isAlreadyExists, 'exists'],
  [isConflict, 'conflict'],
  [isForbidden, 'forbidden'],
  [isNotFound, 'absent'],
  [isTransient, 'later'],
  [(error) => !isClientError(error), 'later'],
];

/** Says what an error means. Whatever isn't a refusal by the API server counts as passing, since nothing is then known to be lost. */
export function apiAnswer(error: unknown): ApiAnswer {
  return BY_CHECK.find(([check]) => check(error))?.[1] ?? 'refused';
}

// 401 is no refusal of the record: the operator's token is being renewed, or the API server can't check it just now.
const isClientError = (error: unknown): boolean =>
  error instanceof KubeError && error.status >= 400 && error.status < 500 && error.status !== UNAUTHORIZED;
