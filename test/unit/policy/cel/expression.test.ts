import { describe, expect, test } from 'vitest';
import { compileExpression } from '../../../../src/policy/cel/expression.ts';
import { Failure } from '../../../../src/policy/cel/values.ts';
import { evaluate } from './support/corpus.ts';

describe('an expression that can not be accepted is told with its position', () => {
  test.each([
    // What is not known.
    ['objct.spec', 'unknown variable "objct"', 1],
    ['object.spec == spec', 'unknown variable "spec"', 16],
    ['[1].all(x, x > y)', 'unknown variable "y"', 16],
    ['[1].all(x, true) && x', 'unknown variable "x"', 21],
    ['namespace.metadata', '"namespace" is a reserved word (read namespaceObject)', 1],
    ['object.a && loop', '"loop" is a reserved word', 13],
    ['object.name.upper()', 'no function upper() with 0 arguments', 13],
    ['object.name  .\n upper ( 1 )', 'no function upper() with 1 argument', 17],
    ['now() > 1', 'no function now() with 0 arguments', 1],
    ['size()', 'no function size() with 0 arguments', 1],
    ['optional.maybe(1)', 'no function optional.maybe() with 1 argument', 10],
    ['cel.bind(x, 1)', 'cel.bind() needs a name, a value and an expression', 5],
    ['HAS(object.a)', 'no function HAS() with 1 argument', 1],
    // Types.
    ['1 + true', 'the types do not fit (int + bool)', 1],
    ["object.a == 1 && 'a' < 1", 'the types do not fit (string < int)', 18],
    ['object.name.startsWith(1)', 'startsWith() does not take int', 13],
    ["size(1) > 0 || 'a'.size() > 0", 'size() does not take int', 1],
    ["request.userInfo.name == 'alice'", 'no field "name"', 18],
    ['has(request.verb)', 'no field "verb"', 13],
    ['action.changes.exists(c, c.old == 1)', 'no field "old"', 28],
    ["request.operation ? 'a' : 'b'", 'the types do not fit (Ternary condition must be bool, got string)', 9],
    [
      "[1, 'a'] == []",
      'the types do not fit (List elements must have the same type, expected type int but found string)',
      5,
    ],
    ['has(object)', 'has() needs a field, as in has(object.spec)', 5],
    ["has(object['a'])", 'has() needs a field, as in has(object.spec)', 5],
    ['[1].all(1, true)', 'a macro needs the name of a variable', 9],
    ['object.a == object.b < 2', '"==" and "<" bind alike: one of them needs parentheses', 10],
    ["'==' == object.b in [1]", '"==" and "in" bind alike: one of them needs parentheses', 6],
    // Literals.
    ['9223372036854775808', 'an integer has more than 64 bits', 1],
    ['1u', 'bytes and unsigned integers are not supported', 1],
    ["b'a' == object.a", 'bytes and unsigned integers are not supported', 1],
    ['{1.5: 1}', 'the key of a map must be a string, an int or a bool', 2],
    ['{"a": 1, "a": 2}', 'a map has the same key twice', 10],
    ["r'\\''", 'a raw string has a quote after a backslash', 1],
    ["timestamp('yesterday') < timestamp(0)", 'timestamp() needs a time as in 2026-01-31T12:00:00Z', 1],
    ["duration('1d') == duration('24h')", 'duration() needs a duration as in 1h30m or 90s', 1],
    ["object.a == quantity('1 Gi')", 'quantity() needs a quantity as in 500m or 1.5Gi', 13],
    // Patterns.
    ["object.a.matches('(')", /^the pattern of matches\(\) must be an RE2 regular expression: .*$/, 18],
    ["object.a.matches('(?=a)')", /^the pattern of matches\(\) must be an RE2 regular expression: .*$/, 18],
    [
      "['a'].exists(x, object.a.matches('['))",
      /^the pattern of matches\(\) must be an RE2 regular expression: .*$/,
      34,
    ],
    [`object.a.matches('${'a'.repeat(1025)}')`, 'the pattern of matches() must not be longer than 1024 characters', 18],
    ["object.a.matches('(a{1,500}){50}')", /^the pattern of matches\(\) must .*$/, 18],
    ['object.a.matches(object.b)', 'the pattern of matches() is not written as a string', 25],
    ["object.a.matches('a' + 'b')", 'the pattern of matches() is not written as a string', 18],
    ['matches(object.a, object.b)', 'the pattern of matches() is not written as a string', 26],
    // Syntax.
    ['', 'something is missing at the end', 1],
    ['object.a ==', 'something is missing at the end', 12],
    ['object.a = 1', '"=" is not expected', 10],
    ['object.a == 1)', '")" is not expected', 14],
    ['object.a == "a', 'a string does not end', 13],
    ["'\\q'", 'a string has an unknown escape', 2],
    ['1e', /a number .*|"e" is not expected/, 2],
    ['été == 1', '"é" is not expected', 1],
    ['\0', '"\\u0000" is not expected', 1],
  ] as const)('%j', (expression, what, position) => {
    const message = evaluate(expression, {});
    if (typeof message !== 'string') throw new Error('it compiles');
    const [, told, at] = /^must be a CEL expression: (.*) at position (\d+)$/s.exec(message) ?? [];
    if (typeof what === 'string') expect(told?.replace(/ \(there are .*\)$/, '')).toBe(what);
    else expect(told).toMatch(what);
    expect(Number(at)).toBe(position);
  });

  test('an unknown variable is told with those that there are', () => {
    expect(() => compileExpression('spec')).toThrow(
      'unknown variable "spec" (there are object, oldObject, target, options, namespaceObject, request, action)',
    );
  });
});

