import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileErrorText, compileGuardrail } from '../../../../src/policy/compile.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';
import { compiled, EVERYTHING, findingOf, guardrail } from '../support/judge.ts';
import { captured, review } from '../support/reviews.ts';

/** Of objects of a megabyte and of thousands of schemas, on a machine that has other things to do. */
const TIMEOUT_MS = 60_000;

type Schema = Readonly<Record<string, unknown>>;

const match = { actions: ['Create', 'Update', 'Delete', 'Exec', 'ScaleDown'] as const, resources: EVERYTHING };
const withSchema = (schema: Schema, failurePolicy: 'Fail' | 'Ignore' = 'Fail') =>
  compiled({ ...match, actions: [...match.actions] }, { failurePolicy, when: [{ violatesSchema: schema }] });

/** What is told of the first violation; undefined if there is none. */
function violation(schema: Schema, of: Review): string | undefined {
  const finding = findingOf(withSchema(schema), of, { parent: { spec: { replicas: 4 }, metadata: { name: 'web' } } });
  if (finding?.reason === 'NotTripped') return undefined;
  return /By the schema, (.*)$/.exec(finding?.message ?? '')?.[1] ?? finding?.message;
}

const create = (object: KubeObject): Review => review({ operation: 'CREATE', object });
/** A schema of spec.a. */
const a = (schema: unknown, more: Schema = {}): Schema => ({
  properties: { spec: { properties: { a: schema } } },
  ...more,
});
const ofA = (value: unknown): KubeObject => ({ spec: { a: value } });
const told = (schema: unknown, value: unknown, more: Schema = {}) => violation(a(schema, more), create(ofA(value)));

// As JSON, since no linter trusts an object that has `then`.
const CONDITIONAL: Schema = JSON.parse('{"if": {"type": "string"}, "then": {"maxLength": 1}, "else": {"minimum": 2}}');

/** Nested objects of one key. */
function nested(levels: number): Schema {
  let schema: Schema = {};
  for (let level = 0; level < levels; level++) schema = { not: schema };
  return schema;
}

