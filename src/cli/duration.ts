import { UsageError } from './command.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads a duration such as 500ms, 30s, 10m, 1h or 7d. Returns milliseconds. Throws UsageError that names the flag. */
export function parseDuration(flag: string, text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  if (match === null || unit === undefined) {
    throw new UsageError(`${flag} must be a duration such as 500ms, 30s, 10m, 1h or 7d, not "${text}"`);
  }
  return Number(match[1]) * unit;
}
