import type { Budget } from './budget.ts';
import { type AnyList, itemsOf } from './containers.ts';
import { method, type Overload } from './overload.ts';
import { Failure, List, type Result } from './values.ts';

/**
 * The string functions: those of the language and of its strings extension. Positions count characters (code points), not
 * JavaScript's 16-bit units.
 */
export const STRING_FUNCTIONS: readonly Overload[] = [
  method('contains', ['string', 'string'], 'bool', ([text, part], budget) => {
    chargeSearch(text, part, budget);
    return text.includes(part);
  }),
  method('startsWith', ['string', 'string'], 'bool', ([text, part], budget) => {
    budget.chargeText(part.length);
    return text.startsWith(part);
  }),
  method('endsWith', ['string', 'string'], 'bool', ([text, part], budget) => {
    budget.chargeText(part.length);
    return text.endsWith(part);
  }),
  method('charAt', ['string', 'int'], 'string', ([text, index], budget) => {
    const characters = new Characters(text, budget);
    return characters.has(index) ? characters.slice(Number(index), Number(index) + 1) : OUTSIDE;
  }),
  method('indexOf', ['string', 'string'], 'int', ([text, part], budget) => indexOf(text, part, 0n, budget)),
  method('indexOf', ['string', 'string', 'int'], 'int', ([text, part, from], budget) =>
    indexOf(text, part, from, budget),
  ),
  method('lastIndexOf', ['string', 'string'], 'int', ([text, part], budget) => {
    const { length } = new Characters(text, budget);
    if (part === '') return BigInt(length);
    return length === 0 ? -1n : lastIndexOf(text, part, BigInt(length - 1), budget);
  }),
  method('lastIndexOf', ['string', 'string', 'int'], 'int', ([text, part, from], budget) =>
    lastIndexOf(text, part, from, budget),
  ),
  method('substring', ['string', 'int'], 'string', ([text, from], budget) => {
    const characters = new Characters(text, budget);
    return characters.has(from) ? characters.slice(Number(from), characters.length) : OUTSIDE;
  }),
  method('substring', ['string', 'int', 'int'], 'string', ([text, from, to], budget) => {
    const characters = new Characters(text, budget);
    if (from > to || !characters.has(from) || !characters.has(to)) return OUTSIDE;
    return characters.slice(Number(from), Number(to));
  }),
  method('lowerAscii', ['string'], 'string', ([text], budget) => {
    budget.charge(text.length);
    return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  }),
  method('upperAscii', ['string'], 'string', ([text], budget) => {
    budget.charge(text.length);
    return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
  }),
  method('trim', ['string'], 'string', ([text], budget) => {
    budget.charge(text.length);
    return trim(text);
  }),
  method('replace', ['string', 'string', 'string'], 'string', ([text, old, by], budget) =>
    replace(text, old, by, -1n, budget),
  ),
  method('replace', ['string', 'string', 'string', 'int'], 'string', ([text, old, by, limit], budget) =>
    replace(text, old, by, limit, budget),
  ),
  method(
    'split',
    ['string', 'string'],
    'list',
    ([text, separator], budget) => new List(split(text, separator, -1n, budget)),
  ),
  method(
    'split',
    ['string', 'string', 'int'],
    'list',
    ([text, separator, limit], budget) => new List(split(text, separator, limit, budget)),
  ),
  method('join', ['list'], 'string', ([list], budget) => join(list, '', budget)),
  method('join', ['list', 'string'], 'string', ([list, separator], budget) => join(list, separator, budget)),
];

const OUTSIDE = new Failure('the position is outside of the string');

const SURROGATE = /[\ud800-\udfff]/;

/** How many characters a string has. */
export function countCharacters(text: string, budget: Budget): number {
  return new Characters(text, budget).length;
}

/** A string as characters. Most have none beyond 16 bits, and need not be taken apart. */
class Characters {
  readonly length: number;
  readonly #text: string;
  readonly #points: readonly string[] | undefined;

  constructor(text: string, budget: Budget) {
    budget.chargeText(text.length);
    this.#text = text;
    if (SURROGATE.test(text)) {
      budget.charge(text.length * 2);
      this.#points = Array.from(text);
    }
    this.length = this.#points?.length ?? text.length;
  }

  /** Whether something can begin or end there. */
  has(index: bigint): boolean {
    return index >= 0n && index <= BigInt(this.length);
  }