describe('an object violates a schema', () => {
  test.each<[string, Schema, unknown, unknown, string]>([
    ['type', { type: 'string' }, 'x', 1, '$.spec.a must be of type string'],
    ['types', { type: ['integer', 'null'] }, null, 1.5, '$.spec.a must be of type integer or null'],
    ['const', { const: 1 }, 1, '1', '$.spec.a must be the one value that is allowed'],
    [
      'const of an object',
      { const: { x: [1] } },
      { x: [1] },
      { x: [2] },
      '$.spec.a must be the one value that is allowed',
    ],
    [
      'enum',
      { enum: [1, null, { b: 1 }] },
      { b: 1 },
      { b: 1, c: 1 },
      '$.spec.a must be one of the values that are allowed',
    ],
    ['minimum', { minimum: 3 }, 3, 2, '$.spec.a must be 3 or more'],
    ['maximum', { maximum: 3 }, 3, 4, '$.spec.a must be 3 or less'],
    ['exclusiveMinimum', { exclusiveMinimum: 3 }, 4, 3, '$.spec.a must be more than 3'],
    ['exclusiveMaximum', { exclusiveMaximum: 3 }, 2, 3, '$.spec.a must be less than 3'],
    ['multipleOf', { multipleOf: 3 }, 6, 7, '$.spec.a must be a multiple of 3'],
    ['minLength', { minLength: 2 }, 'ab', 'a', '$.spec.a must have at least 2 characters'],
    ['minLength in characters', { minLength: 2 }, '😀😀', '😀', '$.spec.a must have at least 2 characters'],
    ['maxLength', { maxLength: 2 }, '😀😀', 'abc', '$.spec.a must have at most 2 characters'],
    ['minLength 0', { minLength: 0, type: 'string' }, '', 0, '$.spec.a must be of type string'],
    ['pattern, anywhere', { pattern: 'b+' }, 'abbc', 'ac', '$.spec.a must match the expression'],
    ['pattern, anchored', { pattern: '^b$' }, 'b', 'ab', '$.spec.a must match the expression'],
    [
      'patterns that differ',
      { allOf: [{ pattern: 'a' }, { pattern: 'b' }] },
      'ab',
      'a',
      '$.spec.a must match the expression',
    ],
    ['pattern with alternatives', { pattern: '^(a|b)$' }, 'b', 'c', '$.spec.a must match the expression'],
    ['format', { format: 'date' }, '2024-02-29', '2023-02-29', '$.spec.a must be written as date'],
    [
      'format date-time',
      { format: 'date-time' },
      '2024-02-29T00:00:00Z',
      '2024-02-29',
      '$.spec.a must be written as date-time',
    ],
    ['format ipv4', { format: 'ipv4' }, '10.0.0.1', '10.0.0.256', '$.spec.a must be written as ipv4'],
    ['format ipv6', { format: 'ipv6' }, '::1', ':1', '$.spec.a must be written as ipv6'],
    ['format hostname', { format: 'hostname' }, 'a.example', 'a_b', '$.spec.a must be written as hostname'],
    ['format int32', { format: 'int32' }, 1, 2 ** 31, '$.spec.a must be written as int32'],
    ['minItems', { minItems: 1 }, [1], [], '$.spec.a must have at least 1 items'],
    ['maxItems', { maxItems: 1 }, [1], [1, 2], '$.spec.a must have at most 1 items'],
    ['uniqueItems', { uniqueItems: true }, ['1', 1], [1, 1], '$.spec.a must not have the same item twice'],
    [
      'uniqueItems of objects',
      { uniqueItems: true },
      [{ b: 1 }, { b: 2 }],
      [
        { b: 1, c: 2 },
        { c: 2, b: 1 },
      ],
      '$.spec.a must not have the same item twice',
    ],
    [
      'uniqueItems of hostile names',
      { uniqueItems: true, items: { type: 'string' } },
      ['__proto__', 'constructor'],
      ['__proto__', '__proto__'],
      '$.spec.a must not have the same item twice',
    ],
    ['items', { items: { type: 'number' } }, [1, 2], [1, 'x'], '$.spec.a[1] must be of type number'],
    [
      'items by place',
      { items: [{ type: 'number' }], additionalItems: false },
      [1],
      [1, 2],
      '$.spec.a must have at most 1 items',
    ],
    [
      'additionalItems',
      { items: [true], additionalItems: { type: 'number' } },
      ['x', 1],
      ['x', 'x'],
      '$.spec.a[1] must be of type number',
    ],
    ['contains', { contains: { const: 1 } }, [2, 1], [2], '$.spec.a must contain an item that is as demanded'],
    ['required', { required: ['b'] }, { b: 1 }, {}, '$.spec.a must have b'],
    [
      'required of a name that every object has',
      { required: ['toString'] },
      { toString: 1 },
      {},
      '$.spec.a must have toString',
    ],
    [
      'properties of such a name',
      { properties: { constructor: false } },
      {},
      { constructor: 1 },
      '$.spec.a.constructor must not be set',
    ],
    ['minProperties', { minProperties: 1 }, { b: 1 }, {}, '$.spec.a must have at least 1 properties'],
    ['maxProperties', { maxProperties: 1 }, { b: 1 }, { b: 1, c: 1 }, '$.spec.a must have at most 1 properties'],
    [
      'additionalProperties',
      { additionalProperties: false, properties: { b: true } },
      { b: 1 },
      { b: 1, 'x/y~z': 1 },
      "$.spec.a['x/y~z'] must not be set",
    ],
    [
      'additionalProperties of __proto__',
      { additionalProperties: false },
      {},
      JSON.parse('{"__proto__": 1}'),
      '$.spec.a.__proto__ must not be set',
    ],
    [
      'additionalProperties by schema',
      { additionalProperties: { type: 'number' } },
      { b: 1 },
      { b: 'x' },
      '$.spec.a.b must be of type number',
    ],
    [
      'patternProperties',
      { patternProperties: { '^x-': { type: 'number' } } },
      { 'x-a': 1, b: 'x' },
      { 'x-a': 'x' },
      '$.spec.a.x-a must be of type number',
    ],
    [
      'propertyNames',
      { propertyNames: { maxLength: 2 } },
      { ab: 1 },
      { abc: 1 },
      '$.spec.a.abc must have another name',
    ],
    ['dependencies', { dependencies: { b: ['c'] } }, { b: 1, c: 1 }, { b: 1 }, '$.spec.a must have c if it has b'],
    [
      'dependencies by schema',
      { dependencies: { b: { required: ['c'] } } },
      { c: 1 },
      { b: 1 },
      '$.spec.a must have c',
    ],
    ['false', { properties: { b: false } }, {}, { b: 1 }, '$.spec.a.b must not be set'],
    ['not', { not: { type: 'string' } }, 1, 'x', '$.spec.a must not be as excluded'],
    ['allOf', { allOf: [{ minimum: 1 }, { maximum: 2 }] }, 2, 3, '$.spec.a must be 2 or less'],
    [
      'anyOf',
      { anyOf: [{ type: 'string' }, { minimum: 2 }] },
      2,
      1,
      '$.spec.a must be as one of the alternatives says',
    ],
    [
      'oneOf',
      { oneOf: [{ minimum: 1 }, { maximum: 2 }] },
      3,
      1,
      '$.spec.a must be as exactly one of the alternatives says',
    ],
    ['if, then', CONDITIONAL, 'x', 'xx', '$.spec.a must have at most 1 characters'],
    ['if, else', CONDITIONAL, 2, 1, '$.spec.a must be 2 or more'],
    [
      'annotations',
      { title: 't', description: 'd', default: 1, examples: [1], $comment: 'c', type: 'number' },
      1,
      'x',
      '$.spec.a must be of type number',
    ],
  ])('by %s', (_name, schema, good, bad, expected) => {
    expect(told(schema, good)).toBeUndefined();
    expect(told(schema, bad)).toBe(expected);
  });

  test('by what a $ref stands for', () => {
    const definitions = { 'x/y': { type: 'number' }, z: { $ref: '#/definitions/x~1y' } };
    expect(told({ items: { $ref: '#/definitions/z' } }, [1], { definitions })).toBeUndefined();
    expect(told({ items: { $ref: '#/definitions/z' } }, [1, 'x'], { definitions })).toBe(
      '$.spec.a[1] must be of type number',
    );
    expect(told({ $ref: '#/$defs/z' }, 'x', { $defs: { z: { type: 'number' } } })).toBe(
      '$.spec.a must be of type number',
    );
  });

  test('of which it is not told what is wrong', () => {
    const secret = 'hunter2-5ecret';
    for (const schema of [
      { const: 1 },
      { enum: [1] },
      { pattern: 'x' },
      { maxLength: 1 },
      { format: 'date' },
      { type: 'number' },
    ]) {
      expect(findingOf(withSchema(a(schema)), create(ofA(secret)))?.message).not.toContain(secret);
    }
  });

  test('as it will be; as it was, where it goes', () => {
    const small = a({ maximum: 2 });
    expect(violation(small, review({ oldObject: ofA(3), object: ofA(2) }))).toBeUndefined();
    expect(violation(small, review({ oldObject: ofA(2), object: ofA(3) }))).toBe('$.spec.a must be 2 or less');
    expect(violation(small, review({ operation: 'DELETE', oldObject: ofA(3) }))).toBe('$.spec.a must be 2 or less');
  });

  test('also where it is changed by a subresource', () => {
    const schema = { properties: { spec: { properties: { replicas: { minimum: 2 } } } } };
    expect(violation(schema, captured('deployment-scale'))).toBe('$.spec.replicas must be 2 or more');
  });

  test('and is not changed by that', () => {
    const of = create({ spec: { b: '1' } });
    const before = JSON.stringify(of);
    violation(
      {
        properties: { spec: { properties: { a: { default: 1 }, b: { type: 'number' } }, additionalProperties: false } },
      },
      of,
    );
    expect(JSON.stringify(of)).toBe(before);
  });

  test.each(['valueOf', 'toString', 'constructor', '__proto__', 'hasOwnProperty'])(
    'with a key called %s, which is a key like any other',
    (key) => {
      const value = JSON.parse(`{"${key}": 1}`);
      expect(told({ const: value }, JSON.parse(`{"${key}": 1}`))).toBeUndefined();
      expect(told({ const: value }, JSON.parse(`{"${key}": 2}`))).toBe(
        '$.spec.a must be the one value that is allowed',
      );
      expect(told({ enum: [value] }, JSON.parse(`{"${key}": {}}`))).toBe(
        '$.spec.a must be one of the values that are allowed',
      );
      expect(told({ uniqueItems: true }, [value, value])).toBe('$.spec.a must not have the same item twice');
      expect(told({ uniqueItems: true }, [value, {}])).toBeUndefined();
    },
  );
});

