/** A half-open range of a source text. */
export interface Span {
  /** Offset of the first UTF-16 unit, from 0. */
  readonly start: number;
  /** Offset after the last UTF-16 unit. */
  readonly end: number;
}

/** Where each option stands in a source text, by its key as written. */
export type OptionSpans = ReadonlyMap<string, { readonly key: Span; readonly value: Span }>;

/** The smallest span that covers both. */
export function joinSpans(first: Span, last: Span): Span {
  return { start: Math.min(first.start, last.start), end: Math.max(first.end, last.end) };
}
