import type { RowRange } from '../../kit/trees/row-scorer.js';
import { CATEGORICAL, DEFAULT_RIGHT, MAX_CATEGORY, WORDS_PER_NODE, type Forest } from './forest.js';

export interface ForestRows {
  /** `[rows, featureCount]`; NaN is missing. */
  readonly data: Float32Array;
  readonly featureCount: number;
  readonly range: RowRange;
}

/**
 * Finds where each row of a range ends up in a tree.
 *
 * A value below the threshold goes left; a missing one to the side that the split names. A category goes right if it is in the
 * set of the split, and left if it is not, or is no category.
 *
 * @param places by row of the range, the place of its leaf.
 */
export function findLeaves(
  { words, floats, roots, sets }: Forest,
  tree: number,
  { data, featureCount, range }: ForestRows,
  places: Int32Array,
): void {
  const root = roots[tree]!;
  let start = range.from * featureCount;
  for (let i = 0, rows = range.to - range.from; i < rows; i++, start += featureCount) {
    let at = root;
    let word = words[at]!;
    while (word >= 0) {
      const value = data[start + (word >> 2)]!;
      let goesRight: number;
      if (value !== value) goesRight = word & DEFAULT_RIGHT;
      else if ((word & CATEGORICAL) === 0) goesRight = value < floats[at + 1]! ? 0 : 1;
      else goesRight = inSet(sets, words[at + 1]!, value);
      at = words[at + 2]! + goesRight * WORDS_PER_NODE;
      word = words[at]!;
    }
    places[i] = at;
  }
}

/** 1 where the set that begins at `from` holds the category. */
function inSet(sets: Int32Array, from: number, value: number): number {
  if (!(value >= 0 && value < MAX_CATEGORY)) return 0;
  const code = value | 0;
  return code >>> 5 < sets[from]! ? (sets[from + 1 + (code >>> 5)]! >>> (code & 31)) & 1 : 0;
}
