import type { Decision } from '../../policy/decision.ts';
import type { Explanation, ExplanationStep } from '../../policy/explain/explanation.ts';
import type { Review } from '../../policy/review.ts';
import { targetName } from '../../policy/target-name.ts';
import { verdictOf } from '../../simulation/verdict.ts';
import { counted } from './counted.ts';
import type { Paint } from './paint.ts';
import { oneLine } from './printable.ts';
import { structured } from './structured.ts';

/** How explanations can be printed. */
export const EXPLAIN_FORMATS = ['table', 'json', 'yaml'] as const;

/** What guardrails make of one review. */
export interface ExplainedReview {
  readonly review: Review;
  readonly decision: Decision;
  readonly explanations: readonly Explanation[];
}

/** What guardrails make of a request. */
export interface ExplainReport {
  /** The request itself first, then what it does to other objects. */
  readonly reviews: readonly ExplainedReview[];
  readonly now: Date;
}

/** Whether the request would be let through. */
export function isAllowed({ reviews }: ExplainReport): boolean {
  return reviews.every(({ decision }) => decision.allowed);
}

/** Prints a report. Guardrails that the request does not concern are only counted in a table, unless it is verbose. */
export function explainText(
  report: ExplainReport,
  format: (typeof EXPLAIN_FORMATS)[number],
  { paint, isVerbose, showsAll }: { readonly paint: Paint; readonly isVerbose: boolean; readonly showsAll: boolean },
): string {
  if (format !== 'table') return structured('Explanation', bodyOf(report), format);
  const [first, ...effects] = report.reviews;
  return [
    ...(first === undefined ? [] : reviewLines(first, paint, isVerbose, showsAll)),
    ...effects
      .filter(({ decision }) => isVerbose || decision.findings.length > 0)
      .flatMap((effect) => [paint('Which also does:', 'bold'), ...reviewLines(effect, paint, isVerbose, showsAll)]),
    ...answerLines(report, paint),
    '',
  ].join('\n');
}

function reviewLines(
  { review, explanations }: ExplainedReview,
  paint: Paint,
  isVerbose: boolean,
  showsAll: boolean,
): string[] {
  const shown = byOutcome(explanations).filter((one) => showsAll || isConcerned(one));
  const hidden = explanations.length - shown.length;
  return [
    paint(oneLine(requestText(review)), 'bold'),
    '',
    ...shown.flatMap((one) => [...explanationLines(one, paint, isVerbose), '']),
    ...(hidden === 0
      ? []
      : [paint(`${counted(hidden, 'guardrail')} of other resources or actions (-v shows them)`, 'dim'), '']),
  ];
}

function requestText({ operation, subresource, namespace, name, subject, ...resource }: Review): string {
  const what = `${targetName(resource, name)}${subresource === '' ? '' : ` (${subresource})`}`;
  return `${operation} ${what}${namespace === '' ? '' : ` in ${namespace}`} by ${subject.username} (${subject.groups.join(', ')})`;
}

/** The questions that tell whether a request is of a guardrail's resources and actions at all. */
const ABOUT: ReadonlySet<string> = new Set(['spec.match.resources', 'spec.match.actions']);

const isConcerned = ({ outcome, steps }: Explanation): boolean =>
  outcome.kind === 'Found' || !steps.some(({ field, answer }) => ABOUT.has(field) && answer === 'NotHeld');

/** What matches comes first. */
function byOutcome(explanations: readonly Explanation[]): readonly Explanation[] {
  const isFound = ({ outcome }: Explanation) => outcome.kind === 'Found';
  return [...explanations.filter(isFound), ...explanations.filter((one) => !isFound(one))];
}

