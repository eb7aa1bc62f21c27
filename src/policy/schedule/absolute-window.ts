import { Temporal } from 'temporal-polyfill';
import type { AbsoluteWindow } from '../../api/v1alpha1.ts';
import type { FieldErrors } from '../field-error.ts';
import type { Window } from './window.ts';

/** RFC 3339, as the API server asks for it: without its offset, every reader would take a time for another. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const FIRST_YEAR = 1970;
const LAST_YEAR = 2199;

/** Compiles a window that comes once; undefined if it has errors. */
export function compileAbsolute({ from, to }: AbsoluteWindow, field: string, errors: FieldErrors): Window | undefined {
  const begin = parseTime(from, `${field}.from`, errors);
  const end = parseTime(to, `${field}.to`, errors);
  if (begin === undefined || end === undefined) return undefined;
  if (begin >= end) {
    errors.add(`${field}.from`, 'must be before to');
    return undefined;
  }
  return {
    endOfBegun: (time) => (time >= begin ? end : Number.NEGATIVE_INFINITY),
    nextBegin: (time) => (time < begin ? begin : Number.POSITIVE_INFINITY),
  };
}

function parseTime(text: string, field: string, errors: FieldErrors): number | undefined {
  const time = TIME.test(text) ? millisecondsOf(text) : undefined;
  const year = time === undefined ? Number.NaN : new Date(time).getUTCFullYear();
  if (year >= FIRST_YEAR && year <= LAST_YEAR) return time;
  errors.add(
    field,
    time === undefined
      ? 'must be a time with its offset, such as 2026-12-20T18:00:00Z or 2026-12-20T18:00:00+01:00'
      : `must be in the years ${FIRST_YEAR} to ${LAST_YEAR}`,
  );
  return undefined;
}

/** Undefined for a day that is in no calendar. */
function millisecondsOf(text: string): number | undefined {
  try {
    return Temporal.Instant.from(text).epochMilliseconds;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
