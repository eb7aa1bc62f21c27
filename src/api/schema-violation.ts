import type { ErrorObject } from 'ajv';

/** What a value does not satisfy. */
export interface SchemaViolation {
  /** The keys and indices that lead to it. */
  readonly path: readonly string[];
  /** What it must be. Holds nothing of the value. */
  readonly message: string;
}

/** The last error is that of an anyOf, not of the alternatives that were tried. */
export function violationOf(errors: readonly ErrorObject[]): SchemaViolation {
  const error = errors.at(-1);
  if (error === undefined) return { path: [], message: OTHERWISE };
  const path = error.instancePath.split('/').slice(1).map(unescaped);
  const { additionalProperty, propertyName } = error.params as Params;
  const key = additionalProperty ?? propertyName;
  return { path: key === undefined ? path : [...path, key], message: messageOf(error) };
}

/** A part of a JSON pointer as a key. */
const unescaped = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');

/** What the library says of an error. All of it but the two names of properties is of the schema. */
interface Params {
  readonly additionalProperty?: string;
  readonly propertyName?: string;
  readonly missingProperty?: string;
  readonly property?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly limit?: number;
  readonly multipleOf?: number;
}

const OTHERWISE = 'must satisfy the schema';

const atLeast =
  (what: string) =>
  ({ limit }: Params) =>
    `must have at least ${limit} ${what}`;
const atMost =
  (what: string) =>
  ({ limit }: Params) =>
    `must have at most ${limit} ${what}`;
const missing = ({ missingProperty }: Params) => `must have ${missingProperty}`;

/** What must be, in words. Nothing of the value may be told, since nobody knows what it is. */
const MESSAGES: ReadonlyMap<string, string | ((params: Params) => string)> = new Map<
  string,
  string | ((params: Params) => string)
>([
  ['false schema', 'must not be set'],
  ['additionalProperties', 'must not be set'],
  ['additionalItems', atMost('items')],
  ['propertyNames', 'must have another name'],
  ['required', missing],
  ['dependencies', ({ property, missingProperty }) => `must have ${missingProperty} if it has ${property}`],
  ['type', ({ type }) => `must be of type ${[type].flat().join(' or ')}`],
  ['const', 'must be the one value that is allowed'],
  ['enum', 'must be one of the values that are allowed'],
  ['pattern', 'must match the expression'],
  ['format', ({ format }) => `must be written as ${format}`],
  ['multipleOf', ({ multipleOf }) => `must be a multiple of ${multipleOf}`],
  ['minimum', ({ limit }) => `must be ${limit} or more`],
  ['exclusiveMinimum', ({ limit }) => `must be more than ${limit}`],
  ['maximum', ({ limit }) => `must be ${limit} or less`],
  ['exclusiveMaximum', ({ limit }) => `must be less than ${limit}`],
  ['minLength', atLeast('characters')],
  ['maxLength', atMost('characters')],
  ['minItems', atLeast('items')],
  ['maxItems', atMost('items')],
  ['minProperties', atLeast('properties')],
  ['maxProperties', atMost('properties')],
  ['uniqueItems', 'must not have the same item twice'],
  ['contains', 'must contain an item that is as demanded'],
  ['not', 'must not be as excluded'],
  ['anyOf', 'must be as one of the alternatives says'],
  ['oneOf', 'must be as exactly one of the alternatives says'],
]);

function messageOf({ keyword, params }: ErrorObject): string {
  const message = MESSAGES.get(keyword) ?? OTHERWISE;
  return typeof message === 'string' ? message : message(params as Params);
}
