/** JSON Schema, draft 7, without what has no bound: recursion, other documents, formats that need slow expressions. */

/** A schema: an object of keywords, or true or false. */
export type Schema = boolean | SchemaObject;

/** Keywords of a schema. All that is not checked here has been checked. */
export type SchemaObject = { readonly [keyword: string]: unknown };

/** Each schema that was read has this keyword: whether telling if it is satisfied takes a look at every key of an object. */
export const METER = 'x-meter';

/** Looks at the expressions of a schema. Returns what is wrong with one, undefined if nothing is. */
export type PatternCheck = (pattern: string) => string | undefined;

/** Notes what is wrong, and where: a JSON pointer into the schema. */
export type Refuse = (pointer: string, message: string) => void;

/** How much there may be in a schema, with each $ref replaced by what it stands for: each schema takes 0.2 ms to compile. */
const MAX_SCHEMAS = 200;
const MAX_VALUES = 2000;
const MAX_PATTERNS = 20;
/** How deep schemas may be nested, and the values of const and enum. */
const MAX_DEPTH = 32;

const DRAFT = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;

/** Formats that are told in time linear in the text. */
export const FORMATS = ['date', 'time', 'date-time', 'hostname', 'ipv4', 'ipv6', 'uuid', 'int32', 'int64'] as const;

const TYPES: readonly unknown[] = ['string', 'number', 'integer', 'boolean', 'null', 'object', 'array'];

/** Says what the value of a keyword must be, if it isn't. */
type ValueCheck = (value: unknown) => string | undefined;

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const isStrings = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string') && new Set(value).size === value.length;
const isType = (value: unknown): boolean =>
  TYPES.includes(value) || (isStrings(value) && isFilled(value) && value.every((item) => TYPES.includes(item)));
const isFilled = (value: unknown): value is readonly unknown[] => Array.isArray(value) && value.length > 0;

const must =
  (holds: (value: unknown) => boolean, what: string): ValueCheck =>
  (value) =>
    holds(value) ? undefined : `must be ${what}`;

const count = must(isCount, 'a whole number, not negative');
const number = must((value) => typeof value === 'number', 'a number');

/** Keywords whose value is no schema. */
const VALUES: ReadonlyMap<string, ValueCheck> = new Map<string, ValueCheck>([
  ['type', must(isType, `one or more of ${TYPES.join(', ')}`)],
  ['const', () => undefined],
  ['enum', must(isFilled, 'a list of one or more values')],
  ['multipleOf', must((value) => typeof value === 'number' && value > 0, 'a number greater than 0')],
  ['maximum', number],
  ['exclusiveMaximum', number],
  ['minimum', number],
  ['exclusiveMinimum', number],
  ['maxLength', count],
  ['minLength', count],
  ['maxItems', count],
  ['minItems', count],
  ['maxProperties', count],
  ['minProperties', count],
  ['uniqueItems', must((value) => typeof value === 'boolean', 'true or false')],
  ['required', must(isStrings, 'a list of different names')],
  ['format', must((value) => (FORMATS as readonly unknown[]).includes(value), `one of ${FORMATS.join(', ')}`)],
]);

/** Keywords that say nothing of an object. They are left out of what is compiled. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  '$comment',
  'title',
  'description',
  'default',
  'examples',
  'readOnly',
  'writeOnly',
  'contentEncoding',
  'contentMediaType',
]);

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const ONE = new Set([
  'additionalItems',
  'additionalProperties',
  'contains',
  'propertyNames',
  'not',
  'if',
  'then',
  'else',
]);
const LISTS = new Set(['allOf', 'anyOf', 'oneOf']);
const BY_NAME = new Set(['properties', 'patternProperties', 'dependencies', 'definitions', '$defs']);
const DEFINITIONS = new Set(['definitions', '$defs']);

const WALKS_KEYS = new Set([
  'additionalProperties',
  'patternProperties',
  'propertyNames',
  'minProperties',
  'maxProperties',
]);

const REFERENCE = /^#(\/(?:definitions|\$defs)\/[^/]*)$/;

/**
 * Checks a schema and returns it with every $ref replaced by what it stands for, and without annotations. Returns undefined
 * if anything is wrong, which is told to `refuse`.
 */
