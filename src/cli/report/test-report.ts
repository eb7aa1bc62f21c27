import { positionText } from '../documents/position.ts';
import { type Problem, problemText } from '../documents/problem.ts';
import type { TestGroup, TestOutcome } from '../testing/test-outcome.ts';
import { counted } from './counted.ts';
import type { ReportFormat } from './formats.ts';
import { type Annotation, annotations } from './github.ts';
import { type JUnitCase, junit } from './junit.ts';
import type { Paint } from './paint.ts';
import { oneLine } from './printable.ts';
import { structured } from './structured.ts';

/** A Guardrail in whose place nothing was run. */
export interface Untested {
  readonly name: string;
  readonly position: Problem['position'];
}

/** What became of all tests. */
export interface TestReport {
  readonly groups: readonly TestGroup[];
  /** What kept tests from being run. */
  readonly problems: readonly Problem[];
  /** Guardrails that nothing tests. */
  readonly untested: readonly Untested[];
  /** Whether these have failed for that. */
  readonly requiresTests: boolean;
}

/** How a report is printed. */
export interface TestReportStyle {
  readonly format: ReportFormat;
  readonly paint: Paint;
  /** Whether tests that passed are listed too. */
  readonly isVerbose: boolean;
  readonly cwd: string;
}

/** Prints a report. */
export function testText(report: TestReport, { format, paint, isVerbose, cwd }: TestReportStyle): string {
  switch (format) {
    case 'table':
      return table(report, paint, isVerbose);
    case 'json':
    case 'yaml':
      return structured('TestReport', bodyOf(report), format);
    case 'junit':
      return junitOf(report);
    case 'github':
      return annotations(annotationsOf(report), cwd);
    default:
      throw new Error(`unknown format ${format satisfies never}`);
  }
}

/** Whether anything failed that was run. */
export function hasFailed({ groups, untested, requiresTests }: TestReport): boolean {
  return groups.some(({ tests }) => tests.some(({ passed }) => !passed)) || (requiresTests && untested.length > 0);
}

const NO_TESTS = 'has no tests';

function table(report: TestReport, paint: Paint, isVerbose: boolean): string {
  const { groups, problems, untested, requiresTests } = report;
  const bad = paint('FAIL', 'red');
  return [
    ...problems.map(
      (problem) => `${paint('ERROR', 'red')} ${placed(problem, paint)}: ${oneLine(problemText(problem))}`,
    ),
    ...groups.flatMap((group) => groupLines(group, paint, isVerbose)),
    ...(requiresTests
      ? untested.map((one) => `${bad}  ${oneLine(one.name)}  ${NO_TESTS} (${positionText(one.position)})`)
      : []),
    ...(groups.length + problems.length > 0 ? [''] : []),
    summaryText(report, paint),
    '',
  ].join('\n');
}

const placed = ({ position }: { readonly position: Problem['position'] }, paint: Paint): string =>
  paint(oneLine(positionText(position)), 'bold');

function groupLines({ name, tests }: TestGroup, paint: Paint, isVerbose: boolean): string[] {
  const passed = tests.filter((test) => test.passed).length;
  const isGood = passed === tests.length;
  const count = isGood ? counted(tests.length, 'test') : `${passed} of ${counted(tests.length, 'test')} passed`;
  const head = `${isGood ? paint('ok  ', 'green') : paint('FAIL', 'red')}  ${oneLine(name)}  ${paint(count, 'dim')}`;
  return [head, ...tests.flatMap((test) => testLines(test, paint, isVerbose))];
}

function testLines(test: TestOutcome, paint: Paint, isVerbose: boolean): string[] {
  if (test.passed) return isVerbose ? [`        ${paint('ok', 'green')}    ${oneLine(test.name)}`] : [];
  const rows = [
    ['expected', test.expected],
    ['got', test.actual],
    // Where the answer is as expected, or there was none, this says what is wrong.
    ['but', test.why.startsWith('expected a message') || test.actual === 'Invalid' ? test.why : ''],
    ['why', test.reason],
    ['message', test.message],
  ] as const;
  return [
    `        ${paint('FAIL', 'red')}  ${oneLine(test.name)}`,
    `              ${placed(test, paint)}`,
    ...rows
      .filter(([, text]) => text !== '')
      .map(([title, text]) => `              ${title.padEnd(9)} ${oneLine(text)}`),
  ];
}

