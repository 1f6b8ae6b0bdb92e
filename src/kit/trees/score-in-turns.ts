import { setImmediate } from 'node:timers/promises';
import type { FeatureRows, OutputRows, ScoreRows } from './row-scorer.js';

/** Rows that are taken through all trees together: a tree's nodes stay in the cache from row to row, and so do the rows. */
export const BLOCK_ROWS = 64;

/** Visits of a row to a tree before others get their turn: about 5 ms. */
const VISITS_PER_TURN = 200_000;

export interface ScoringTask {
  readonly score: ScoreRows;
  readonly data: FeatureRows;
  readonly rows: number;
  readonly treesPerRow: number;
  readonly results: readonly OutputRows[];
  readonly signal: AbortSignal;
}

/**
 * Scores in this thread, block by block, and lets other work in between when it takes long.
 *
 * @throws the signal's reason.
 */
export async function scoreInTurns({ score, data, rows, treesPerRow, results, signal }: ScoringTask): Promise<void> {
  let visits = 0;
  for (let from = 0; from < rows; from += BLOCK_ROWS) {
    if (visits > VISITS_PER_TURN) {
      visits = 0;
      await setImmediate();
    }
    signal.throwIfAborted();
    const to = Math.min(rows, from + BLOCK_ROWS);
    score(data, { from, to }, results);
    visits += (to - from) * treesPerRow;
  }
}
