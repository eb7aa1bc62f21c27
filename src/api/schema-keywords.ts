import { METER } from './schema-dialect.ts';
import { type Meter, SchemaLimitError } from './schema-meter.ts';

/** How deep the items of a list may be nested that must be unique. */
const MAX_DEPTH = 100;

/** What a walk over the keys of an object costs for each of them, as measured on one of a hundred thousand, in steps. */
const STEPS_PER_KEY = 12;
/** What it costs to write a value as a text. */
const STEPS_PER_VALUE = 10;

/** A keyword that we tell ourselves. */
export interface Keyword {
  /** The type of the values that it says something of; any if it is left out. */
  readonly type?: 'string' | 'array';
  /** Returns whether a value of that type satisfies it. */
  compile(schema: unknown, meter: Meter): (value: never) => boolean;
}

/** The keywords that the library has not, or tells in quadratic time, or with a stumble over keys such as `valueOf`. */
export const KEYWORDS: Readonly<Record<string, Keyword>> = {
  [METER]: { compile: (walksKeys, meter) => meterStep(walksKeys === true, meter) },
  const: { compile: (wanted, meter) => isOneOf([wanted], meter) },
  enum: { compile: (wanted, meter) => isOneOf(wanted as readonly unknown[], meter) },
  uniqueItems: {
    type: 'array',
    compile: (wanted, meter) => (list: readonly unknown[]) => wanted !== true || areUnique(list, meter),
  },
  maxLength: {
    type: 'string',
    compile: (limit, meter) => (text: string) => !isLongerThan(text, Number(limit), meter),
  },
  minLength: {
    type: 'string',
    compile: (limit, meter) => (text: string) => limit === 0 || isLongerThan(text, Number(limit) - 1, meter),
  },
};

/** One schema is held to one value. What is told by every key of an object costs as much. */
function meterStep(walksKeys: boolean, meter: Meter): (value: unknown) => boolean {
  if (!walksKeys) {
    return () => {
      meter.spend(1);
      return true;
    };
  }
  return (value) => {
    meter.spend(typeof value === 'object' && value !== null ? 1 + Object.keys(value).length * STEPS_PER_KEY : 1);
    return true;
  };
}

function isOneOf(wanted: readonly unknown[], meter: Meter): (value: unknown) => boolean {
  const scalars = new Set(wanted.filter((one) => !isComposite(one)));
  const composites = wanted.filter(isComposite);
  return (value) => {
    if (!isComposite(value)) return scalars.has(value);
    meter.spend(composites.length);
    return composites.some((one) => isSame(one, value, meter));
  };
}

/** As deep as the wanted value is, which a schema bounds. */
function isSame(wanted: unknown, value: unknown, meter: Meter): boolean {
  if (wanted === value) return true;
  if (!isComposite(wanted) || !isComposite(value) || Array.isArray(wanted) !== Array.isArray(value)) return false;
  const keys = Object.keys(wanted);
  meter.spend(1 + keys.length * STEPS_PER_KEY);
  return (
    keys.length === Object.keys(value).length &&
    keys.every((key) => Object.hasOwn(value, key) && isSame(wanted[key], value[key], meter))
  );
}

function areUnique(list: readonly unknown[], meter: Meter): boolean {
  return new Set(list.map((item) => canonical(item, 0, meter))).size === list.length;
}

/** A text that two values share only if they are the same: keys in order, and each string told from what is none. */
function canonical(value: unknown, depth: number, meter: Meter): string {
  meter.spend(STEPS_PER_VALUE + (typeof value === 'string' ? value.length >> 2 : 0));
  if (!isComposite(value)) return JSON.stringify(value);
  if (depth > MAX_DEPTH) throw new SchemaLimitError('it is nested too deep to be held against the schema');
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth + 1, meter)).join()}]`;
  const keys = Object.keys(value).sort(byUnits);
  meter.spend(keys.length * STEPS_PER_KEY);
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key], depth + 1, meter)}`).join()}}`;
}

/** Lengths are in characters, of which some are two units of a string. */
function isLongerThan(text: string, limit: number, meter: Meter): boolean {
  if (text.length <= limit) return false;
  if (text.length > limit * 2) return true;
  meter.spend(text.length);
  let length = 0;
  for (const _character of text) length++;
  return length > limit;
}

const isComposite = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null;

/** By the units of the strings: any order will do that is always the same. */
function byUnits(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
