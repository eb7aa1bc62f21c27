import type { Change } from './decision.ts';
import { parseQuantity } from './quantity.ts';
import { openEnd } from './resource-bounds.ts';

/** A denial names this many changes; the record has the others. */
const MAX_NAMED = 3;
const MAX_VALUE_LENGTH = 120;
const MAX_PATH_LENGTH = 400;

/** Text that fits into one line of a terminal: control characters can't move its cursor or forge a second line. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ');
}

/** Cuts a text to a length, without splitting a character. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = length - 1;
  const splits = /[\ud800-\udbff]/.test(text[end - 1] ?? '');
  return `${text.slice(0, splits ? end - 1 : end)}…`;
}

/** Redacted changes in words: `replicas 10 -> 2 (-80%)`. "" if there is nothing to tell. */
export function describeChanges(changes: readonly Change[]): string {
  const named = changes.filter(({ path }) => path !== '$');
  const texts = named.slice(0, MAX_NAMED).map(describeChange);
  if (named.length > MAX_NAMED) texts.push(`and ${named.length - MAX_NAMED} more`);
  return texts.join(', ');
}

function describeChange({ path, from, to }: Change): string {
  const place = shortPath(path);
  if (from === undefined && to === undefined) return place;
  // What is not limited may use all: a limit that goes is told as that.
  if (openEnd(path) === 1n && (from === undefined || to === undefined)) {
    return `${place} ${limitText(from)} -> ${limitText(to)}`;
  }
  if (from === undefined) return `${place} ${valueText(to)}`;
  if (to === undefined) return `${place} ${valueText(from)} removed`;
  return `${place} ${valueText(from)} -> ${valueText(to)}${percentText(from, to)}`;
}

const limitText = (limit: unknown): string => (limit === undefined ? 'no limit' : valueText(limit));

/** Without the parts that every reader knows: `$.spec.template.spec.containers[web].image` is `containers[web].image`. */
function shortPath(path: string): string {
  const short = path.replace(/^\$\.?/, '').replace(/^(spec\.)?(jobTemplate\.spec\.)?(template\.)?spec\.(?=.)/, '');
  return cut(oneLine(short), MAX_PATH_LENGTH);
}

/** A value as text: scalars as they are, lists joined. */
export function valueText(value: unknown): string {
  const text = Array.isArray(value) ? value.join(', ') : String(value);
  return cut(oneLine(text), MAX_VALUE_LENGTH);
}

function percentText(from: unknown, to: unknown): string {
  const before = parseQuantity(from);
  const after = parseQuantity(to);
  if (before === undefined || after === undefined || before <= 0n) return '';
  const percent = ((after - before) * 100n) / before;
  return ` (${percent > 0n ? '+' : ''}${percent}%)`;
}
