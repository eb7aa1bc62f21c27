import { beforeAll, describe, expect, test } from 'vitest';
import { compileExpression } from '../../../../src/policy/cel/expression.ts';
import { EvaluationError } from '../../../../src/policy/evaluation-context.ts';
import { evaluate } from './support/corpus.ts';

const COUNT = 20_000;
const MEGA = 1 << 20;

const list = <T>(make: (index: number) => T, count = COUNT): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** An object as large as the API server takes, made to be slow to look at. */
const hostile = {
  numbers: list((index) => index),
  halves: list(() => 0.5),
  texts: list((index) => `text-${index}`),
  items: list((index) => ({ name: `n${index}`, value: index })),
  sameItems: list((index) => ({ name: `n${index}`, value: index })),
  dates: list(() => '2026-01-01T00:00:00.123Z'),
  durations: list(() => '1h30m10s'),
  quantities: list(() => '1.5Gi'),
  hugeQuantities: list(() => '1e999'),
  wide: Object.fromEntries(list((index) => [`key-${index}`, index])),
  wideToo: Object.fromEntries(list((index) => [`key-${index}`, index + Math.floor(index / (COUNT - 1))])),
  text: 'a'.repeat(MEGA),
  sameText: 'a'.repeat(MEGA),
  almostText: `${'a'.repeat(MEGA - 1)}b`,
  needle: `b${'a'.repeat(1000)}`,
  longNeedle: `b${'a'.repeat(MEGA / 2)}`,
  pairs: 'ab'.repeat(MEGA / 2),
  emoji: '👍'.repeat(MEGA / 2),
  commas: 'a,'.repeat(MEGA / 2),
};

const variables = { object: hostile, oldObject: structuredClone(hostile) };

const nested = (count: number, body: string) => Array.from({ length: count }, () => body).join(' && ');

