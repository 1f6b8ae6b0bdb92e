/**
 * Sizes of a tensor that do not fit: thrown by operations, and told as a problem of the place where they are called.
 *
 * With the sizes as numbers, since a width that the file does not tell is found by what it does not fit.
 */
export class SizesDiffer extends Error {
  override readonly name = 'SizesDiffer';
  readonly actual: number;
  readonly expected: number;
  /** Whether rows are among them, so that it may be the number of rows that differs. */
  readonly hasRows: boolean;

  constructor(message: string, { actual, expected, hasRows }: { actual: number; expected: number; hasRows: boolean }) {
    super(message);
    this.actual = actual;
    this.expected = expected;
    this.hasRows = hasRows;
  }
}
