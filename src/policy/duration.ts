const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads a duration as guardrails write it, such as 30s, 10m, 24h or 7d. Returns milliseconds; undefined for all else. */
export function parseDuration(text: string): number | undefined {
  const [, count, letter = ''] = /^(\d{1,15})([smhd])$/.exec(text) ?? [];
  const unit = UNITS[letter];
  return unit === undefined ? undefined : Number(count) * unit;
}