export function readSchema(schema: unknown, checkPattern: PatternCheck, refuse: Refuse): Schema | undefined {
  const reader = new SchemaReader(schema, checkPattern, refuse);
  return reader.read();
}

class SchemaReader {
  readonly #root: unknown;
  readonly #checkPattern: PatternCheck;
  readonly #refuse: Refuse;
  /** The pointers of the definitions that are being read: to meet one again is recursion. */
  readonly #open = new Set<string>();
  #faults = 0;
  #schemas = 0;
  #values = 0;
  #patterns = 0;

  constructor(root: unknown, checkPattern: PatternCheck, refuse: Refuse) {
    this.#root = root;
    this.#checkPattern = checkPattern;
    this.#refuse = refuse;
  }

  /** Reads the root; returns undefined if anything was refused. */
  read(): Schema | undefined {
    const read = this.#schema(this.#root, '', 0);
    return this.#faults === 0 ? read : undefined;
  }

  /** Reads the schema at a pointer. After the first fault the rest is not read: a hostile schema could have thousands. */
  #schema(value: unknown, pointer: string, depth: number): Schema {
    if (this.#faults > 0) return true;
    this.#schemas++;
    if (this.#schemas > MAX_SCHEMAS)
      return this.#fault(
        '',
        `must not have more than ${MAX_SCHEMAS} schemas in all, each $ref counted as what it stands for`,
      );
    if (depth > MAX_DEPTH) return this.#fault(pointer, `must not be nested deeper than ${MAX_DEPTH} levels`);
    if (typeof value === 'boolean') return value;
    if (!isObject(value)) return this.#fault(pointer, 'must be a schema: an object, true or false');
    if (Object.hasOwn(value, '$ref')) return this.#reference(value, pointer, depth);
    const read: [string, unknown][] = [];
    for (const [keyword, inner] of Object.entries(value)) {
      const at = `${pointer}/${escaped(keyword)}`;
      const kept = this.#keyword(keyword, inner, at, depth);
      if (kept !== undefined) read.push([keyword, kept]);
    }
    return Object.fromEntries([...read, [METER, read.some(([keyword]) => WALKS_KEYS.has(keyword))]]);
  }

