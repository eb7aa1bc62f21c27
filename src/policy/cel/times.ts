import { int64, isInt64 } from './integers.ts';
import { func, method, type Overload } from './overload.ts';
import { Duration, Failure, type Result, Timestamp, type Value } from './values.ts';

const SECOND = 1_000_000_000n;
const MILLISECOND = 1_000_000n;

/** 0001-01-01T00:00:00Z and the first moment after 9999, in nanoseconds since 1970. */
const FIRST = -62_135_596_800n * SECOND;
const END = 253_402_300_800n * SECOND;

const TIMESTAMP = 'google.protobuf.Timestamp';
const DURATION = 'google.protobuf.Duration';

const STEPS_TO_PARSE = 200;
const STEPS_OF_A_DATE = 40;

/** Timestamps and durations: how they are made, and what can be asked of them. Days begin and end in UTC. */
export const TIME_FUNCTIONS: readonly Overload[] = [
  func('timestamp', ['string'], TIMESTAMP, ([text]) => parseTimestamp(text), STEPS_TO_PARSE),
  func('timestamp', ['int'], TIMESTAMP, ([seconds]) => timestamp(seconds * SECOND)),
  func('timestamp', [TIMESTAMP], TIMESTAMP, ([value]) => value),
  func('duration', ['string'], DURATION, ([text]) => parseDuration(text), STEPS_TO_PARSE),
  func('duration', [DURATION], DURATION, ([value]) => value),
  ofDate('getFullYear', (date) => date.getUTCFullYear()),
  ofDate('getMonth', (date) => date.getUTCMonth()),
  ofDate('getDate', (date) => date.getUTCDate()),
  ofDate('getDayOfMonth', (date) => date.getUTCDate() - 1),
  ofDate('getDayOfWeek', (date) => date.getUTCDay()),
  ofDate('getDayOfYear', dayOfYear),
  ofDate('getHours', (date) => date.getUTCHours()),
  ofDate('getMinutes', (date) => date.getUTCMinutes()),
  ofDate('getSeconds', (date) => date.getUTCSeconds()),
  ofDate('getMilliseconds', (date) => date.getUTCMilliseconds()),
  method('getHours', [DURATION], 'int', ([{ nanoseconds }]) => nanoseconds / (3600n * SECOND)),
  method('getMinutes', [DURATION], 'int', ([{ nanoseconds }]) => nanoseconds / (60n * SECOND)),
  method('getSeconds', [DURATION], 'int', ([{ nanoseconds }]) => nanoseconds / SECOND),
  method('getMilliseconds', [DURATION], 'int', ([{ nanoseconds }]) => nanoseconds / MILLISECOND),
];

/** The sum of times. Returns undefined for values that are none. */
export function addTimes(left: Value, right: Value): Result | undefined {
  if (left instanceof Duration && right instanceof Duration) return duration(left.nanoseconds + right.nanoseconds);
  if (left instanceof Timestamp && right instanceof Duration) return timestamp(left.nanoseconds + right.nanoseconds);
  return left instanceof Duration && right instanceof Timestamp ? addTimes(right, left) : undefined;
}

/** The difference of times. Returns undefined for values that are none. */
export function subtractTimes(left: Value, right: Value): Result | undefined {
  if (left instanceof Timestamp && right instanceof Duration) return timestamp(left.nanoseconds - right.nanoseconds);
  const areAlike =
    (left instanceof Duration && right instanceof Duration) ||
    (left instanceof Timestamp && right instanceof Timestamp);
  return areAlike ? duration(left.nanoseconds - right.nanoseconds) : undefined;
}

/** The whole seconds since 1970. */
export function unixSeconds({ nanoseconds }: Timestamp): bigint {
  return floorDivide(nanoseconds, SECOND);
}

function timestamp(nanoseconds: bigint): Result {
  if (nanoseconds >= FIRST && nanoseconds < END) return new Timestamp(nanoseconds);
  return new Failure('a timestamp must be within the years 1 to 9999');
}

function duration(nanoseconds: bigint): Result {
  const fitting = int64(nanoseconds);
  return fitting instanceof Failure ? fitting : new Duration(nanoseconds);
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return quotient * divisor > dividend ? quotient - 1n : quotient;
}

function ofDate(name: string, read: (date: Date) => number): Overload {
  return method(
    name,
    [TIMESTAMP],
    'int',
    ([{ nanoseconds }]) => BigInt(read(new Date(Number(floorDivide(nanoseconds, MILLISECOND))))),
    STEPS_OF_A_DATE,
  );
}

const DAY = 86_400_000;

function dayOfYear(date: Date): number {
  const newYear = new Date(date);
  newYear.setUTCMonth(0, 1);
  return Math.round((date.getTime() - newYear.getTime()) / DAY);
}

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** A longer text is refused: nobody writes times with more digits. */
const MAX_LENGTH = 64;

const UNREADABLE_TIMESTAMP = new Failure('timestamp() needs a time as in 2026-01-31T12:00:00Z');

function parseTimestamp(text: string): Result {
  const match = text.length > MAX_LENGTH ? null : RFC_3339.exec(text);
  if (match === null) return UNREADABLE_TIMESTAMP;
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHour, offsetMinute] = match;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  // A month or a day that does not exist moves the date on.
  const isDate = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  const isTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  const isOffset = sign === undefined || (Number(offsetHour) <= 24 && Number(offsetMinute) <= 60);
  if (!isDate || !isTime || !isOffset) return UNREADABLE_TIMESTAMP;
  const offset = sign === undefined ? 0 : (Number(offsetHour) * 60 + Number(offsetMinute)) * (sign === '-' ? -60 : 60);
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second) - offset;
  const nanoseconds = BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return timestamp(BigInt(date.getTime()) * MILLISECOND + BigInt(seconds) * SECOND + nanoseconds);
}

const NANOSECONDS_OF: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: MILLISECOND,
  s: SECOND,
  m: 60n * SECOND,
  h: 3600n * SECOND,
};

const PART = /(?:(\d+)(?:\.(\d*))?|\.(\d+))(ns|us|µs|μs|ms|s|m|h)/y;

const UNREADABLE_DURATION = new Failure('duration() needs a duration as in 1h30m or 90s');

/** As Go reads durations: a sign, and numbers with their units. What is finer than a nanosecond is cut off. */
function parseDuration(text: string): Result {
  const unsigned = text.replace(/^[+-]/, '');
  if (unsigned === '0') return new Duration(0n);
  if (unsigned === '' || text.length > MAX_LENGTH) return UNREADABLE_DURATION;
  let sum = 0n;
  for (let position = 0; position < unsigned.length; position = PART.lastIndex) {
    PART.lastIndex = position;
    const match = PART.exec(unsigned);
    if (match === null) return UNREADABLE_DURATION;
    const [, whole = '0', after, only, unit = ''] = match;
    const fraction = after ?? only ?? '';
    const nanoseconds = NANOSECONDS_OF[unit] ?? 0n;
    sum += BigInt(whole) * nanoseconds + (BigInt(fraction || '0') * nanoseconds) / 10n ** BigInt(fraction.length);
  }
  const signed = text.startsWith('-') ? -sum : sum;
  return isInt64(signed) ? new Duration(signed) : UNREADABLE_DURATION;
}
