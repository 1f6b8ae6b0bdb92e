import type { Span } from './span.js';

export interface LineColumn {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

/** A text with a name, where spans point into. */
export interface SourceText {
  /** A file name, or a word such as `-e` that tells where the text came from. */
  readonly name: string;
  readonly text: string;
}

/** Line and column of an offset. */
export function lineColumn(text: string, offset: number): LineColumn {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - (before.lastIndexOf('\n') + 1) + 1 };
}

/** The whole line that `span` starts in, and the part of the span on that line as columns from 0. */
export function lineOf(text: string, span: Span): { readonly line: string; readonly from: number; readonly to: number } {
  const start = text.lastIndexOf('\n', span.start - 1) + 1;
  const newline = text.indexOf('\n', start);
  const line = text.slice(start, newline === -1 ? undefined : newline);
  const from = Math.min(span.start - start, line.length);
  return { line, from, to: Math.max(from + 1, Math.min(span.end - start, line.length)) };
}
