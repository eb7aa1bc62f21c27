/** Tests of one guardrail, suite or file. */
export interface JUnitSuite {
  readonly name: string;
  readonly cases: readonly JUnitCase[];
}

/** One test. */
export interface JUnitCase {
  readonly name: string;
  readonly classname: string;
  readonly seconds: number;
  /** What went wrong: an error is no answer, a failure is the wrong one. */
  readonly fault?: {
    readonly kind: 'failure' | 'error';
    readonly type: string;
    readonly message: string;
    readonly text: string;
  };
}

/** The report in the XML that CI servers read, with no more attributes than all of their schemas know. */
export function junit(name: string, suites: readonly JUnitSuite[]): string {
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>'];
  const all = suites.flatMap(({ cases }) => cases);
  lines.push(`<testsuites ${attributes({ name, ...counts(all) })}>`);
  for (const suite of suites) {
    lines.push(`  <testsuite ${attributes({ name: suite.name, ...counts(suite.cases), skipped: '0' })}>`);
    for (const one of suite.cases) lines.push(...caseLines(one));
    lines.push('  </testsuite>');
  }
  lines.push('</testsuites>', '');
  return lines.join('\n');
}

function caseLines({ name, classname, seconds, fault }: JUnitCase): string[] {
  const head = `    <testcase ${attributes({ name, classname, time: timeText(seconds) })}`;
  if (fault === undefined) return [`${head}/>`];
  const { kind, type, message, text } = fault;
  return [`${head}>`, `      <${kind} ${attributes({ message, type })}>${escaped(text)}</${kind}>`, '    </testcase>'];
}

function counts(cases: readonly JUnitCase[]): Record<string, string> {
  const ofKind = (kind: 'failure' | 'error') => cases.filter(({ fault }) => fault?.kind === kind).length;
  return {
    tests: String(cases.length),
    failures: String(ofKind('failure')),
    errors: String(ofKind('error')),
    time: timeText(cases.reduce((sum, { seconds }) => sum + seconds, 0)),
  };
}

const timeText = (seconds: number): string => seconds.toFixed(3);

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(
      ([name, value]) =>
        `${name}="${escaped(value)
          .replaceAll('"', '&quot;')
          .replaceAll(/[\t\n\r]/g, ' ')}"`,
    )
    .join(' ');
}

/** What XML 1.0 can't hold, however it is written. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(FORBIDDEN, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