function summaryText({ groups, problems, untested, requiresTests }: TestReport, paint: Paint): string {
  const tests = groups.flatMap((group) => group.tests);
  const failed = tests.filter(({ passed }) => !passed).length;
  const parts = [
    `${counted(tests.length, 'test')}: ${tests.length - failed} passed, ${failed} failed`,
    ...(problems.length === 0 ? [] : [counted(problems.length, 'error')]),
    ...(untested.length === 0 ? [] : [`${counted(untested.length, 'guardrail')} without tests`]),
  ];
  const isGood = failed === 0 && problems.length === 0 && !(requiresTests && untested.length > 0);
  return paint(parts.join('; '), isGood ? 'green' : 'red');
}

function bodyOf({ groups, problems, untested, requiresTests }: TestReport): Record<string, unknown> {
  const tests = groups.flatMap((group) => group.tests);
  const passed = tests.filter((test) => test.passed).length;
  return {
    summary: {
      tests: tests.length,
      passed,
      failed: tests.length - passed,
      errors: problems.length,
      untested: untested.length,
      requiresTests,
    },
    problems: problems.map(({ position, field, message }) => ({
      ...position,
      ...(field !== undefined && { field }),
      message,
    })),
    groups: groups.map((group) => ({
      kind: group.kind,
      name: group.name,
      ...group.position,
      tests: group.tests.map(testBody),
    })),
    untested: untested.map(({ name, position }) => ({ name, ...position })),
  };
}

const testBody = ({ position, guardrail, reason, message, why, seconds, ...test }: TestOutcome) => ({
  name: test.name,
  ...position,
  ...(guardrail !== undefined && { guardrail }),
  passed: test.passed,
  expected: test.expected,
  actual: test.actual,
  ...(why !== '' && { why }),
  ...(reason !== '' && { reason }),
  ...(message !== '' && { message }),
  seconds: Number(seconds.toFixed(6)),
});

/** Why a test failed, in lines. */
function failureText({ position, why, reason, message }: TestOutcome): string {
  return [
    `${positionText(position)}: ${why}`,
    ...(reason === '' ? [] : [`why: ${reason}`]),
    ...(message === '' ? [] : [`message: ${message}`]),
  ].join('\n');
}

function junitOf({ groups, problems, untested, requiresTests }: TestReport): string {
  const errors = problems.map(
    (problem): JUnitCase => ({
      name: positionText(problem.position),
      classname: problem.position.file,
      seconds: 0,
      fault: {
        kind: 'error',
        type: 'Input',
        message: problemText(problem),
        text: `${positionText(problem.position)}: ${problemText(problem)}`,
      },
    }),
  );
  const missing = untested.map(
    ({ name, position }): JUnitCase => ({
      name,
      classname: position.file,
      seconds: 0,
      fault: { kind: 'failure', type: 'Untested', message: NO_TESTS, text: `${positionText(position)}: ${NO_TESTS}` },
    }),
  );
  return junit('guardrails test', [
    ...(errors.length === 0 ? [] : [{ name: 'input', cases: errors }]),
    ...groups.map((group) => ({ name: group.name, cases: group.tests.map((test) => caseOf(group, test)) })),
    ...(requiresTests && missing.length > 0 ? [{ name: 'without tests', cases: missing }] : []),
  ]);
}

const caseOf = (group: TestGroup, test: TestOutcome): JUnitCase => ({
  name: test.name,
  classname: group.name,
  seconds: test.seconds,
  ...(!test.passed && {
    fault: { kind: 'failure' as const, type: test.actual, message: test.why, text: failureText(test) },
  }),
});

function annotationsOf({ groups, problems, untested, requiresTests }: TestReport): Annotation[] {
  return [
    ...problems.map((problem) => ({
      level: 'error' as const,
      position: problem.position,
      title: 'guardrails test',
      message: problemText(problem),
    })),
    ...groups.flatMap(({ name, tests }) =>
      tests
        .filter(({ passed }) => !passed)
        .map((test) => ({
          level: 'error' as const,
          position: test.position,
          title: `${name}: ${test.name}`,
          message: failureText(test),
        })),
    ),
    ...(requiresTests ? untested : []).map(({ name, position }) => ({
      level: 'error' as const,
      position,
      title: name,
      message: `Guardrail "${name}" ${NO_TESTS}`,
    })),
  ];
}
