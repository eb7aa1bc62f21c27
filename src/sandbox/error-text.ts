/** Returns what an error says, with what its causes say. A failed `fetch` tells why only in its cause. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  // An error for several failed connection attempts has no message of its own.
  const own =
    error.message === '' && error instanceof AggregateError
      ? error.errors.map(describeError).join(', ')
      : error.message;
  return error.cause === undefined ? own : `${own}: ${describeError(error.cause)}`;
}
