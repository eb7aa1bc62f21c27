import { type Position, positionText } from '../documents/position.ts';
import { counted } from './counted.ts';
import type { ReportFormat } from './formats.ts';
import { type Annotation, annotations } from './github.ts';
import { type JUnitSuite, junit } from './junit.ts';
import type { Paint, Style } from './paint.ts';
import { oneLine } from './printable.ts';
import { structured } from './structured.ts';

/** How grave a finding is, the gravest first. */
export const LINT_LEVELS = ['error', 'warning', 'info'] as const;

/** One of `LINT_LEVELS`. */
export type LintLevel = (typeof LINT_LEVELS)[number];

/** Something that is wrong with a file, or hardly what its author means. */
export interface LintEntry {
  readonly level: LintLevel;
  readonly rule: string;
  readonly position: Position;
  /** The Guardrail that it is about; undefined if the file is not known to hold one there. */
  readonly guardrail: string | undefined;
  readonly field: string | undefined;
  readonly message: string;
}

/** What was found in all files. */
export interface LintReport {
  readonly entries: readonly LintEntry[];
  /** Every Guardrail that was looked at, found faulty or not, with its place. */
  readonly guardrails: readonly { readonly name: string; readonly position: Position }[];
  readonly files: number;
}

/** Prints a report. */
export function lintText(report: LintReport, format: ReportFormat, paint: Paint, cwd: string): string {
  switch (format) {
    case 'table':
      return table(report, paint);
    case 'json':
    case 'yaml':
      return structured('LintReport', bodyOf(report), format);
    case 'junit':
      return junit('guardrails lint', suitesOf(report));
    case 'github':
      return annotations(report.entries.map(annotationOf), cwd);
    default:
      throw new Error(`unknown format ${format satisfies never}`);
  }
}

const STYLES: Readonly<Record<LintLevel, Style>> = { error: 'red', warning: 'yellow', info: 'cyan' };

const textOf = ({ field, message }: LintEntry): string =>
  field === undefined || field === '' ? message : `${field}: ${message}`;

function table({ entries, guardrails, files }: LintReport, paint: Paint): string {
  const lines = entries.map((entry) => {
    const level = paint(entry.level, STYLES[entry.level]);
    const rule = paint(`[${entry.rule}]`, 'dim');
    return `${paint(oneLine(positionText(entry.position)), 'bold')}: ${level}: ${oneLine(textOf(entry))} ${rule}\n`;
  });
  const counts = LINT_LEVELS.map((level) => ({ level, count: entries.filter((entry) => entry.level === level).length }))
    .filter(({ count }) => count > 0)
    .map(({ level, count }) => (level === 'info' ? `${count} info` : counted(count, level)));
  const what = `${counted(guardrails.length, 'guardrail')} in ${counted(files, 'file')}`;
  const summary = counts.length === 0 ? `${what}: nothing to complain of` : `${what}: ${counts.join(', ')}`;
  return `${lines.join('')}${lines.length === 0 ? '' : '\n'}${summary}\n`;
}

function bodyOf({ entries, guardrails, files }: LintReport): Record<string, unknown> {
  const ofLevel = (wanted: LintLevel) => entries.filter(({ level }) => level === wanted).length;
  return {
    summary: {
      guardrails: guardrails.length,
      files,
      errors: ofLevel('error'),
      warnings: ofLevel('warning'),
      infos: ofLevel('info'),
    },
    findings: entries.map(({ level, rule, position, guardrail, field, message }) => ({
      level,
      rule,
      ...position,
      ...(guardrail !== undefined && { guardrail }),
      ...(field !== undefined && field !== '' && { field }),
      message,
    })),
  };
}

/** A case for each Guardrail, so that a clean one shows as passed, and one for each finding. */
function suitesOf({ entries, guardrails }: LintReport): JUnitSuite[] {
  const files = new Set([
    ...guardrails.map(({ position }) => position.file),
    ...entries.map(({ position }) => position.file),
  ]);
  const byFile = Map.groupBy(entries, ({ position }) => position.file);
  const named = Map.groupBy(guardrails, ({ position }) => position.file);
  return [...files].map((file) => {
    const found = byFile.get(file) ?? [];
    const faulty = new Set(found.map(({ guardrail }) => guardrail));
    const clean = (named.get(file) ?? []).filter(({ name }) => !faulty.has(name));
    return {
      name: file,
      cases: [
        ...clean.map(({ name }) => ({ name, classname: file, seconds: 0 })),
        ...found.map((entry) => ({
          name: `${entry.guardrail ?? file}: ${entry.rule}`,
          classname: file,
          seconds: 0,
          ...(entry.level !== 'info' && {
            fault: {
              kind: entry.level === 'error' ? ('error' as const) : ('failure' as const),
              type: entry.rule,
              message: textOf(entry),
              text: `${positionText(entry.position)}: ${entry.level}: ${textOf(entry)}`,
            },
          }),
        })),
      ],
    };
  });
}

const ANNOTATION_LEVELS = { error: 'error', warning: 'warning', info: 'notice' } as const;

const annotationOf = (entry: LintEntry): Annotation => ({
  level: ANNOTATION_LEVELS[entry.level],
  position: entry.position,
  title: entry.guardrail === undefined ? entry.rule : `${entry.guardrail}: ${entry.rule}`,
  message: textOf(entry),
});