  slice(from: number, to: number): string {
    return this.#points?.slice(from, to).join('') ?? this.#text.slice(from, to);
  }

  /** The 16-bit unit at which a character begins. */
  unitOf(index: number): number {
    return this.#points === undefined ? index : this.slice(0, index).length;
  }

  /** The character that begins at a 16-bit unit. */
  indexOf(unit: number): number {
    return this.#points === undefined ? unit : Array.from(this.#text.slice(0, unit)).length;
  }
}

/** Up to this length of what is sought, V8 looks through a text in linear time, whatever both are. */
const LINEAR_SEARCH_LENGTH = 250;

function chargeSearch(text: string, part: string, budget: Budget): void {
  budget.chargeText(text.length * Math.max(1, part.length - LINEAR_SEARCH_LENGTH));
}

function indexOf(text: string, part: string, from: bigint, budget: Budget): Result {
  if (part === '') return from;
  if (from < 0n) return OUTSIDE;
  chargeSearch(text, part, budget);
  const characters = new Characters(text, budget);
  if (from >= BigInt(characters.length)) return -1n;
  const found = text.indexOf(part, characters.unitOf(Number(from)));
  return BigInt(found < 0 ? -1 : characters.indexOf(found));
}

function lastIndexOf(text: string, part: string, from: bigint, budget: Budget): Result {
  if (part === '') return from;
  if (from < 0n) return OUTSIDE;
  // Backwards V8 compares at each place.
  budget.chargeText(text.length * part.length);
  const characters = new Characters(text, budget);
  if (from >= BigInt(characters.length)) return -1n;
  const found = text.lastIndexOf(part, characters.unitOf(Number(from)));
  return BigInt(found < 0 ? -1 : characters.indexOf(found));
}

/** As Go's strings.SplitN: at most `limit` parts, all if it is negative. */
function split(text: string, separator: string, limit: bigint, budget: Budget): string[] {
  if (limit === 0n) return [];
  const most = limit < 0n ? Number.POSITIVE_INFINITY : Number(limit);
  chargeSearch(text, separator, budget);
  if (separator === '') return splitCharacters(text, most, budget);
  const parts: string[] = [];
  let position = 0;
  while (parts.length < most - 1) {
    const next = text.indexOf(separator, position);
    if (next < 0) break;
    budget.charge(4);
    parts.push(text.slice(position, next));
    position = next + separator.length;
  }
  parts.push(text.slice(position));
  return parts;
}

function splitCharacters(text: string, most: number, budget: Budget): string[] {
  budget.charge(text.length * 2);
  const characters = Array.from(text);
  if (characters.length <= most) return characters;
  return [...characters.slice(0, most - 1), characters.slice(most - 1).join('')];
}

/** As Go's strings.Replace: at most `limit` times, all if it is negative. Nothing is found before and after each character. */
function replace(text: string, old: string, by: string, limit: bigint, budget: Budget): string {
  if (limit === 0n) return text;
  if (old === '') return between(text, by, limit, budget);
  const parts = split(text, old, limit < 0n ? limit : limit + 1n, budget);
  budget.chargeText(parts.length * by.length + text.length);
  return parts.join(by);
}

function between(text: string, by: string, limit: bigint, budget: Budget): string {
  const parts = split(text, '', limit, budget);
  const isLimited = limit >= 0n && BigInt(parts.length) >= limit;
  budget.chargeText((parts.length + 1) * by.length + text.length);
  return `${by}${parts.join(by)}${isLimited || text === '' ? '' : by}`;
}

function join(list: AnyList, separator: string, budget: Budget): Result {
  const items = itemsOf(list, budget);
  budget.charge(items.length * 3);
  const texts = items.filter((item) => typeof item === 'string');
  if (texts.length < items.length) return new Failure('join() needs a list of strings');
  budget.chargeText(texts.reduce((sum, text) => sum + text.length + separator.length, 0));
  return texts.join(separator);
}

/** What Go calls space, which is not quite what JavaScript trims. */
const SPACES: ReadonlySet<string> = new Set(
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);

function trim(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && SPACES.has(text.charAt(from))) from += 1;
  while (to > from && SPACES.has(text.charAt(to - 1))) to -= 1;
  return text.slice(from, to);
}
