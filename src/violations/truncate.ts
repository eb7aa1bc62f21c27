const ELLIPSIS = '…';

/**
 * Returns the text in at most `limit` UTF-16 units, never with half a character; a text that was cut ends in "…".
 * The API server counts characters, which are never more than the units.
 */
export function truncate(text: string, limit: number): string {
  if (text.length <= limit) {
    return text.toWellFormed();
  }
  const end = Math.max(0, limit - ELLIPSIS.length);
  return text.slice(0, endsInsidePair(text, end) ? end - 1 : end).toWellFormed() + ELLIPSIS.slice(0, limit);
}

const endsInsidePair = (text: string, end: number): boolean =>
  end > 0 && isBetween(text.charCodeAt(end - 1), 0xd800, 0xdbff) && isBetween(text.charCodeAt(end), 0xdc00, 0xdfff);

const isBetween = (unit: number, low: number, high: number): boolean => unit >= low && unit <= high;
