import { roomFor, type FeatureRows, type OutputRows, type RowScorer } from './row-scorer.js';
import { scoreInTurns } from './score-in-turns.js';

/** Scores `rows` rows of `width` values in batches of these sizes, one after the other, the last one as often as it takes. */
export async function scoreInBatches(
  scorer: RowScorer,
  output: string,
  {
    data,
    rows,
    width,
    sizes = [rows],
  }: { readonly data: FeatureRows; readonly rows: number; readonly width: number; readonly sizes?: readonly number[] },
): Promise<OutputRows> {
  const declared = scorer.outputs.find(({ name }) => name === output)!;
  const all = roomFor(declared, rows);
  for (let from = 0, i = 0; from < rows; i++) {
    const count = Math.min(rows - from, sizes[Math.min(i, sizes.length - 1)]!);
    const part = roomFor(declared, count);
    await scoreInTurns({
      score: scorer.scoring([output]),
      data: data.slice(from * width, (from + count) * width),
      rows: count,
      treesPerRow: scorer.treesPerRow,
      results: [part],
      signal: new AbortController().signal,
    });
    all.set(part, from * declared.width);
    from += count;
  }
  return all;
}