describe('a schema is refused', () => {
  const refused = (schema: Schema) =>
    compileErrorText(
      compileGuardrail(guardrail({ ...match, actions: [...match.actions] }, { when: [{ violatesSchema: schema }] })),
    );
  const NOT_SUPPORTED = 'must not be set: there is no such keyword in JSON Schema draft 7, or it is not supported';

  test.each<[string, Schema, string]>([
    ['with an unknown keyword', a({ minimun: 1 }), `#/properties/spec/properties/a/minimun: ${NOT_SUPPORTED}`],
    ['with a keyword of a later draft', { unevaluatedProperties: false }, `#/unevaluatedProperties: ${NOT_SUPPORTED}`],
    [
      'with a keyword of a CRD',
      { 'x-kubernetes-int-or-string': true },
      `#/x-kubernetes-int-or-string: ${NOT_SUPPORTED}`,
    ],
    ['with the keyword that is ours', { 'x-meter': true }, `#/x-meter: ${NOT_SUPPORTED}`],
    ['that is asynchronous', { $async: true }, `#/$async: ${NOT_SUPPORTED}`],
    ['with an id', { $id: 'https://example.com/a' }, `#/$id: ${NOT_SUPPORTED}`],
    ['that reads the object for its limits', { minimum: { $data: '1/a' } }, '#/minimum: must be a number'],
    ['with a keyword that every object has', JSON.parse('{"constructor": 1}'), `#/constructor: ${NOT_SUPPORTED}`],
    [
      'of another draft',
      { $schema: 'https://json-schema.org/draft/2020-12/schema' },
      '#/$schema: must be http://json-schema.org/draft-07/schema#, or left out',
    ],
    [
      'with a type that there is not',
      { type: 'strin' },
      '#/type: must be one or more of string, number, integer, boolean, null, object, array',
    ],
    [
      'with no types',
      { type: [] },
      '#/type: must be one or more of string, number, integer, boolean, null, object, array',
    ],
    ['with a negative length', { maxLength: -1 }, '#/maxLength: must be a whole number, not negative'],
    ['with a multiple of nothing', { multipleOf: 0 }, '#/multipleOf: must be a number greater than 0'],
    ['that requires what is no list', { required: 'a' }, '#/required: must be a list of different names'],
    ['that requires a name twice', { required: ['a', 'a'] }, '#/required: must be a list of different names'],
    ['with an empty enum', { enum: [] }, '#/enum: must be a list of one or more values'],
    ['with an empty anyOf', { anyOf: [] }, '#/anyOf: must be a list of one or more schemas'],
    ['with a schema that is none', { not: 'x' }, '#/not: must be a schema: an object, true or false'],
    ['with properties that are no object', { properties: [] }, '#/properties: must be an object of schemas by name'],
    [
      'with a name that the library passes over',
      JSON.parse('{"properties": {"__proto__": false}}'),
      '#/properties/__proto__: must not be called __proto__',
    ],
    [
      'with a keyword under a name with a slash',
      { properties: { 'a/b~c': { x: 1 } } },
      `#/properties/a~1b~0c/x: ${NOT_SUPPORTED}`,
    ],

    ['with an expression that is none', { pattern: '(' }, '#/pattern: must be an RE2 regular expression'],
    ['with a look-ahead', { pattern: '(?=a)' }, '#/pattern: must be an RE2 regular expression'],
    [
      'with a back-reference',
      { patternProperties: { '(a)\\1': true } },
      '#/patternProperties/(a)\\1: must be an RE2 regular expression',
    ],
    [
      'with an expression that is too long',
      { pattern: 'a'.repeat(1025) },
      '#/pattern: must not be longer than 1024 characters',
    ],
    [
      'with an expression that is written out to very much',
      { pattern: 'a{1000}'.repeat(100) },
      '#/pattern: must not repeat so much so often',
    ],
    [
      'with too many expressions',
      { allOf: Array.from({ length: 21 }, (_, i) => ({ pattern: `a${i}` })) },
      '#/allOf/20/pattern: must not be one of more than 20 expressions in all',
    ],
    ['with a format that is not known', { format: 'duration' }, '#/format: must be one of date, time, date-time,'],
    ['with a format of slow expressions', { format: 'uri' }, '#/format: must be one of date, time, date-time,'],

    [
      'that reads another document',
      { $ref: 'https://example.com/schema.json' },
      '#/$ref: must name a definition of this schema, such as #/definitions/name',
    ],
    [
      'that reads a file',
      { $ref: 'file:///etc/passwd' },
      '#/$ref: must name a definition of this schema, such as #/definitions/name',
    ],
    ['that contains itself', { properties: { a: { $ref: '#' } } }, '#/properties/a/$ref: must name a definition'],
    ['that refers to no string', { $ref: 1 }, '#/$ref: must name a definition'],
    [
      'that refers to nothing',
      { $ref: '#/definitions/a' },
      '#/$ref: must name a definition of this schema: there is none of that name',
    ],
    [
      'that refers to what every object has',
      { $ref: '#/definitions/constructor', definitions: {} },
      '#/$ref: must name a definition of this schema: there is none of that name',
    ],
    [
      'that refers in a circle',
      { $ref: '#/$defs/a', $defs: { a: { not: { $ref: '#/$defs/b' } }, b: { not: { $ref: '#/$defs/a' } } } },
      '#/$defs/b/not/$ref: must not lead back to itself',
    ],
    [
      'with a circle that nobody enters',
      { $defs: { a: { not: { $ref: '#/$defs/a' } } } },
      '#/$defs/a/not/$ref: must not lead back to itself',
    ],
    [
      'with something beside a $ref',
      { $defs: { a: {} }, not: { $ref: '#/$defs/a', minimum: 1 } },
      '#/not/minimum: must not stand beside $ref',
    ],

    ['that is nested too deep', nested(33), `#${'/not'.repeat(33)}: must not be nested deeper than 32 levels`],
    [
      'that is nested ten thousand levels deep',
      nested(10_000),
      `#${'/not'.repeat(33)}: must not be nested deeper than 32 levels`,
    ],
    [
      'with a value that is nested too deep',
      { const: nested(33) },
      '#/const: must not be nested deeper than 32 levels',
    ],
    [
      'with too many schemas',
      { properties: Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`a${i}`, {}])) },
      ': must not have more than 200 schemas in all',
    ],
    [
      'with too many values',
      { enum: Array.from({ length: 2000 }, (_, i) => i) },
      '#/enum: must not bring the values of the schema to more than 2000 in all',
    ],
    [
      'that doubles with each $ref',
      {
        $ref: '#/$defs/a0',
        $defs: Object.fromEntries(
          Array.from({ length: 12 }, (_, i) => [
            `a${i}`,
            i === 11 ? {} : { allOf: [{ $ref: `#/$defs/a${i + 1}` }, { $ref: `#/$defs/a${i + 1}` }] },
          ]),
        ),
      },
      ': must not have more than 200 schemas in all, each $ref counted as what it stands for',
    ],
  ])('%s', (_name, schema, message) => {
    const text = refused(schema) ?? '';
    expect(text.startsWith(`spec.when[0].violatesSchema${message}`), text).toBe(true);
    expect(text).not.toContain('; ');
  });

  test('with what is at the limits it is not', () => {
    expect(refused(nested(32))).toBeUndefined();
    expect(
      refused({ properties: Object.fromEntries(Array.from({ length: 199 }, (_, i) => [`a${i}`, {}])) }),
    ).toBeUndefined();
    expect(refused({ $schema: 'http://json-schema.org/draft-07/schema#', title: 'x' })).toBeUndefined();
  });

  test('where a guardrail has more than four', () => {
    const when = (count: number) =>
      compileErrorText(
        compileGuardrail(
          guardrail(
            { ...match, actions: [...match.actions] },
            {
              when: [
                { anyOf: Array.from({ length: count }, () => ({ violatesSchema: {} })) },
                { violatesSchema: {} },
              ] as never,
            },
          ),
        ),
      );
    expect(when(3)).toBeUndefined();
    expect(when(4)).toBe('spec.when: must not have more than 4 schemas in all');
  });
});

