import { expect, test } from 'vitest';
import { HELP, parseOptions, SECTIONS } from '../../../scripts/bench/options.ts';
import { UsageError } from '../../../src/cli/command.ts';

test('without flags everything is measured, in five rounds of a second', () => {
  expect(parseOptions([])).toEqual({
    sections: new Set(SECTIONS),
    rounds: 5,
    seconds: 1,
    format: 'table',
    isCheck: false,
  });
});

test.each<[string, readonly string[], object]>([
  ['one section', ['--only', 'engine'], { sections: new Set(['engine']) }],
  ['two sections', ['--only', 'engine', '--only=start'], { sections: new Set(['engine', 'start']) }],
  ['a quick run', ['--quick'], { rounds: 2, seconds: 0.3 }],
  ['a quick run of more rounds', ['--quick', '--rounds', '7'], { rounds: 7, seconds: 0.3 }],
  ['the least', ['--rounds=1', '--seconds=0.1'], { rounds: 1, seconds: 0.1 }],
  ['the most', ['--rounds=50', '--seconds=30'], { rounds: 50, seconds: 30 }],
  ['JSON', ['-o', 'json'], { format: 'json' }],
  ['YAML', ['--output=yaml'], { format: 'yaml' }],
  ['a check', ['--check'], { isCheck: true }],
])('%s', (_name, argv, expected) => {
  expect(parseOptions(argv)).toMatchObject(expected);
});

test.each<[readonly string[], string]>([
  [['--rounds', '0'], '--rounds must be a whole number from 1 to 50, not "0"'],
  [['--rounds', '51'], '--rounds must be a whole number from 1 to 50, not "51"'],
  [['--rounds', '2.5'], '--rounds must be a whole number from 1 to 50, not "2.5"'],
  [['--rounds', ''], '--rounds must be a whole number'],
  [['--seconds', '0.05'], '--seconds must be a number from 0.1 to 30, not "0.05"'],
  [['--seconds', '31'], '--seconds must be a number from 0.1 to 30, not "31"'],
  [['--seconds', '1e1'], '--seconds must be a number'],
  [['--only', 'all'], '--only must be engine, start, direct, api-server, not "all"'],
  [['-o', 'csv'], '--output must be table, json, yaml, not "csv"'],
  [['--fast'], "Unknown option '--fast'"],
  [['now'], 'Unexpected argument'],
])('%j is refused', (argv, message) => {
  expect(() => parseOptions(argv)).toThrow(UsageError);
  expect(() => parseOptions(argv)).toThrow(message);
});

test('the help names every section', () => {
  for (const section of SECTIONS) expect(HELP).toContain(section);
});
