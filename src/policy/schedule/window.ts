/** Spans of time, one or many, each with its beginning and without its end. Times are in milliseconds since 1970. */
export interface Window {
  /** When the span that began last ends, of those that have begun by this time; -Infinity if none has. */
  endOfBegun(time: number): number;
  /** When the next span after this time begins; Infinity if none does. */
  nextBegin(time: number): number;
}