describe('what can not be told in time is an error', { timeout: TIMEOUT_MS }, () => {
  const wide = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
  function deep(levels: number): unknown {
    let value: unknown = 1;
    for (let level = 0; level < levels; level++) value = [value];
    return value;
  }
  const many = (schema: unknown, count: number) => ({ allOf: Array.from({ length: count }, () => schema) });

  test.each<[string, unknown, unknown]>([
    ['many schemas for many keys', many({ additionalProperties: { type: 'number' } }, 60), wide(100_000)],
    ['many counts of many keys', many({ maxProperties: 1_000_000 }, 190), wide(100_000)],
    ['expressions for many keys', many({ patternProperties: { '^(a|b|c|d)*$': {} } }, 10), wide(100_000)],
    ['an expression and a long text', { pattern: '([ab]*a[ab]{200}){4}c' }, 'ab'.repeat(500_000)],
    ['many lengths of a long text', many({ maxLength: 600_000 }, 190), '😀'.repeat(500_000)],
    ['items that are nested too deep', { uniqueItems: true }, [deep(5000), 1]],
    ['many items that must be unique', many({ uniqueItems: true }, 190), Array.from({ length: 100_000 }, (_, i) => i)],
  ])('%s', (_name, schema, value) => {
    for (const failurePolicy of ['Fail', 'Ignore'] as const) {
      const finding = findingOf(withSchema(a(schema), failurePolicy), create(ofA(value)));
      expect(finding).toMatchObject({
        reason: 'EvaluationError',
        outcome: failurePolicy === 'Fail' ? 'Denied' : 'Allowed',
      });
      expect(finding?.message).toMatch(
        /It could not be evaluated: it is (too large|nested too deep) to be held against/,
      );
    }
  });

  test.each<[string, unknown, unknown]>([
    ['one schema for many keys', { additionalProperties: { type: 'number' } }, wide(100_000)],
    ['a long text with a short expression', { pattern: '^a+$', maxLength: 1_000_000 }, 'a'.repeat(300_000)],
    ['a format of a long text', many({ format: 'date-time' }, 150), 't'.repeat(1_000_000)],
    ['objects that are as different as can be', { const: { a: 1 } }, wide(100_000)],
    ['an object that is nested too deep for anything else', { type: 'array' }, deep(5000)],
    ['many items that must be unique', { uniqueItems: true }, Array.from({ length: 100_000 }, (_, i) => `${i}`)],
  ])('but not %s', (_name, schema, value) => {
    expect(findingOf(withSchema(a(schema)), create(ofA(value)))?.reason).not.toBe('EvaluationError');
  });

  test('and what one object took is not held against the next', () => {
    const loaded = withSchema(a({ additionalProperties: { type: 'number' } }));
    for (let index = 0; index < 4; index++) {
      expect(findingOf(loaded, create(ofA(wide(100_000))))?.reason).toBe('NotTripped');
    }
  });
});

