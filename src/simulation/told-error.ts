import { DecodeError } from '../admission/decode.ts';
import { EvaluationError } from '../policy/evaluation-context.ts';

/** What is told of an error in a test. Only our own errors are worded for strangers, so that no other is quoted. */
export function toldOf(error: unknown): string {
  const isOwn = error instanceof DecodeError || error instanceof EvaluationError;
  return isOwn ? error.message : 'an internal error occurred';
}
