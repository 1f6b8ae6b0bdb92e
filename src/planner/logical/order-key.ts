/** One key by which rows are ordered. */
export interface OrderKey {
  /** Field of the input, of a type that has an order. */
  readonly index: number;
  readonly descending: boolean;
  /** Whether NULLs come before all other values, whatever the direction. */
  readonly nullsFirst: boolean;
}

/** `price DESC`, with NULLS FIRST or LAST where NULL is not the smallest value; `names` are those of the input's fields. */
export function formatOrderKey({ index, descending, nullsFirst }: OrderKey, names: readonly string[]): string {
  const nulls = nullsFirst === !descending ? '' : nullsFirst ? ' NULLS FIRST' : ' NULLS LAST';
  return `${names[index]}${descending ? ' DESC' : ''}${nulls}`;
}