describe('what a schema says is what the library says by itself', { timeout: TIMEOUT_MS }, () => {
  const key = fc.constantFrom('a', 'b', 'c', 'x-y');
  const json = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      fc.integer({ min: 0, max: 4 }),
      fc.constantFrom('', 'a', 'ab', '😀', '10.0.0.1'),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(key, tie('node'), { maxKeys: 3, noNullPrototype: true }),
    ),
  })).node;
  const count = fc.integer({ min: 0, max: 3 });
  const expression = fc.constantFrom('a', '^a', 'b$', '^$', '[a-b]+');
  const schema = fc.letrec((tie) => {
    const node = tie('schema');
    const nodes = fc.array(node, { minLength: 1, maxLength: 2 });
    const keywords: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
      type: fc.constantFrom('string', 'object', 'array', 'integer', ['string', 'object']),
      const: json,
      enum: fc.array(json, { minLength: 1, maxLength: 3 }),
      minimum: count,
      exclusiveMaximum: count,
      minLength: count,
      maxLength: count,
      pattern: expression,
      format: fc.constant('ipv4'),
      items: fc.oneof(node, nodes),
      additionalItems: node,
      contains: node,
      minItems: count,
      uniqueItems: fc.boolean(),
      properties: fc.dictionary(key, node, { maxKeys: 3, noNullPrototype: true }),
      patternProperties: fc.dictionary(expression, node, { maxKeys: 2, noNullPrototype: true }),
      additionalProperties: node,
      propertyNames: node,
      required: fc.uniqueArray(key, { maxLength: 2 }),
      maxProperties: count,
      dependencies: fc.dictionary(key, fc.oneof(node, fc.uniqueArray(key, { maxLength: 2 })), {
        maxKeys: 2,
        noNullPrototype: true,
      }),
      not: node,
      allOf: nodes,
      anyOf: nodes,
      oneOf: nodes,
      ...Object.fromEntries(['if', 'then', 'else'].map((name) => [name, node])),
    };
    const names = Object.keys(keywords);
    return {
      schema: fc.oneof(
        { maxDepth: 3, weights: [1, 8] } as never,
        fc.boolean(),
        fc
          .uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
          .chain((some) =>
            fc.record(Object.fromEntries(some.map((name) => [name, keywords[name] as fc.Arbitrary<unknown>]))),
          ),
      ),
    };
  }).schema as fc.Arbitrary<Schema | boolean>;

  test('for random schemas and values', () => {
    let violations = 0;
    fc.assert(
      fc.property(schema, fc.array(json, { minLength: 1, maxLength: 4 }), (one, values) => {
        const plain = new Ajv({
          strict: false,
          ownProperties: true,
          logger: false,
          meta: false,
          validateSchema: false,
        });
        plain.addFormat('ipv4', /^10\.0\.0\.1$/);
        const reference = plain.compile({ properties: { spec: { properties: { a: one } } } });
        const loaded = withSchema(a(one));
        for (const value of values) {
          const finding = findingOf(loaded, create(ofA(value)));
          const isGood = reference(ofA(value));
          if (!isGood) violations++;
          expect(finding?.reason).toBe(isGood ? 'NotTripped' : 'Tripped');
        }
      }),
      { numRuns: 300 },
    );
    expect(violations).toBeGreaterThan(100);
  });
});
