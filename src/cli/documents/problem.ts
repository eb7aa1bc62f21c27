import type { Position } from './position.ts';

/** Something in the input that can't be accepted. */
export interface Problem {
  readonly position: Position;
  /** The field that it is about, such as `spec.match.actions[0]`; undefined if it is about none. */
  readonly field?: string;
  readonly message: string;
}

/** A problem in words, without its place. */
export function problemText({ field, message }: Problem): string {
  return field === undefined || field === '' ? message : `${field}: ${message}`;
}
