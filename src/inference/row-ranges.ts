import type { RowRange } from './batcher.js';

/** Rows `from` (inclusive) to `to` (exclusive) of the rows that the ranges make one after the other. */
export function sliceRanges<Submission>(ranges: readonly RowRange<Submission>[], from: number, to: number): RowRange<Submission>[] {
  const slices: RowRange<Submission>[] = [];
  let start = 0;
  for (const range of ranges) {
    const end = start + range.to - range.from;
    const first = Math.max(from, start);
    const last = Math.min(to, end);
    if (first < last) slices.push({ ...range, from: range.from + first - start, to: range.from + last - start });
    start = end;
  }
  return slices;
}

/** The rows named by `rows`, ascending; neighbours stay together. */
export function pickRanges<Submission>(ranges: readonly RowRange<Submission>[], rows: readonly number[]): RowRange<Submission>[] {
  const picked: RowRange<Submission>[] = [];
  for (let i = 0; i < rows.length;) {
    const from = rows[i]!;
    let to = from;
    while (i < rows.length && rows[i] === to) {
      to++;
      i++;
    }
    picked.push(...sliceRanges(ranges, from, to));
  }
  return picked;
}

export function countRows(ranges: readonly RowRange<unknown>[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}
