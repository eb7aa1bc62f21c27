import { TypeError as CheckError, ParseError } from '@marcbachmann/cel-js';
import { cut } from '../describe.ts';
import { PolicySyntaxError } from '../field-error.ts';
import { ENVIRONMENT, LIMITS, PRESENCE_TEST } from './environment.ts';
import { type Node, refusal } from './program.ts';

/** The longest expression. */
const MAX_LENGTH = 4096;

/** How much of a type or of the expression is told. */
const MAX_DETAIL = 80;

/** What the limits are called. */
const LIMIT_NAMES: Readonly<Record<keyof typeof LIMITS, string>> = {
  maxAstNodes: 'parts',
  maxDepth: 'levels',
  maxListElements: 'items in a list',
  maxMapEntries: 'entries in a map',
  maxCallArguments: 'arguments',
};

/** Parses an expression. Throws PolicySyntaxError with the position of what is wrong. */
export function parse(source: string): Node {
  if (source.length > MAX_LENGTH) throw new PolicySyntaxError(`must not be longer than ${MAX_LENGTH} characters`);
  try {
    return ENVIRONMENT.parse(source).ast;
  } catch (error) {
    throw error instanceof ParseError ? refusal(parseErrorText(error, source), startOf(error)) : unreadable(error);
  }
}

/**
 * Checks the types of an expression that could be parsed and compiled. `presenceTests` are the places of its has() macros.
 * Returns its type. Throws PolicySyntaxError with the position of what is wrong.
 */
export function checkTypes(source: string, presenceTests: readonly number[]): string {
  const checked = presenceTests.reduce(
    (text, start) => text.slice(0, start) + PRESENCE_TEST + text.slice(start + PRESENCE_TEST.length),
    source,
  );
  const { type, error } = ENVIRONMENT.check(checked);
  if (type !== undefined) return type;
  throw error instanceof CheckError ? refusal(typeErrorText(error), startOf(error)) : unreadable(error);
}

function unreadable(cause: unknown): PolicySyntaxError {
  return new PolicySyntaxError(
    'must be a CEL expression: its types can not be told (write dyn([]) for an empty list)',
    { cause },
  );
}

function startOf({ range }: ParseError | CheckError): number {
  return (range?.start ?? 0) + 1;
}

const PARSE_ERRORS: Readonly<Record<string, string>> = {
  invalid_number: 'a number can not be read',
  invalid_hex_integer: 'a number can not be read',
  invalid_integer: 'a number can not be read',
  invalid_exponent: 'a number has no digits after e',
  newline_in_string: 'a string ends with its line',
  unterminated_string: 'a string does not end',
  unterminated_triple_quoted_string: 'a string does not end',
  bytes_unicode_escape: 'a string has an unknown escape',
  invalid_unicode_escape: 'a string has an unknown escape',
  invalid_unicode_surrogate: 'a string has an unknown escape',
  invalid_hex_escape: 'a string has an unknown escape',
  invalid_octal_escape: 'a string has an unknown escape',
  octal_escape_out_of_range: 'a string has an unknown escape',
  invalid_escape_sequence: 'a string has an unknown escape',
  invalid_macro_argument: 'a macro needs the name of a variable',
};

function parseErrorText({ code, range, summary }: ParseError, source: string): string {
  const known = PARSE_ERRORS[code];
  if (known !== undefined) return known;
  if (code === 'limit_exceeded') return limitText(summary);
  const found = source.slice(range?.start, range?.end);
  if (code === 'reserved_identifier') {
    return `"${found}" is a reserved word${found === 'namespace' ? ' (read namespaceObject)' : ''}`;
  }
  return found === '' ? 'something is missing at the end' : `${JSON.stringify(cut(found, MAX_DETAIL))} is not expected`;
}

function limitText(summary: string): string {
  const [name, most] = Object.entries(LIMITS).find(([limit]) => summary.includes(limit)) ?? [];
  return `more than ${most ?? ''} ${LIMIT_NAMES[name as keyof typeof LIMITS] ?? 'parts'}`;
}

function typeErrorText({ code, summary }: CheckError): string {
  const detail = summary
    .slice(summary.indexOf(':') + 1)
    .replace('found no matching overload for ', '')
    .replaceAll(`${PRESENCE_TEST}(`, 'has(')
    // What an empty list or map holds.
    .replaceAll('undefined', 'dyn')
    .replaceAll("'", '')
    .trim();
  return code === 'no_such_key' ? `no field "${detail}"` : `the types do not fit (${cut(detail, MAX_DETAIL)})`;
}