describe('an expression has limits', () => {
  const times = (count: number, text: string, between = '') => Array.from({ length: count }, () => text).join(between);

  test.each([
    ['a length', times(1500, 'true', '&&'), /^must not be longer than 4096 characters$/],
    ['many parts', times(300, 'true', '||'), /more than 500 parts/],
    ['many negations', `${times(4000, '!')}true`, /more than 500 parts/],
    ['deep parentheses', `${times(1000, '(')}true${times(1000, ')')}`, /more than 50 levels/],
    ['deep lists', `${times(1000, '[')}${times(1000, ']')}`, /more than 50 levels/],
    ['deep maps', `${times(500, '{1:')}1${times(500, '}')}`, /more than 50 levels/],
    ['deep calls', `${times(500, 'dyn(')}1${times(500, ')')}`, /more than 50 levels/],
    ['deep conditions', `${times(300, 'true?')}1${times(300, ':2')}`, /more than 50 levels/],
    ['a long path', `object${times(1000, '.a')}`, /more than 50 levels/],
    ['a long list', `[${times(101, '1', ',')}] == []`, /more than 100 items in a list/],
    [
      'a large map',
      `{${Array.from({ length: 101 }, (_, key) => `${key}:1`).join()}} == {}`,
      /more than 100 entries in a map/,
    ],
    ['many arguments', `size(${times(9, '1', ',')})`, /more than 8 arguments/],
    [
      'loops in loops',
      'object.all(a, object.all(b, object.exists(c, true)))',
      /more than 2 loops inside of each other/,
    ],
    ['loops in maps', 'object.map(a, object.filter(b, object.exists_one(c, true)))', /more than 2 loops/],
    [
      'many patterns',
      Array.from({ length: 17 }, (_, n) => `object.a.matches('${n}')`).join('||'),
      /more than 16 regular expressions/,
    ],
  ])('of %s', (_name, expression, message) => {
    const started = process.cpuUsage();
    expect(evaluate(expression, {})).toMatch(message);
    // Parsing takes milliseconds. What is exponential would take minutes.
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(1000);
  });

  test.each([
    ['loops that follow each other', 'object.a.filter(a, true).map(b, 1).exists(c, c == 1) || object.a.all(d, true)'],
    ['two hundred parts', times(200, 'true', '&&')],
    ['some forty levels', `${times(40, '(')}true${times(40, ')')}`],
    ['sixteen patterns', Array.from({ length: 16 }, (_, n) => `object.b.matches('${n}')`).join('||')],
  ])('that leave room for %s', (_name, expression) => {
    expect(evaluate(expression, { object: { a: [1], b: 'x' } })).toEqual({ value: expect.any(Boolean) });
  });
});