  /** Returns what is kept of a keyword; undefined if nothing is. */
  #keyword(keyword: string, value: unknown, at: string, depth: number): unknown {
    const check = VALUES.get(keyword);
    if (check !== undefined) return this.#value(value, check, at);
    if (ONE.has(keyword)) return this.#schema(value, at, depth + 1);
    if (LISTS.has(keyword)) return this.#list(value, at, depth);
    if (BY_NAME.has(keyword)) return this.#byName(keyword, value, at, depth);
    if (keyword === 'items')
      return Array.isArray(value) ? this.#list(value, at, depth) : this.#schema(value, at, depth + 1);
    if (keyword === 'pattern') return this.#pattern(value, at);
    if (keyword === '$schema' && !(typeof value === 'string' && DRAFT.test(value))) {
      return this.#fault(at, 'must be http://json-schema.org/draft-07/schema#, or left out');
    }
    if (keyword === '$schema' || ANNOTATIONS.has(keyword)) return undefined;
    return this.#fault(at, 'must not be set: there is no such keyword in JSON Schema draft 7, or it is not supported');
  }

  #value(value: unknown, check: ValueCheck, at: string): unknown {
    const message = check(value) ?? this.#tooMuch(value, 0);
    return message === undefined ? value : this.#fault(at, message);
  }

  /** Counts a value with all that is in it. */
  #tooMuch(value: unknown, depth: number): string | undefined {
    this.#values++;
    if (this.#values > MAX_VALUES) return `must not bring the values of the schema to more than ${MAX_VALUES} in all`;
    if (depth > MAX_DEPTH) return `must not be nested deeper than ${MAX_DEPTH} levels`;
    if (typeof value !== 'object' || value === null) return undefined;
    for (const inner of Object.values(value)) {
      const message = this.#tooMuch(inner, depth + 1);
      if (message !== undefined) return message;
    }
    return undefined;
  }

  #list(value: unknown, at: string, depth: number): unknown {
    if (!isFilled(value)) return this.#fault(at, 'must be a list of one or more schemas');
    return value.map((inner, index) => this.#schema(inner, `${at}/${index}`, depth + 1));
  }

  #byName(keyword: string, value: unknown, at: string, depth: number): unknown {
    if (!isObject(value)) return this.#fault(at, 'must be an object of schemas by name');
    const read: [string, unknown][] = [];
    for (const [name, inner] of Object.entries(value)) {
      const here = `${at}/${escaped(name)}`;
      // The library passes over it.
      if (name === '__proto__') return this.#fault(here, 'must not be called __proto__');
      if (keyword === 'patternProperties') this.#pattern(name, here);
      const isNames = keyword === 'dependencies' && Array.isArray(inner);
      read.push([
        name,
        isNames
          ? this.#value(inner, must(isStrings, 'a list of different names, or a schema'), here)
          : this.#schema(inner, here, depth + 1),
      ]);
    }
    return DEFINITIONS.has(keyword) ? undefined : Object.fromEntries(read);
  }

  #pattern(value: unknown, at: string): unknown {
    this.#patterns++;
    if (this.#patterns > MAX_PATTERNS)
      return this.#fault(at, `must not be one of more than ${MAX_PATTERNS} expressions in all`);
    if (typeof value !== 'string') return this.#fault(at, 'must be an RE2 regular expression');
    const message = this.#checkPattern(value);
    return message === undefined ? value : this.#fault(at, message);
  }

  #reference(value: SchemaObject, pointer: string, depth: number): Schema {
    const beside = Object.keys(value).find(
      (keyword) => keyword !== '$ref' && !ANNOTATIONS.has(keyword) && !DEFINITIONS.has(keyword),
    );
    if (beside !== undefined)
      return this.#fault(
        `${pointer}/${escaped(beside)}`,
        'must not stand beside $ref, which makes draft 7 pass over it: put both into allOf',
      );
    const at = `${pointer}/$ref`;
    const { $ref: reference } = value;
    const to = typeof reference === 'string' ? REFERENCE.exec(reference)?.[1] : undefined;
    if (to === undefined) return this.#fault(at, 'must name a definition of this schema, such as #/definitions/name');
    const found = definitionAt(this.#root, to);
    if (found === undefined)
      return this.#fault(at, 'must name a definition of this schema: there is none of that name');
    if (this.#open.has(to))
      return this.#fault(at, 'must not lead back to itself: a schema that contains itself has no bound');
    this.#open.add(to);
    const read = this.#schema(found, to, depth + 1);
    this.#open.delete(to);
    return read;
  }

  #fault(pointer: string, message: string): true {
    if (this.#faults === 0) this.#refuse(pointer, message);
    this.#faults++;
    return true;
  }
}

function definitionAt(root: unknown, pointer: string): unknown {
  const [, where = '', name = ''] = pointer.split('/');
  const definitions = isObject(root) ? ownValue(root, where) : undefined;
  return isObject(definitions) ? ownValue(definitions, unescaped(name)) : undefined;
}

const ownValue = (object: SchemaObject, key: string): unknown => (Object.hasOwn(object, key) ? object[key] : undefined);
const isObject = (value: unknown): value is SchemaObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A key in a JSON pointer. */
const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
/** In a $ref, the pointer is a part of a URI as well. */
const unescaped = (part: string): string => decoded(part).replaceAll('~1', '/').replaceAll('~0', '~');

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
