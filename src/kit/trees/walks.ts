import type { FeatureRows, RowRange } from './row-scorer.js';
import { BLOCK_ROWS } from './score-in-turns.js';

/**
 * Walks from roots to leaves that are taken together: of all rows of a block through one tree, or of one row through some trees.
 *
 * A walk waits for memory at each step, and for the comparison that tells which; four at once wait together.
 */
export interface Walks {
  /** `[rows, featureCount]`. */
  readonly data: FeatureRows;
  readonly count: number;
  /** Tree of the first walk, and by how much the next one's differs: 0 or 1. */
  readonly tree: number;
  readonly treeStep: number;
  /** Row of the first walk, and by how much the next one's differs: 1 or 0. */
  readonly row: number;
  readonly rowStep: number;
}

/** Most walks taken together. */
export const MAX_WALKS = BLOCK_ROWS;

/** Walks that are taken at once; fewer rows than this are walked by row. */
export const WALKS_AT_ONCE = 4;

/** All walks of some rows of `data` through some trees, in the order in which the leaves of a row add up. */
export function* walksOf(data: FeatureRows, rows: RowRange, trees: RowRange): Generator<Walks, void, undefined> {
  const count = rows.to - rows.from;
  if (count >= WALKS_AT_ONCE) {
    for (let tree = trees.from; tree < trees.to; tree++) yield { data, count, tree, treeStep: 0, row: rows.from, rowStep: 1 };
    return;
  }
  for (let row = rows.from; row < rows.to; row++) {
    for (let tree = trees.from; tree < trees.to; tree += MAX_WALKS)
      yield { data, count: Math.min(MAX_WALKS, trees.to - tree), tree, treeStep: 1, row, rowStep: 0 };
  }
}
