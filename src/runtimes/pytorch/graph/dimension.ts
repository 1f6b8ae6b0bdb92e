/**
 * Size of a tensor along one axis: a number, or a multiple of the number of rows that are scored together.
 *
 * The factors on both sides of the row count say where rows lie when axes are merged: elements are ordered by `outer`, then by row, then by
 * `inner`. A tensor has at most one such axis.
 */
export type Dimension = number | RowDimension;

export interface RowDimension {
  readonly outer: number;
  readonly inner: number;
}

export type Shape = readonly Dimension[];

/** The row axis of an input. */
export const ROWS: RowDimension = { outer: 1, inner: 1 };

/**
 * Thrown where what a row gives would depend on the other rows of its batch: the model is then run row by row.
 */
export class RowsMixed extends Error {
  override readonly name = 'RowsMixed';
}

export function isRows(dimension: Dimension | undefined): dimension is RowDimension {
  return typeof dimension === 'object';
}

/** The row axis; -1 for none. */
export function rowAxisOf(shape: Shape): number {
  return shape.findIndex(isRows);
}

export function sameDimension(a: Dimension, b: Dimension): boolean {
  return isRows(a) && isRows(b) ? a.outer === b.outer && a.inner === b.inner : a === b;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => sameDimension(dimension, b[axis]!));
}

/** Elements of a tensor for each row; all of them where it has no row axis. */
export function elementsOf(shape: Shape): number {
  return shape.reduce<number>((product, dimension) => product * (isRows(dimension) ? dimension.outer * dimension.inner : dimension), 1);
}

/** A shape as PyTorch prints it, with `N` for the rows: `[N, 3]`. */
export function printShape(shape: Shape): string {
  return `[${shape.map(printDimension).join(', ')}]`;
}

export function printDimension(dimension: Dimension): string {
  if (!isRows(dimension)) return String(dimension);
  const factor = dimension.outer * dimension.inner;
  return factor === 1 ? 'N' : `${factor}·N`;
}
