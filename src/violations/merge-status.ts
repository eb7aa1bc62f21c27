import type { GuardrailViolation, GuardrailViolationStatus, ViolationRange } from '../api/v1alpha1.ts';
import { microTime } from './micro-time.ts';
import type { OwnFigures } from './pending-record.ts';

/** As many rows as the CRD allows. */
const MAX_RANGES = 64;

/** Stands for the runs whose rows had to make room. No run of the operator has this name. */
const MERGED = 'merged';

/** The rows of a record. One without a status stands for one decision: that of its creator. */
export function rangesOf({ spec, status }: GuardrailViolation): readonly ViolationRange[] {
  const { operatorInstance, sequence } = spec;
  return status?.ranges ?? [{ operatorInstance, first: sequence, last: sequence, count: 1 }];
}

/**
 * The status of a record with this run's figures in it: its row is replaced, all others stay. Returns undefined if the record
 * says so already.
 */
export function mergeStatus(
  record: GuardrailViolation,
  own: OwnFigures,
  maxRanges = MAX_RANGES,
): GuardrailViolationStatus | undefined {
  const { spec, status } = record;
  const ranges = withinLimit(withRow(rangesOf(record), own.range), own.range.operatorInstance, maxRanges);
  const { firstTime = spec.time, lastTime = spec.time } = status ?? {};
  const times = [firstTime, lastTime, microTime(own.firstTime), microTime(own.lastTime)].sort(byText);
  const merged = {
    count: ranges.reduce((sum, { count }) => sum + count, 0),
    firstTime: times[0] ?? firstTime,
    lastTime: times.at(-1) ?? lastTime,
    ranges,
  };
  return saysSo(record, merged) ? undefined : merged;
}

function withRow(ranges: readonly ViolationRange[], own: ViolationRange): ViolationRange[] {
  const isOwn = ({ operatorInstance }: ViolationRange) => operatorInstance === own.operatorInstance;
  return ranges.some(isOwn) ? ranges.map((range) => (isOwn(range) ? own : range)) : [...ranges, own];
}

// Rows are appended, so that the first ones are the oldest.
function withinLimit(ranges: ViolationRange[], ownInstance: string, maxRanges: number): ViolationRange[] {
  if (ranges.length <= maxRanges) {
    return ranges;
  }
  const runs = ranges.filter(({ operatorInstance }) => operatorInstance !== MERGED);
  const others = runs.filter(({ operatorInstance }) => operatorInstance !== ownInstance);
  // One place is for the row that they are merged into.
  const oldest = new Set(others.slice(0, runs.length - (maxRanges - 1)));
  const isMerged = (range: ViolationRange) => range.operatorInstance === MERGED || oldest.has(range);
  return [ranges.filter(isMerged).reduce(fold), ...ranges.filter((range) => !isMerged(range))];
}

const fold = (a: ViolationRange, b: ViolationRange): ViolationRange => ({
  operatorInstance: MERGED,
  first: Math.min(a.first, b.first),
  last: Math.max(a.last, b.last),
  count: a.count + b.count,
});

function saysSo({ spec, status }: GuardrailViolation, merged: Required<GuardrailViolationStatus>): boolean {
  if (status === undefined) {
    return merged.count === 1 && merged.ranges[0]?.operatorInstance === spec.operatorInstance;
  }
  return JSON.stringify(parts(status)) === JSON.stringify(parts(merged));
}

const parts = ({ count, firstTime, lastTime, ranges }: GuardrailViolationStatus) => [
  count,
  firstTime,
  lastTime,
  ranges?.map((range) => [range.operatorInstance, range.first, range.last, range.count]),
];

// All times have one form, so that their texts sort by time.
const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
