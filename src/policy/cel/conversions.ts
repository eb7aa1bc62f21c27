import { intOfDouble, isInt64 } from './integers.ts';
import { func, type Overload } from './overload.ts';
import { unixSeconds } from './times.ts';
import { Failure, kindOf, type Result, TypeName } from './values.ts';

/** Conversions between types. */
export const CONVERSIONS: readonly Overload[] = [
  func('int', ['int'], 'int', ([value]) => value),
  func('int', ['double'], 'int', ([value]) => intOfDouble(value)),
  func('int', ['string'], 'int', ([text]) => parseInteger(text), 30),
  func('int', ['google.protobuf.Timestamp'], 'int', ([value]) => unixSeconds(value)),
  func('int', ['google.protobuf.Duration'], 'int', ([{ nanoseconds }]) => nanoseconds),
  func('double', ['double'], 'double', ([value]) => value),
  func('double', ['int'], 'double', ([value]) => Number(value)),
  func('double', ['string'], 'double', ([text]) => parseDouble(text), 50),
  func('string', ['string'], 'string', ([text]) => text),
  func('string', ['int'], 'string', ([value]) => String(value)),
  func('string', ['double'], 'string', ([value]) => formatDouble(value), 100),
  func('string', ['bool'], 'string', ([value]) => String(value)),
  func('bool', ['bool'], 'bool', ([value]) => value),
  func('bool', ['string'], 'bool', ([text]) => BOOLEANS.get(text) ?? UNREADABLE_BOOLEAN),
  func('dyn', ['dyn'], 'dyn', ([value]) => value),
  func('type', ['dyn'], 'type', ([value]) => new TypeName(kindOf(value))),
];

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
]);

const UNREADABLE_BOOLEAN = new Failure('bool() needs the text true or false');
const UNREADABLE_INTEGER = new Failure('int() needs the digits of an integer of 64 bits');
const UNREADABLE_DOUBLE = new Failure('double() needs a number');

function parseInteger(text: string): Result {
  // With leading zeros there may be more digits than an int has, but nobody means that.
  if (text.length > 40 || !/^[+-]?\d+$/.test(text)) return UNREADABLE_INTEGER;
  const value = BigInt(text.replace('+', ''));
  return isInt64(value) ? value : UNREADABLE_INTEGER;
}

function parseDouble(text: string): Result {
  if (text.length > 400) return UNREADABLE_DOUBLE;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return UNREADABLE_DOUBLE;
  const value = Number(text);
  return Number.isFinite(value) ? value : UNREADABLE_DOUBLE;
}

/** As Go's %g: the shortest digits, with an exponent if it is below -4 or above 5. */
function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  if (Number(exponent) >= -4 && Number(exponent) < 6) return value === 0 && Object.is(value, -0) ? '-0' : String(value);
  const sign = exponent.startsWith('-') ? '-' : '+';
  return `${mantissa}e${sign}${exponent.slice(1).padStart(2, '0')}`;
}
