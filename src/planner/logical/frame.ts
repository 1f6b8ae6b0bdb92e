/**
 * Which rows of its partition an aggregate sees for a row, in the order of the window. Start and end belong to the frame.
 *
 * ROWS counts rows; RANGE goes by the value of the only order key: its current row are all rows with the same key.
 */
export interface Frame {
  readonly unit: 'ROWS' | 'RANGE';
  readonly start: FrameBound;
  readonly end: FrameBound;
}

export type FrameBound =
  | { readonly kind: 'unbounded-preceding' | 'current-row' | 'unbounded-following' }
  /** So many rows before or after the current one; for ROWS. */
  | { readonly kind: 'preceding' | 'following'; readonly rows: number }
  /** The rows whose key is not beyond the value of this field of the current row; for RANGE. */
  | { readonly kind: 'preceding' | 'following'; readonly field: number };

/** Whether the frame of every row has at least that row. */
export function holdsCurrentRow({ start, end }: Frame): boolean {
  const starts = start.kind === 'unbounded-preceding' || start.kind === 'current-row' || start.kind === 'preceding';
  const ends = end.kind === 'unbounded-following' || end.kind === 'current-row' || end.kind === 'following';
  return starts && ends;
}

/** `ROWS BETWEEN 1 PRECEDING AND CURRENT ROW`; `names` are those of the input's fields. */
export function formatFrame({ unit, start, end }: Frame, names: readonly string[]): string {
  return `${unit} BETWEEN ${formatBound(start, names)} AND ${formatBound(end, names)}`;
}

function formatBound(bound: FrameBound, names: readonly string[]): string {
  if ('rows' in bound) return `${bound.rows} ${bound.kind.toUpperCase()}`;
  if ('field' in bound) return `${names[bound.field]} ${bound.kind.toUpperCase()}`;
  return bound.kind.replace('-', ' ').toUpperCase();
}
