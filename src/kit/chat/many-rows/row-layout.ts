/** In which order the columns and rows of one prompt are written. */
export interface RowLayout {
  /** Indices of the columns whose values repeat, from the fewest different values to the most. */
  readonly repeated: readonly number[];
  /** Indices of the columns whose values are all different, in declared order. */
  readonly distinct: readonly number[];
  /** Indices of the rows: those that start alike stand together, otherwise in the order they came. */
  readonly rows: readonly number[];
}

/**
 * Orders rows so that the texts of a prompt share as long a start as they can: services charge less for a start that
 * they have seen. Columns with few different values come first, and rows that agree in them stand together.
 *
 * @param columns the texts of each column, one a row.
 */
export function layOutRows(columns: readonly (readonly string[])[], rowCount: number): RowLayout {
  const counts = columns.map(texts => new Set(texts).size);
  const isRepeated = (c: number): boolean => counts[c]! < rowCount;
  const order = columns.map((_, c) => c);
  const repeated = order.filter(isRepeated).toSorted((a, b) => counts[a]! - counts[b]!);
  const rows = Array.from({ length: rowCount }, (_, row) => row);
  // A column with one value orders nothing.
  const keys = repeated.filter(c => counts[c]! > 1).map(c => firstSeen(columns[c]!));
  if (keys.length > 0) rows.sort((a, b) => compareBy(keys, a, b));
  return { repeated, distinct: order.filter(c => !isRepeated(c)), rows };
}

/** For each row the rank of its text: 0 for the first one, and one more for every text that is new. */
function firstSeen(texts: readonly string[]): readonly number[] {
  const ranks = new Map<string, number>();
  return texts.map(text => {
    const rank = ranks.get(text) ?? ranks.size;
    ranks.set(text, rank);
    return rank;
  });
}

function compareBy(keys: readonly (readonly number[])[], a: number, b: number): number {
  for (const key of keys) if (key[a] !== key[b]) return key[a]! - key[b]!;
  return a - b;
}