describe('an expression without a value tells why, and where', () => {
  const object = {
    token: 'hunter2',
    list: ['hunter2'],
    number: 3,
    half: 0.5,
    map: { hunter2: 1 },
    nothing: null,
    large: 9007199254740991,
  };

  test.each([
    ['object.missing', 'no such key "missing"', 8],
    ['object.map.missing.deeper', 'no such key "missing"', 12],
    ["object['missing']", 'no such key "missing"', 8],
    ['object.map[object.missing]', 'no such key "missing"', 19],
    ['object.map[object.list[0] + object.token]', 'no such key or index', 12],
    ['object[object.token]', 'no such key or index', 8],
    ['object.list[7]', 'no such index 7', 13],
    ['object.list[object.number]', 'no such key or index', 13],
    ['object.token.field', 'no such key "field"', 14],
    ['object.nothing.field', 'no such key "field"', 16],
    ['has(object.missing.field)', 'no such key "missing"', 12],
    ['object.number / (object.number - 3)', 'division by zero', 15],
    ['object.number % 0', 'division by zero', 15],
    ['object.large * object.large', 'an integer overflows 64 bits', 14],
    ['-(object.number * -9223372036854775807)', 'an integer overflows 64 bits', 17],
    ['object.token + object.number', '"+" can\'t take string and int', 14],
    ['object.number * object.half', '"*" can\'t take int and double', 15],
    ['object.token < object.number', '"<" can\'t take string and int', 14],
    ['-object.token', '"-" can\'t take string', 1],
    ['!object.token', '"!" can\'t take string', 1],
    ['object.token && true', '"&&" can\'t take string and bool', 14],
    ['object.nothing || false', '"||" can\'t take null_type and bool', 16],
    ['object.token ? 1 : 2', 'a condition has type string, not bool', 1],
    ['object.list.all(x, x)', 'a condition has type string, not bool', 20],
    ['object.list.filter(x, x)', 'a condition has type string, not bool', 23],
    ['object.token.all(x, true)', '"all" can\'t take string', 1],
    ['1 in object.token', '"in" needs a list or a map, not string', 3],
    ['object.number.startsWith(object.token)', 'startsWith() does not take int, string', 15],
    ['size(object.number)', 'size() does not take int', 1],
    ['int(object.token)', 'int() needs the digits of an integer of 64 bits', 1],
    ['double(object.token)', 'double() needs a number', 1],
    ['bool(object.token)', 'bool() needs the text true or false', 1],
    ['timestamp(object.token)', 'timestamp() needs a time as in 2026-01-31T12:00:00Z', 1],
    ['duration(object.token)', 'duration() needs a duration as in 1h30m or 90s', 1],
    ['quantity(object.token)', 'quantity() needs a quantity as in 500m or 1.5Gi', 1],
    ['quantity(string(object.half)).asInteger()', 'the quantity is not an integer of 64 bits', 31],
    ['object.token.charAt(object.number + 9)', 'the position is outside of the string', 14],
    ['object.?missing.value()', 'the optional has no value', 17],
    ['object.half / 0.0 - object.half / 0.0 < 1.0', 'NaN has no order', 39],
    ['[object.number].join()', 'join() needs a list of strings', 17],
    ['{object.half: 1}', 'the key of a map must be a string, an int or a bool', 2],
    ['{object.token: 1, object.list[0]: 2}', 'a map has the same key twice', 19],
    ['timestamp(object.large)', 'a timestamp must be within the years 1 to 9999', 1],
    ['object.token.matches("a") || object.number.matches("a")', '"matches" can\'t take int', 44],
  ])('%s', (expression, reason, position) => {
    const result = evaluate(expression, { object });
    expect(result).toEqual({ value: new Failure(reason, position) });
    // Nothing that was read is told: it may be secret.
    expect(reason).not.toContain('hunter2');
  });
});

test('an expression knows which variables it reads', () => {
  const reads = (expression: string) => compileExpression(expression).reads;
  expect(reads('1 == 1')).toEqual([]);
  expect(reads('object.a == oldObject.a && has(target.b)')).toEqual(['object', 'oldObject', 'target']);
  expect(reads('[1].exists(object, object == 1)')).toEqual([]);
  expect(reads('[1].exists(x, cel.bind(target, x, target == namespaceObject.a))')).toEqual(['namespaceObject']);
  expect(reads("'object.a' == request.name // options")).toEqual(['request']);
});
