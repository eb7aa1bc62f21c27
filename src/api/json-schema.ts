import { _, Ajv, type Format, type KeywordCxt } from 'ajv';
import addFormats from 'ajv-formats';
import { FORMATS, type Refuse, readSchema } from './schema-dialect.ts';
import { KEYWORDS } from './schema-keywords.ts';
import { Meter } from './schema-meter.ts';
import { type SchemaViolation, violationOf } from './schema-violation.ts';

/** An expression that is looked for anywhere in a text. */
export interface Pattern {
  /** What a search takes at worst for each character, in steps of some 25 ns. */
  readonly stepsPerCharacter: number;
  isIn(text: string): boolean;
}

/** Compiles an expression, or returns what is wrong with it. */
export type CompilePattern = (pattern: string) => Pattern | string;

/** A compiled JSON Schema. */
export interface JsonSchema {
  /** Returns the first violation, or undefined. Throws SchemaLimitError if that takes too long to find out. */
  violation(value: unknown): SchemaViolation | undefined;
}

/** No value of a format is longer. */
const MAX_FORMATTED_LENGTH = 300;

/**
 * Compiles a JSON Schema of draft 7, as far as it has bounds (schema-dialect.ts). Returns undefined if it can't be accepted;
 * `refuse` is told why, and where in the schema.
 */
export function compileJsonSchema(
  schema: unknown,
  compilePattern: CompilePattern,
  refuse: Refuse,
): JsonSchema | undefined {
  const meter = new Meter();
  const patterns = new Map<string, Pattern>();
  const checkPattern = (text: string): string | undefined => {
    const compiled = patterns.get(text) ?? compilePattern(text);
    if (typeof compiled === 'string') return compiled;
    patterns.set(text, compiled);
    return undefined;
  };
  const read = readSchema(schema, checkPattern, refuse);
  if (read === undefined) return undefined;
  const validate = validator(patterns, meter).compile(read);
  return {
    violation: (value) => {
      meter.reset();
      return validate(value) ? undefined : violationOf(validate.errors ?? []);
    },
  };
}

/** The library, with those of its keywords put aside that are quadratic, or stumble on keys such as `valueOf`. */
function validator(patterns: ReadonlyMap<string, Pattern>, meter: Meter): Ajv {
  const ajv = new Ajv({
    meta: false,
    validateSchema: false,
    strict: false,
    messages: false,
    ownProperties: true,
    logger: false,
    code: { optimize: false, regExp: regExpEngine(patterns, meter) },
  });
  for (const name of FORMATS) ajv.addFormat(name, bounded(formats.get(name)));
  for (const [keyword, { type, compile }] of Object.entries(KEYWORDS)) {
    ajv.removeKeyword(keyword);
    ajv.addKeyword({
      keyword,
      ...(type !== undefined && { type }),
      error: { message: '', params: ({ schemaCode }) => _`{limit: ${schemaCode}}` },
      code: (context: KeywordCxt) => {
        const holds = context.gen.scopeValue('func', { ref: compile(context.schema, meter) });
        context.pass(_`${holds}(${context.data})`);
      },
    });
  }
  return ajv;
}

/** How the library has its expressions compiled. It tells them apart by their text. */
function regExpEngine(patterns: ReadonlyMap<string, Pattern>, meter: Meter) {
  const engine = (text: string) => {
    const pattern = patterns.get(text);
    if (pattern === undefined) throw new Error('an expression was not compiled');
    return {
      test: (value: string) => {
        meter.spend(1 + value.length * pattern.stepsPerCharacter);
        return pattern.isIn(value);
      },
      toString: () => text,
    };
  };
  return Object.assign(engine, { code: 'compiled beforehand' });
}

/** The types of the package describe its ES module, which it has not. */
const formats = addFormats as unknown as { get(name: string): Format };

/** A format that does not look at what is too long for any. */
function bounded(format: Format): Format {
  if (!(format instanceof RegExp) && typeof format === 'object' && format.type === 'number') return format;
  const test = testOf(format);
  return (text: string) => text.length <= MAX_FORMATTED_LENGTH && test(text);
}

function testOf(format: Format): (text: string) => boolean {
  if (format instanceof RegExp) return (text) => format.test(text);
  if (typeof format === 'function') return (text) => format(text) === true;
  if (typeof format === 'object') return testOf(format.validate as Format);
  throw new Error('a format can not be used');
}