function explanationLines(
  { guardrail, outcome, steps, decisive }: Explanation,
  paint: Paint,
  isVerbose: boolean,
): string[] {
  const verdict = outcome.kind === 'Found' ? verdictOf([outcome.finding]) : 'NotMatched';
  const end = decisive === undefined ? steps.length : steps.indexOf(decisive);
  // Of a guardrail that does not match, what would have come later is seldom of interest.
  const last = outcome.kind === 'Found' ? steps.length : end;
  const shown = steps.filter(({ answer }, index) => isVerbose || (answer !== 'NotAsked' && index <= last));
  const width = Math.max(0, ...shown.map(fieldWidth));
  return [
    `${paint(guardrail.name, 'bold')}: ${paint(verdict, STYLES[verdict])}${outcome.kind === 'Found' ? ` (${outcome.finding.reason})` : ''}`,
    ...shown.map((step) =>
      stepLine(step, width, { isLater: steps.indexOf(step) > end, isDecisive: step === decisive, paint }),
    ),
  ];
}

const STYLES = {
  Denied: 'red',
  Error: 'red',
  Warned: 'yellow',
  Audited: 'cyan',
  Allowed: 'green',
  NotMatched: 'dim',
} as const;

const MARKS = { Held: 'yes', NotHeld: 'no', Unknown: '?', NotAsked: '-' } as const satisfies Record<
  ExplanationStep['answer'],
  string
>;

const fieldText = ({ field, isAlternative }: ExplanationStep): string =>
  `${isAlternative ? '  ' : ''}${field.replace(/^spec\./, '')}`;
const fieldWidth = (step: ExplanationStep): number => fieldText(step).length;

interface StepStyle {
  /** Whether evaluation does not come to it. */
  readonly isLater: boolean;
  readonly isDecisive: boolean;
  readonly paint: Paint;
}

function stepLine(step: ExplanationStep, width: number, { isLater, isDecisive, paint }: StepStyle): string {
  const mark = `${isDecisive ? '>' : ' '} ${MARKS[step.answer].padEnd(4)}`;
  const line = `  ${mark}${fieldText(step).padEnd(width)}  ${oneLine(step.why)}`.trimEnd();
  if (isDecisive) return paint(line, 'bold');
  return isLater ? paint(line, 'dim') : line;
}

/** The answer as kubectl would print it, but for the names of the webhook and of the record. */
function answerLines(report: ExplainReport, paint: Paint): string[] {
  const { warnings, denial } = answerOf(report);
  return [
    ...warnings.map((message) => `${paint('Warning:', 'yellow')} ${oneLine(message)}`),
    denial === undefined
      ? paint('The request is allowed.', 'green')
      : `${paint('Error from server (Forbidden):', 'red')} admission webhook denied the request: ${oneLine(denial)}`,
  ];
}

function answerOf({ reviews }: ExplainReport): {
  readonly warnings: readonly string[];
  readonly denial: string | undefined;
} {
  const findings = reviews.flatMap(({ decision }) => decision.findings);
  const told = (wanted: string) => findings.filter(({ outcome }) => outcome === wanted).map(({ message }) => message);
  const denied = told('Denied');
  return { warnings: told('Warned'), denial: denied.length === 0 ? undefined : denied.join('; ') };
}

function bodyOf(report: ExplainReport): Record<string, unknown> {
  const { warnings, denial } = answerOf(report);
  return {
    time: report.now.toISOString(),
    allowed: isAllowed(report),
    ...(denial !== undefined && { message: denial }),
    ...(warnings.length > 0 && { warnings }),
    reviews: report.reviews.map(({ review, explanations }) => ({
      request: requestBody(review),
      guardrails: explanations.map(explanationBody),
    })),
  };
}

const requestBody = ({ operation, group, version, resource, subresource, namespace, name, subject }: Review) => ({
  operation,
  resource: { group, version, resource },
  ...(subresource !== '' && { subresource }),
  ...(namespace !== '' && { namespace }),
  name,
  userInfo: { username: subject.username, groups: subject.groups },
});

function explanationBody({ guardrail, outcome, steps, decisive }: Explanation) {
  return {
    name: guardrail.name,
    ...(outcome.kind === 'Found'
      ? { verdict: verdictOf([outcome.finding]), reason: outcome.finding.reason, message: outcome.finding.message }
      : { verdict: 'NotMatched' }),
    ...(decisive !== undefined && { decisiveField: decisive.field }),
    steps: steps.map(({ field, answer, why, isAlternative, isWarning }) => ({
      field,
      answer,
      why,
      ...(isAlternative && { isAlternative }),
      ...(isWarning && { isWarning }),
    })),
  };
}
