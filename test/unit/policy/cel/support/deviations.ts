import type { Outcome } from './corpus.ts';

/** Where we do not do as cel-go does in Kubernetes, and why. docs/cel.md tells it to those who write expressions. */
export interface Deviation {
  readonly why: string;
  readonly ours: Outcome;
  readonly expressions: readonly string[];
}

export const DEVIATIONS: readonly Deviation[] = [
  {
    why: 'Kubernetes objects hold no bytes and no unsigned integers',
    ours: 'refused',
    expressions: ['1u', '1u + 1u', 'uint(1)', "b'abc'", "bytes('abc')", 'type(1u) == uint', "type(b'') == bytes"],
  },
  {
    why: 'functions that are not ours: of lists, sets, addresses, URLs, formats and times of day elsewhere',
    ours: 'refused',
    expressions: [
      "'%s is %d'.format(['a', 1])",
      "strings.quote('a')",
      'object.text.reverse()',
      '[1, 2].sum()',
      'object.numbers.indexOf(1)',
      '[3, 1].sort()',
      'lists.range(3)',
      'sets.contains([1], [1])',
      "url('https://example.com').getHost()",
      "ip('10.0.0.1').family()",
      "timestamp(object.date).getHours('America/New_York')",
      "timestamp(object.date).getHours('+02:00')",
      "string(timestamp('2026-03-01T12:34:56.120Z'))",
      "string(duration('90s'))",
      "string(duration('1.5s'))",
      'object.?one.optMap(v, v + 1).orValue(0)',
      'optional.ofNonZeroValue(object.zero).hasValue()',
      'type(object.?one)',
    ],
  },
  {
    why: 'syntax that is not ours: loops with two variables, optional entries of literals, numbers and names that begin with a dot',
    ours: 'refused',
    expressions: [
      '[1, 2].all(i, v, i < v)',
      '[?object.?one, ?object.?missing]',
      "{?'a': object.?missing}",
      '.5',
      '.object.one',
      '[,]',
      'r"a\\"',
    ],
  },
  {
    why: 'the parser would let == bind weaker than <',
    ours: 'refused',
    expressions: ['object.yes != object.one in object.numbers'],
  },
  {
    why: 'an expression must not cost too much',
    ours: 'refused',
    expressions: ['[1, 2].all(i, [3, 4].all(j, [5].all(k, i < j && j < k)))', 'object.text.matches(object.text)'],
  },
  {
    why: 'the types of an empty list can not be told',
    ours: 'refused',
    expressions: ['[].all(i, i > 0)', '[].exists(i, i > 0)'],
  },
  {
    why: 'a mistake that is certain is told at once',
    ours: 'refused',
    expressions: [
      "{'a': 1, 'a': 2}",
      "{1.5: 'x'}",
      "{null: 'x'}",
      "quantity('200K')",
      "quantity('')",
      "quantity('1 Gi')",
      "quantity('1,3G')",
      "quantity('1') == null",
    ],
  },
  {
    why: 'the keys of maps are strings, ints and bools',
    ours: 'no value',
    expressions: ["{[1]: 'x'}", '{object.half: 1}'],
  },
  {
    why: 'texts that Go reads and nobody writes',
    ours: 'refused',
    expressions: ["double('1_0')", "timestamp('2026-01-01T1:00:00Z')"],
  },
  {
    why: 'a number never equals a quantity, and that is not meant',
    ours: 'no value',
    expressions: ["object.one == quantity('1')"],
  },
  {
    why: 'cel-go takes !! and -- away, whatever they stand before',
    ours: 'no value',
    expressions: ['!!object.one', '- -object.text'],
  },
  // What follows is accepted by us alone, or more exact.
  {
    why: 'fields of the request can be read as those of a map',
    ours: 'bool true',
    expressions: ["request['operation'] == 'UPDATE'"],
  },
  { why: '1.0 finds the key 1, as it does elsewhere', ours: 'string "x"', expressions: ["{1: 'x'}[1.0]"] },
  { why: 'the type of a key is not checked', ours: 'no value', expressions: ["{'a': 1}[1]"] },
  { why: 'the parser takes more', ours: 'int 31', expressions: ['0X1F'] },
  { why: 'the parser takes more', ours: 'int 1', expressions: ['true ? true ? 1 : 2 : 3'] },
  {
    why: 'Kubernetes documents sign() as a method, and has a function',
    ours: 'int -1',
    expressions: ["quantity('1').sub(quantity('2')).sign()", "quantity('-5m').sign()"],
  },
  {
    why: 'Kubernetes documents sign() as a method, and has a function',
    ours: 'int 0',
    expressions: ["quantity('0').sign()"],
  },
  {
    why: 'Kubernetes tells by how a quantity is stored whether it is an integer, we by its value',
    ours: 'bool true',
    expressions: ["quantity('2000m').isInteger()", "quantity('9223372036854775807').isInteger()"],
  },
  {
    why: 'Kubernetes tells by how a quantity is stored whether it is an integer, we by its value',
    ours: 'int 2',
    expressions: ["quantity('2000m').asInteger()"],
  },
  {
    why: 'Kubernetes tells by how a quantity is stored whether it is an integer, we by its value',
    ours: 'int 1152921504606846976',
    expressions: ["quantity('1Ei').asInteger()"],
  },
  {
    why: 'Kubernetes tells by how a quantity is stored whether it is an integer, we by its value',
    ours: 'int 9223372036854775807',
    expressions: ["quantity('8Ei').asInteger()"],
  },
];