describe('no expression runs on, whatever the object holds', () => {
  // What is compiled at first use takes time of its own.
  beforeAll(() => void evaluate('object.numbers.all(n, n >= 0)', { object: { numbers: [1] } }));

  test.each([
    ['loops in loops', 'object.numbers.all(a, object.numbers.all(b, a + b >= 0))'],
    ['loops that only fail', 'object.numbers.all(a, object.numbers.exists(b, b.missing))'],
    ['loops over keys', 'object.wide.all(a, object.wide.all(b, a != b || true))'],
    ['loops with much to do', `object.numbers.all(a, ${nested(40, 'a >= 0')})`],
    ['loops that make lists', 'object.numbers.map(a, object.numbers.map(b, [a, b])) == []'],
    ['loops that make maps', `object.numbers.all(a, object.numbers.all(b, {'a': a, 'b': b}.a == a))`],
    ['loops over their own lists', `object.numbers.all(a, ${nested(20, '[a, a, a, a].all(b, a == b)')})`],
    ['membership', 'object.texts.all(a, a in object.texts)'],
    ['membership of objects', 'object.items.all(a, a in object.sameItems)'],
    ['equality of everything', 'object == oldObject && oldObject == object'],
    ['equality again and again', 'object.numbers.exists(a, object.wide == object.wideToo)'],
    ['sizes again and again', 'object.numbers.all(a, size(object.wide) > 0)'],
    ['doubling strings', doubling("'x'", 24, 'size(LAST) > 0')],
    ['doubling long strings', doubling('object.text', 8, 'size(LAST) > 0')],
    ['doubling lists', doubling('object.numbers', 8, 'LAST.all(x, x >= 0)')],
    ['doubling lists of lists', doubling('[1]', 22, 'LAST == LAST', (last) => `[${last}, ${last}]`)],
    ['long strings, compared', 'object.numbers.all(a, object.text == object.sameText)'],
    ['long strings, ordered', 'object.numbers.all(a, object.text < object.almostText)'],
    ['long strings, joined', 'object.numbers.all(a, object.text + string(a) != object.almostText)'],
    ['long strings, as keys', `object.numbers.all(a, !(object.text + string(a) in object.wide))`],
    ['long strings, searched', `object.numbers.all(a, !object.text.contains('b'))`],
    ['long strings, searched for long ones', 'object.text.contains(object.needle)'],
    ['long strings, searched for longer ones', 'object.text.contains(object.longNeedle)'],
    ['long strings, searched backwards', 'object.text.lastIndexOf(object.needle) < 0'],
    [
      'long strings, searched for what almost is there',
      `object.numbers.all(a, !object.pairs.contains('${'ab'.repeat(60)}c'))`,
    ],
    ['long strings, taken apart', `object.text.split('').size() > 0`],
    ['long strings, taken apart at each comma', `object.commas.split(',').size() > 0`],
    ['long strings, replaced', `object.numbers.all(a, object.text.replace('a', 'bbbb') != '')`],
    ['long strings, blown up', `object.text.replace('', object.text).size() > 0`],
    ['long strings, in pieces', 'object.numbers.all(a, object.text.substring(a) != "")'],
    ['long strings of emoji', `object.emoji.charAt(1) == ''`],
    ['lists, joined with long strings', `object.texts.join(object.text) != ''`],
    ['lists, joined again and again', `object.texts.map(t, object.texts.join(t)).size() > 0`],
    ['patterns on long strings', `object.text.matches('(a+)+$')`],
    ['patterns on all strings', `object.texts.all(t, object.texts.all(u, t.matches('^text-[0-9]+$')))`],
    ['patterns that explode', `object.pairs.substring(0, 30000).matches('a[ab]{200}[cd]')`],
    ['times', `object.dates.all(d, ${nested(16, 'timestamp(d).getMonth() >= 0')})`],
    ['durations', `object.durations.all(d, ${nested(16, 'duration(d).getHours() >= 0')})`],
    ['quantities', `object.quantities.all(q, ${nested(16, 'quantity(q).sign() > 0')})`],
    ['quantities of thousands of bits', 'object.hugeQuantities.all(q, quantity(q).add(quantity(q)).sign() > 0)'],
    ['numbers as text', `object.halves.all(a, ${nested(16, "string(a) != ''")})`],
    ['optionals', `object.numbers.all(a, ${nested(16, 'object.?x.?y.?z.orValue(a) == a')})`],
  ])('%s', (_name, expression) => {
    const { reads, evaluate: run } = compileExpression(expression);
    const values = reads.map((name) => variables[name as keyof typeof variables]);
    const started = process.cpuUsage();
    expect(() => run(values)).toThrow(new EvaluationError('it takes too many steps on this object'));
    // Some 10 to 50 ms, of which most is the compiler's: without bounds these would take from seconds to years.
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1000).toBeLessThan(1000);
  });

  test('too many steps are no error that || or a loop could do without', () => {
    expect(() => evaluate('object.numbers.all(a, !(a in object.texts)) || true', variables)).toThrow(EvaluationError);
    expect(() => evaluate('[1].exists(x, object.text.matches("(a+)+$") || x == 1)', variables)).toThrow(
      EvaluationError,
    );
  });

  test.each([
    ['lists', (inner: unknown) => [inner]],
    ['maps', (inner: unknown) => ({ inner })],
  ])('what is nested too deeply is not compared: %s', (_name, wrap) => {
    const deep = () => list(() => 0, 5000).reduce<unknown>(wrap, 0);
    expect(() => evaluate('object == oldObject', { object: deep(), oldObject: deep() })).toThrow(
      new EvaluationError("values nested more than 500 deep can't be compared"),
    );
    expect(() => evaluate('[object] == [oldObject]', { object: deep(), oldObject: deep() })).toThrow(EvaluationError);
  });
});

describe('what is honest fits', () => {
  const containers = list(
    (index) => ({
      name: `c${index}`,
      image: `registry.example.com/team/app-${index}:1.2.${index}`,
      env: list((key) => ({ name: `K${key}`, value: 'v' }), 40),
      resources: { limits: { memory: '512Mi' } },
    }),
    20,
  );
  const object = {
    spec: { containers },
    data: Object.fromEntries(list((index) => [`key-${index}`, 'x'.repeat(100)], 2000)),
  };

  test.each([
    `object.spec.containers.all(c, c.env.all(e, e.name.startsWith('K') && e.value == 'v'))`,
    `object.spec.containers.all(c, c.image.matches('^registry\\\\.example\\\\.com/[a-z]+/[a-z0-9-]+:[0-9.]+$'))`,
    `object.spec.containers.all(c, oldObject.spec.containers.exists(o, o.name == c.name && o.image == c.image))`,
    `object.spec.containers.all(c, quantity(c.resources.limits.memory).isLessThan(quantity('1Gi')))`,
    `object.data.all(k, size(object.data[k]) < 1000)`,
    `object.data == oldObject.data && object == oldObject`,
  ])('%s', (expression) => {
    expect(evaluate(expression, { object, oldObject: structuredClone(object) })).toEqual({ value: true });
  });
});

function doubling(first: string, times: number, body: string, twice = (last: string) => `${last} + ${last}`): string {
  const names = list((index) => `v${index}`, times);
  const bound = names.map((name, index) => `cel.bind(${name}, ${index === 0 ? first : twice(`v${index - 1}`)}, `);
  return `${bound.join('')}${body.replaceAll('LAST', `v${times - 1}`)}${')'.repeat(times)}`;
}
